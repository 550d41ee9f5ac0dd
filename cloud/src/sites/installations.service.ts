import type { Temporal } from 'temporal-polyfill';
import { errorCode, type Transaction } from '../platform/db/index.ts';
import { demandMeter } from './demand.ts';
import { type InstallationQuery, metersStore } from './meters.store.ts';
import { placesStore } from './places.store.ts';
import { type By, change, ITSELF, look, type SitesParts, type Tell } from './site-change.ts';
import { sitesError } from './sites.errors.ts';
import type { Installation, Meter } from './sites.types.ts';
import { idOf, invalid, optionalId, reasonOf } from './text-rules.ts';

export interface Install {
  readonly point: string;
  readonly meter: string;
  readonly place?: string | null | undefined;
  /** Left out: now. */
  readonly from?: Temporal.Instant | undefined;
}

export interface Hang extends Omit<Install, 'point'> {}

export interface Replace {
  /** The meter that hangs there from then on. */
  readonly by: string;
  readonly at?: Temporal.Instant | undefined;
}

/** Of which meter a point was a register, and where that meter hung, over time. */
export class InstallationsService {
  readonly #parts: SitesParts;

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  list(
    organisation: string,
    query: InstallationQuery = {},
    by: By = ITSELF,
  ): Promise<readonly Installation[]> {
    optionalId(query.point, 'a point');
    optionalId(query.meter, 'a meter');
    optionalId(query.place, 'a place');
    return look(this.#parts, organisation, (_, tx) => tx.bind(metersStore).installations(query), by);
  }

  /** From this instant on the point is a register of this meter, which hangs in this place. */
  async install(organisation: string, given: Install, by: By): Promise<Installation> {
    const point = idOf(given.point, 'a point');
    return change(this.#parts, organisation, by, async (store, tell, tx) => {
      if (!(await store.lockPoint(point))) throw sitesError('point_not_found');
      const meter = await demandMeter(tx, given.meter);
      const place = await placeFor(tx, meter, given.place, this.#parts.clock.now());
      const fromAt = given.from ?? this.#parts.clock.now();
      return this.#install(tx, tell, { point, meter: meter.id, place, fromAt });
    });
  }

  /** A whole meter: all of its points at once. */
  async hang(organisation: string, given: Hang, by: By): Promise<readonly Installation[]> {
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      const meter = await demandMeter(tx, given.meter);
      const place = await placeFor(tx, meter, given.place, this.#parts.clock.now());
      return this.#hang(tx, tell, { meter: meter.id, place, fromAt: given.from ?? this.#parts.clock.now() });
    });
  }

  /** The meter was taken down, or is read no more. Nothing is where it does not hang. */
  async end(
    organisation: string,
    given: { readonly meter: string; readonly at?: Temporal.Instant | undefined },
    by: By,
  ): Promise<readonly Installation[]> {
    const at = given.at ?? this.#parts.clock.now();
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      const { id } = await demandMeter(tx, given.meter);
      return endMeter(tx, tell, id, at);
    });
  }

  /**
   * Another meter in the place of one: the old one's registers end where and when the new one's begin. The main meter
   * that summed the old one sums the new one, and what the old one summed the new one does. What the registers stood
   * at is said to the ledger, not here.
   */
  async replace(organisation: string, old: string, given: Replace, by: By): Promise<readonly Installation[]> {
    const at = given.at ?? this.#parts.clock.now();
    return change(this.#parts, organisation, by, async (_, tell, tx) => {
      const [before, after] = [await demandMeter(tx, old), await demandMeter(tx, given.by)];
      const fault = replaceFault(before, after);
      if (fault !== undefined) throw invalid(fault);
      const ended = await endMeter(tx, tell, before.id, at);
      const places = new Set(ended.map(({ place }) => place));
      const [place = null] = places;
      if (places.size > 1)
        throw invalid(
          `"${before.label}" hangs in ${places.size} places; end it, and hang the new meter where it belongs`,
        );
      const made = await this.#hang(tx, tell, { meter: after.id, place, fromAt: at });
      await takeSums(tx, before, after);
      const payload = { by: after.id, place, at: at.toString() };
      const fields = ['by', 'place', 'at'];
      await tell({ action: 'meter.replaced', subject: { type: 'meter', id: before.id }, fields, payload });
      return made;
    });
  }

  /** As if it had never been: only for what was entered by mistake. */
  async remove(organisation: string, id: string, reason: string, by: By): Promise<void> {
    const why = reasonOf(reason);
    await change(this.#parts, organisation, by, async (_, tell, tx) => {
      const gone = await tx.bind(metersStore).removeInstallation(idOf(id, 'an installation'));
      if (!gone) throw sitesError('installation_not_found');
      const { point, meter, place, fromAt, toAt } = gone;
      const payload = { point, meter, place, from: fromAt.toString(), to: toAt?.toString() ?? null };
      const subject = { type: 'installation', id };
      await tell({ action: 'installation.removed', subject, reason: why, payload });
    });
  }

  async #hang(
    tx: Transaction,
    tell: Tell,
    { meter, place, fromAt }: Omit<Installation, 'id' | 'point' | 'toAt'>,
  ): Promise<readonly Installation[]> {
    const points = await tx.bind(metersStore).pointsOf(meter);
    if (points.length === 0) throw sitesError('meter_without_points');
    const made: Installation[] = [];
    for (const point of points) made.push(await this.#install(tx, tell, { point, meter, place, fromAt }));
    return made;
  }

  async #install(
    tx: Transaction,
    tell: Tell,
    wanted: Omit<Installation, 'id' | 'toAt'>,
  ): Promise<Installation> {
    const installation = await tx
      .bind(metersStore)
      .install({ id: this.#parts.ids.next(), ...wanted })
      .catch((error: unknown) => {
        throw errorCode(error) === EXCLUSION_VIOLATION
          ? sitesError('installation_overlaps', { cause: error })
          : error;
      });
    const { point, meter, place, fromAt } = installation;
    await tell({
      action: 'point.installed',
      subject: { type: 'point', id: point },
      fields: ['meter', 'place', 'from'],
      payload: { meter, place, from: fromAt.toString() },
    });
    return installation;
  }
}

const EXCLUSION_VIOLATION = '23P01';

async function placeFor(
  tx: Transaction,
  meter: Meter,
  given: string | null | undefined,
  now: Temporal.Instant,
): Promise<string | null> {
  const id = optionalId(given, 'a place');
  if (id === null) return null;
  const place = await tx.bind(placesStore).place(id, now);
  if (!place) throw sitesError('place_not_found');
  if (place.building !== meter.building) throw invalid('a meter hangs in a place of its own building');
  return id;
}

async function endMeter(
  tx: Transaction,
  tell: Tell,
  meter: string,
  at: Temporal.Instant,
): Promise<readonly Installation[]> {
  const ended = await tx.bind(metersStore).endMeter(meter, at);
  if (ended.length === 0)
    throw sitesError('installation_not_found', { message: 'the meter hangs nowhere at that time' });
  for (const { point, place } of ended)
    await tell({
      action: 'point.uninstalled',
      subject: { type: 'point', id: point },
      fields: ['to'],
      payload: { meter, place, to: at.toString() },
    });
  return ended;
}

async function takeSums(tx: Transaction, before: Meter, after: Meter): Promise<void> {
  const store = tx.bind(metersStore);
  if (before.role === 'main') await store.sumByOther(before.id, after.id);
  if (after.parent === null && before.parent !== null)
    await store.changeMeter({ ...after, parent: before.parent });
}

function replaceFault(before: Meter, after: Meter): string | undefined {
  if (before.id === after.id) return 'a meter cannot take its own place';
  if (before.building !== after.building) return 'a meter is replaced by one of the same building';
  if (before.role !== after.role)
    return `"${before.label}" is a ${before.role} meter and "${after.label}" a ${after.role} meter`;
  return before.measures !== null && after.measures !== null && before.measures !== after.measures
    ? `"${before.label}" measures ${before.measures} and "${after.label}" ${after.measures}`
    : undefined;
}
