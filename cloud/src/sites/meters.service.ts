import type { Temporal } from 'temporal-polyfill';
import { errorCode } from '../platform/db/index.ts';
import { demandBuilding } from './demand.ts';
import { ppmOfClass } from './domain/accuracy.ts';
import { profileFault, registerFault, unitFault } from './domain/known-register.ts';
import { type By, change, look, type SitesParts } from './site-change.ts';
import { sitesError } from './sites.errors.ts';
import type { NewPoint, SitesStore } from './sites.store.ts';
import { type Installation, METER_ROLES, type Meter, POINT_CLASSES, type Point } from './sites.types.ts';
import { id7Of, idOf, invalid, nameOf, oneOf } from './text-rules.ts';

export interface PointQuery {
  readonly gateway?: string | undefined;
  readonly meter?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** `null` or left out: not known, or none. */
type Maybe = string | null | undefined;

export interface AddMeter {
  readonly id?: string | undefined;
  readonly building: string;
  readonly label: string;
  readonly role: string;
  readonly profile?: Maybe;
  readonly serial?: Maybe;
  readonly parent?: Maybe;
  /** Its class as it stands on it: `1`, `0.5S`, `B`. */
  readonly accuracy?: Maybe;
}

export interface AddPoint {
  readonly id?: string | undefined;
  readonly class: string;
  readonly gateway?: Maybe;
  readonly meter?: Maybe;
  readonly register?: Maybe;
  readonly quantity?: Maybe;
  readonly unit?: Maybe;
}

/** Meters, the points that are their registers, and where they hung over time. */
export class MetersService {
  readonly #parts: SitesParts;

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  meters(organisation: string, building?: string): Promise<readonly Meter[]> {
    return look(this.#parts, organisation, (store) => store.meters(building));
  }

  async addMeter(organisation: string, given: AddMeter, by: By): Promise<Meter> {
    const meter: Meter = {
      id: given.id === undefined ? this.#parts.ids.next() : id7Of(given.id, 'meters'),
      building: idOf(given.building, 'a building'),
      profile: this.#profileOf(given.profile ?? null),
      serial: given.serial == null ? null : nameOf(given.serial, 'the serial number of a meter', 64),
      role: oneOf(METER_ROLES, given.role, 'the role of a meter'),
      label: nameOf(given.label, 'the label of a meter', 80),
      parent: optionalId(given.parent, 'a meter'),
      accuracyPpm: given.accuracy == null ? null : accuracyOf(given.accuracy),
    };
    return change(this.#parts, organisation, by, async (store, tell) => {
      await demandBuilding(store, meter.building);
      if (meter.parent !== null) await demandMain(store, meter);
      await store.addMeter(meter, this.#parts.clock.now()).catch(idTaken('a meter'));
      await tell({
        action: 'meter.added',
        subject: { type: 'meter', id: meter.id },
        fields: [
          'building',
          'role',
          'label',
          ...(['profile', 'serial', 'parent', 'accuracyPpm'] as const).filter((f) => meter[f] !== null),
        ],
      });
      return meter;
    });
  }

  /** How much it may be wrong by; null: as its profile says. Losses are judged by it from then on, whenever they were. */
  setAccuracy(organisation: string, meter: string, accuracy: string | null, by: By): Promise<Meter> {
    const id = idOf(meter, 'a meter');
    const ppm = accuracy === null ? null : accuracyOf(accuracy);
    return change(this.#parts, organisation, by, async (store, tell) => {
      if ((await store.setAccuracy(id, ppm)) === 0) throw sitesError('meter_not_found');
      await tell({ action: 'meter.changed', subject: { type: 'meter', id }, fields: ['accuracy'] });
      const changed = await store.meter(id);
      if (!changed) throw sitesError('meter_not_found');
      return changed;
    });
  }

  points(organisation: string, query: PointQuery): Promise<readonly Point[]> {
    optionalId(query.gateway, 'a gateway');
    optionalId(query.meter, 'a meter');
    return look(this.#parts, organisation, (store) => store.points(query));
  }

  async point(organisation: string, id: string): Promise<Point> {
    const point = await look(this.#parts, organisation, (store) => store.point(idOf(id, 'a point')));
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
    return change(this.#parts, organisation, by, async (store, tell) => {
      if (point.meter !== null && !(await store.meter(point.meter))) throw sitesError('meter_not_found');
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

  installations(organisation: string, point?: string): Promise<readonly Installation[]> {
    return look(this.#parts, organisation, (store) => store.installations(point));
  }

  /** From this instant on the point is a register of this meter, which hangs in this place. */
  async install(
    organisation: string,
    given: {
      readonly point: string;
      readonly meter: string;
      readonly place?: string | null;
      readonly from?: Temporal.Instant;
    },
    by: By,
  ): Promise<Omit<Installation, 'toAt'>> {
    const installation = {
      id: this.#parts.ids.next(),
      point: idOf(given.point, 'a point'),
      meter: idOf(given.meter, 'a meter'),
      place: given.place ?? null,
      fromAt: given.from ?? this.#parts.clock.now(),
    };
    return change(this.#parts, organisation, by, async (store, tell) => {
      if (!(await store.lockPoint(installation.point))) throw sitesError('point_not_found');
      if (!(await store.meter(installation.meter))) throw sitesError('meter_not_found');
      if (installation.place !== null && !(await store.places()).some(({ id }) => id === installation.place))
        throw sitesError('place_not_found');
      await store.install(installation).catch((error: unknown) => {
        throw errorCode(error) === EXCLUSION_VIOLATION
          ? sitesError('installation_overlaps', { cause: error })
          : error;
      });
      await tell({
        action: 'point.installed',
        subject: { type: 'point', id: installation.point },
        fields: ['meter', 'place', 'from'],
        payload: {
          meter: installation.meter,
          place: installation.place,
          from: installation.fromAt.toString(),
        },
      });
      return installation;
    });
  }

  #profileOf(text: string | null): string | null {
    const fault = text === null ? undefined : profileFault(text, this.#parts.profiles());
    if (fault !== undefined) throw invalid(fault);
    return text;
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
const EXCLUSION_VIOLATION = '23P01';

const idTaken = (what: string) => (error: unknown) => {
  throw errorCode(error) === UNIQUE_VIOLATION ? invalid(`${what} of that id is registered already`) : error;
};

/** What sums others is a main meter of the same building; and it sums nothing of a main meter that sums it. */
const optionalId = (text: string | null | undefined, what: string): string | null =>
  text == null ? null : idOf(text, what);

async function demandMain(store: SitesStore, { id, parent, building }: Meter): Promise<void> {
  const main = parent === null ? undefined : await store.meter(parent);
  if (!main) throw sitesError('meter_not_found');
  if (main.role !== 'main') throw invalid(`"${main.label}" is no main meter`);
  if (main.building !== building || main.id === id)
    throw invalid('a main meter sums meters of its own building');
}

function accuracyOf(text: string): number {
  const ppm = ppmOfClass(text);
  if (ppm !== undefined) return ppm;
  throw invalid(
    `"${text.slice(0, 20)}" is no class of accuracy; write it as on the meter: 0.5S, 1, 2 or A, B, C`,
  );
}
