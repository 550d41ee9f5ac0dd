import type { MeterProfile } from '@meterline/contracts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { belongs } from './domain/citation.ts';
import type { DirtyRange } from './domain/dirty.ts';
import { hasFraction } from './domain/epoch.ts';
import { rulesOfPoint } from './domain/profile-epoch.ts';
import { standingOf } from './domain/reading.ts';
import type { LedgerStore } from './ledger.store.ts';
import type { Change, LedgerPoint, StoredEpoch } from './ledger.types.ts';
import { isOfVersion } from './version-keeper.ts';

export interface Kept {
  readonly point: LedgerPoint;
  readonly epochs: readonly StoredEpoch[];
  /** The change, and what it does to the automatic epoch. */
  readonly dirty: DirtyRange;
}

/** Where the readings of a point begin, and the register that they cite first, if they cite any. */
interface Beginning {
  readonly at: number;
  readonly count: bigint;
  readonly cites: string | undefined;
}

export interface EpochKeeperOptions {
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly ids: Ids;
  readonly clock: Clock;
}

const SYSTEM = 'system';
/** Some of the first readings may be void. */
const FIRST_READINGS = 16;

/**
 * Sees to it that a point has an epoch as soon as it can have one: installed with its first reading, and read as its
 * profile says, or in the unit that people read it in. While nobody has said otherwise the first reading stays what it is
 * named for, whatever comes in late.
 */
export class EpochKeeper {
  readonly #store: LedgerStore;
  readonly #options: EpochKeeperOptions;

  constructor(store: LedgerStore, options: EpochKeeperOptions) {
    this.#store = store;
    this.#options = options;
  }

  async epochsFor(points: readonly LedgerPoint[], changes: readonly Change[]): Promise<readonly Kept[]> {
    const epochs = await this.#store.epochs(points.map(({ no }) => no));
    const dirtyOf = new Map(changes.map((change) => [change.point, change]));
    const doubtful = points.filter(({ no }) => isDoubtful(epochs.get(no), dirtyOf.get(no)));
    const first = await this.#firstReadings(doubtful);
    const kept: Kept[] = [];
    for (const point of points) {
      const { from = 0, to = 0 } = dirtyOf.get(point.no) ?? {};
      const known = { point, epochs: epochs.get(point.no) ?? [], dirty: { from, to } };
      const reading = first.get(point.no);
      kept.push(bounded(reading ? await this.#begin(known, reading) : known));
    }
    return kept;
  }

  async #firstReadings(points: readonly LedgerPoint[]): Promise<Map<number, Beginning>> {
    if (points.length === 0) return new Map();
    const ranges = points.map(({ no }) => ({ point: no, from: -Infinity, to: -Infinity }));
    const loaded = await this.#store.readings(ranges, FIRST_READINGS);
    const first = new Map<number, Beginning>();
    for (const [point, { readings }] of loaded) {
      const valid = readings.filter(({ quality }) => standingOf(quality) !== 'void');
      const cites = valid.find((reading) => typeof reading.cites === 'string')?.cites ?? undefined;
      if (valid[0]) first.set(point, { at: valid[0].at, count: valid[0].count, cites });
    }
    return first;
  }

  async #begin({ point, epochs, dirty }: Kept, first: Beginning): Promise<Kept> {
    const { at, count, cites } = first;
    const [present, ...later] = epochs;
    if (present === undefined) {
      const epoch = await this.#install(point, first);
      return { point, epochs: epoch ? [epoch] : [], dirty: { from: Math.min(dirty.from, at), to: Infinity } };
    }
    // A decision of a person stands at the new beginning, or before it: nothing is left to be automatic.
    const isTaken = later.some((epoch) => epoch.from <= at && !isOfVersion(epoch));
    const isOther = cites !== undefined && !belongs(cites, present, this.#options.profiles);
    if (isTaken || (present.from === at && present.opening === count && !isOther))
      return { point, epochs, dirty };
    const begin = Math.min(at, present.from, dirty.from === -Infinity ? at : dirty.from);
    const overtaken = later.filter((epoch) => epoch.from <= at);
    const left = later.filter((epoch) => epoch.from > at);
    const now = this.#options.clock.now();
    await this.#store.supersede(
      overtaken.map(({ id }) => id),
      present.id,
      now,
    );
    const other = isOther ? await this.#install(point, first, present.id) : undefined;
    if (other) return { point, epochs: [other, ...left], dirty: { from: begin, to: Infinity } };
    const moved = { ...present, from: at, opening: count };
    await this.#store.moveEpoch(moved);
    const isFurther = hasFraction(present) || overtaken.length > 0;
    const end = isFurther ? Infinity : Math.max(dirty.to, at, present.from);
    return { point, epochs: [moved, ...left], dirty: { from: begin, to: end } };
  }

  /** `instead`: id of the one that it takes the place of. */
  async #install(
    point: LedgerPoint,
    { at: from, count: opening, cites }: Beginning,
    instead?: string,
  ): Promise<StoredEpoch | undefined> {
    const { profiles, ids, clock } = this.#options;
    const register = cites ?? point.register;
    const rules = rulesOfPoint({ register, unit: point.unit }, profiles);
    if (!rules) return undefined;
    const epoch: StoredEpoch = {
      ...rules,
      id: ids.next(),
      kind: 'installed',
      from,
      opening,
      automatic: true,
      register,
    };
    if (instead !== undefined) await this.#store.supersede([instead], epoch.id, clock.now());
    const evidence = register === null ? { unit: point.unit } : { register };
    await this.#store.addEpoch(point, epoch, { evidence, reason: null, author: SYSTEM, at: clock.now() });
    return epoch;
  }
}

/** Of a change without a beginning: no quarter hour is known before the first epoch. */
function bounded({ point, epochs, dirty }: Kept): Kept {
  if (dirty.from !== -Infinity) return { point, epochs, dirty };
  return { point, epochs, dirty: { ...dirty, from: epochs[0]?.from ?? dirty.from } };
}

/** Nothing is known yet, or the change reaches back to the first reading, which may be another one now. */
function isDoubtful(epochs: readonly StoredEpoch[] | undefined, dirty: DirtyRange | undefined): boolean {
  const [first] = epochs ?? [];
  if (first === undefined || dirty === undefined) return true;
  return first.automatic && dirty.from <= first.from;
}
