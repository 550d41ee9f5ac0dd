import type { MeterProfile } from '@meterline/contracts';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { DirtyRange } from './domain/dirty.ts';
import { hasFraction } from './domain/epoch.ts';
import { rulesOfPoint } from './domain/profile-epoch.ts';
import { type CountReading, standingOf } from './domain/reading.ts';
import type { LedgerStore } from './ledger.store.ts';
import type { Change, LedgerPoint, StoredEpoch } from './ledger.types.ts';

export interface Kept {
  readonly point: LedgerPoint;
  readonly epochs: readonly StoredEpoch[];
  /** The change, and what it does to the automatic epoch. */
  readonly dirty: DirtyRange;
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
 * profile says, or in the units that its list says people read it in. While nobody has said otherwise the first reading stays what it is named for, whatever comes in late.
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
      kept.push(reading ? await this.#begin(known, reading) : known);
    }
    return kept;
  }

  async #firstReadings(points: readonly LedgerPoint[]): Promise<Map<number, CountReading>> {
    if (points.length === 0) return new Map();
    const ranges = points.map(({ no }) => ({ point: no, from: -Infinity, to: -Infinity }));
    const loaded = await this.#store.readings(ranges, FIRST_READINGS);
    const first = new Map<number, CountReading>();
    for (const [point, { readings }] of loaded) {
      const reading = readings.find(({ quality }) => standingOf(quality) !== 'void');
      if (reading) first.set(point, reading);
    }
    return first;
  }

  async #begin({ point, epochs, dirty }: Kept, { at, count }: CountReading): Promise<Kept> {
    const [present, ...later] = epochs;
    if (present === undefined) {
      const epoch = await this.#install(point, at, count);
      return { point, epochs: epoch ? [epoch] : [], dirty: { from: Math.min(dirty.from, at), to: Infinity } };
    }
    // A decision of a person stands at the new beginning, or before it: nothing is left to be automatic.
    const isTaken = later.some(({ from }) => from <= at);
    if (isTaken || (present.from === at && present.opening === count)) return { point, epochs, dirty };
    const moved = { ...present, from: at, opening: count };
    await this.#store.moveEpoch(moved);
    const end = hasFraction(present) ? Infinity : Math.max(dirty.to, at, present.from);
    return {
      point,
      epochs: [moved, ...later],
      dirty: { from: Math.min(dirty.from, at, present.from), to: end },
    };
  }

  async #install(point: LedgerPoint, from: number, opening: bigint): Promise<StoredEpoch | undefined> {
    const { profiles, ids, clock } = this.#options;
    const { register, unit } = point;
    const rules = rulesOfPoint(point, profiles);
    if (!rules) return undefined;
    const epoch: StoredEpoch = {
      ...rules,
      id: ids.next(),
      kind: 'installed',
      from,
      opening,
      automatic: true,
    };
    const evidence = register === null ? { unit } : { register };
    await this.#store.addEpoch(point, epoch, { evidence, reason: null, author: SYSTEM, at: clock.now() });
    return epoch;
  }
}

/** Nothing is known yet, or the change reaches back to the first reading, which may be another one now. */
function isDoubtful(epochs: readonly StoredEpoch[] | undefined, dirty: DirtyRange | undefined): boolean {
  const [first] = epochs ?? [];
  if (first === undefined || dirty === undefined) return true;
  return first.automatic && dirty.from <= first.from;
}
