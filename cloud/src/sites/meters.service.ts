import { errorCode, type Transaction } from '../platform/db/index.ts';
import { demandBuilding, demandMeter } from './demand.ts';
import { registerFault, unitFault } from './domain/known-register.ts';
import { mainFault, sumFault } from './domain/main-meter.ts';
import { type AddMeter, addedMeter, type ChangeMeter, changedMeter } from './meter-wish.ts';
import { metersStore } from './meters.store.ts';
import { placesStore } from './places.store.ts';
import { type By, change, changedFields, ITSELF, look, type SitesParts } from './site-change.ts';
import { sitesError } from './sites.errors.ts';
import type { NewPoint } from './sites.store.ts';
import { type Meter, POINT_CLASSES, type Point, type Summed } from './sites.types.ts';
import { id7Of, idOf, invalid, oneOf, optionalId } from './text-rules.ts';

export interface PointQuery {
  readonly gateway?: string | undefined;
  readonly meter?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** `null` or left out: not known, or none. */
type Maybe = string | null | undefined;

export interface AddPoint {
  readonly id?: string | undefined;
  readonly class: string;
  readonly gateway?: Maybe;
  readonly meter?: Maybe;
  readonly register?: Maybe;
  readonly quantity?: Maybe;
  readonly unit?: Maybe;
}

/** Meters, what a main meter sums, and the points that are their registers. */
export class MetersService {
  readonly #parts: SitesParts;

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  meters(organisation: string, building?: string, by: By = ITSELF): Promise<readonly Meter[]> {
    return look(this.#parts, organisation, (_, tx) => tx.bind(metersStore).meters(building), by);
  }

  meter(organisation: string, id: string, by: By = ITSELF): Promise<Meter> {
    return look(this.#parts, organisation, (_, tx) => demandMeter(tx, id), by);
  }

  async addMeter(organisation: string, given: AddMeter, by: By): Promise<Meter> {
    const wanted = addedMeter(given, () => this.#parts.ids.next(), this.#parts.profiles);
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      await demandBuilding(tx, wanted.building);
      const main = wanted.parent === null ? undefined : await demandMain(tx, wanted);
      const meter = { ...wanted, measures: wanted.measures ?? main?.measures ?? null };
      await tx.bind(metersStore).addMeter(meter, this.#parts.clock.now()).catch(idTaken('a meter'));
      const optional = OPTIONAL.filter((field) => meter[field] !== null);
      const fields = ['building', 'role', 'label', ...optional];
      await tell({ action: 'meter.added', subject: { type: 'meter', id: meter.id }, fields });
      return meter;
    });
  }

  async changeMeter(organisation: string, id: string, given: ChangeMeter, by: By): Promise<Meter> {
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      const { building } = await demandMeter(tx, id);
      // Whoever links meters of the building waits: two at once could close a circle that neither sees.
      await tx.bind(placesStore).lockBuilding(building);
      const store = tx.bind(metersStore);
      const before = await store.lockMeter(id);
      if (!before) throw sitesError('meter_not_found');
      const meter = changedMeter(before, given, this.#parts.profiles);
      const fields = changedFields(before, meter, ['label', 'role', ...OPTIONAL], given.version);
      if (fields.length === 0) return before;
      if (meter.parent !== null) await demandMain(tx, meter);
      const fault = mainFault(before, meter, await store.meters(building));
      if (fault !== undefined) throw sitesError('meter_sum_impossible', { message: fault });
      await store.changeMeter(meter);
      await tell({ action: 'meter.changed', subject: { type: 'meter', id }, fields });
      return { ...meter, version: before.version + 1 };
    });
  }

  /** What a main meter should sum, and which of it lacks what a sum needs. */
  sums(organisation: string, id: string, by: By = ITSELF): Promise<readonly Summed[]> {
    return look(
      this.#parts,
      organisation,
      async (_, tx) => {
        const main = await demandMeter(tx, id);
        if (main.role !== 'main')
          throw sitesError('meter_sum_impossible', { message: `"${main.label}" is no main meter` });
        return tx.bind(metersStore).summed(id, this.#parts.clock.now());
      },
      by,
    );
  }

  points(organisation: string, query: PointQuery, by: By = ITSELF): Promise<readonly Point[]> {
    optionalId(query.gateway, 'a gateway');
    optionalId(query.meter, 'a meter');
    return look(this.#parts, organisation, (store) => store.points(query), by);
  }

  async point(organisation: string, id: string, by: By = ITSELF): Promise<Point> {
    const point = await look(this.#parts, organisation, (store) => store.point(idOf(id, 'a point')), by);
    if (!point) throw sitesError('point_not_found');
    return point;
  }

  /** A register that no gateway has sent yet, or that nobody but a person or a file will ever tell. */
  async addPoint(organisation: string, given: AddPoint, by: By): Promise<Point> {
    const id = given.id === undefined ? this.#parts.ids.next() : id7Of(given.id, 'points');
    const point: NewPoint = {
      id,
      gateway: optionalId(given.gateway, 'a gateway'),
      meter: optionalId(given.meter, 'a meter'),
      register: given.register ?? null,
      quantity: given.quantity ?? null,
      unit: given.unit ?? null,
      class: oneOf(POINT_CLASSES, given.class, 'the class of a point'),
    };
    this.#demandCounted(point);
    return change(this.#parts, organisation, by, async (store, tell, tx) => {
      if (point.meter !== null) await demandMeter(tx, point.meter);
      if (point.gateway !== null && !(await store.gateway(point.gateway)))
        throw sitesError('gateway_not_found');
      await store.addPoint(point, this.#parts.clock.now()).catch(idTaken('a point'));
      await tell({
        action: 'point.added',
        subject: { type: 'point', id },
        fields: ['class', ...(['register', 'unit', 'meter'] as const).filter((f) => point[f] !== null)],
      });
      const added = await store.point(id);
      if (!added) throw sitesError('point_not_found');
      return added;
    });
  }

  /** What it counts must be known, or not be said at all. */
  #demandCounted(point: NewPoint): void {
    const { register, unit } = point;
    if (register === null && unit === null) return;
    const profiles = this.#parts.profiles();
    const fault =
      (register === null ? undefined : registerFault(register, point.class, profiles)) ??
      unitFault(point, profiles);
    if (fault !== undefined) throw invalid(fault);
  }
}

const UNIQUE_VIOLATION = '23505';

const idTaken = (what: string) => (error: unknown) => {
  throw errorCode(error) === UNIQUE_VIOLATION ? invalid(`${what} of that id is registered already`) : error;
};

const OPTIONAL = ['profile', 'serial', 'parent', 'measures', 'accuracyPpm'] as const;

async function demandMain(tx: Transaction, meter: Meter): Promise<Meter> {
  const store = tx.bind(metersStore);
  const main = meter.parent === null ? undefined : await store.meter(meter.parent);
  if (!main) throw sitesError('meter_not_found');
  const fault = sumFault(meter, main, await store.meters(meter.building));
  if (fault !== undefined) throw sitesError('meter_sum_impossible', { message: fault });
  return main;
}
