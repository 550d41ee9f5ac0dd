import { type VersionsOf, versionCandidates, versionEpochs } from './domain/version-epochs.ts';
import type { EpochKeeperOptions } from './epoch-keeper.ts';
import type { LedgerStore } from './ledger.store.ts';
import type { LedgerPoint, LoadedReadings, StoredEpoch } from './ledger.types.ts';

const SYSTEM = 'system';

/** Made because readings began to cite another version of their profile. */
export const isOfVersion = ({ automatic, kind }: StoredEpoch): boolean => automatic && kind === 'ratio';

/**
 * Sees to it that readings which cite another version of their profile are read by it: an epoch begins with the first of
 * them, as the readings at hand say, in whatever order they came.
 */
export class VersionKeeper {
  readonly #store: LedgerStore;
  readonly #options: EpochKeeperOptions;

  constructor(store: LedgerStore, options: EpochKeeperOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Epochs as they are after it; what they change beyond is noted for another turn. */
  async epochsFor(
    point: LedgerPoint,
    epochs: readonly StoredEpoch[],
    { readings, reachBack, reachEnd }: LoadedReadings,
  ): Promise<readonly StoredEpoch[]> {
    const first = reachBack ? -Infinity : (readings[0]?.at ?? Infinity);
    const last = reachEnd ? Infinity : (readings.at(-1)?.at ?? -Infinity);
    const present = epochs.filter((epoch) => isOfVersion(epoch) && epoch.from > first && epoch.from <= last);
    const others = epochs.filter((epoch) => !present.includes(epoch));
    const candidates = versionCandidates({ readings, epochs: others });
    if (candidates.length === 0 && present.length === 0) return epochs;
    const words = new Map((await this.#store.words(point.no, candidates)).map(({ at, raw }) => [at, raw]));
    const { profiles } = this.#options;
    const wanted = versionEpochs({ readings, epochs: others, words, profiles });
    const kept = present.filter((epoch) => wanted.some((each) => isSame(each, epoch)));
    const fresh = wanted.filter((epoch) => !kept.some((each) => isSame(each, epoch)));
    const gone = present.filter((epoch) => !kept.includes(epoch));
    if (fresh.length === 0 && gone.length === 0) return epochs;
    const made = fresh.map((epoch) => ({ ...epoch, id: this.#options.ids.next() }));
    const after = [...others, ...kept, ...made].sort((a, b) => a.from - b.from);
    await this.#save(point, after, { made, gone, words });
    return after;
  }

  async #save(
    point: LedgerPoint,
    after: readonly StoredEpoch[],
    changes: {
      readonly made: readonly StoredEpoch[];
      readonly gone: readonly StoredEpoch[];
      readonly words: VersionsOf<StoredEpoch>['words'];
    },
  ): Promise<void> {
    const { made, gone, words } = changes;
    const now = this.#options.clock.now();
    for (const { id, from } of gone) {
      const holds = after.findLast((epoch) => epoch.from <= from);
      if (holds) await this.#store.supersede([id], holds.id, now);
    }
    for (const epoch of made) {
      const evidence = { register: epoch.register, words: words.get(epoch.from) };
      await this.#store.addEpoch(point, epoch, { evidence, reason: null, author: SYSTEM, at: now });
    }
    const times = [...made, ...gone].map(({ from }) => from);
    const end = after.find(({ from }) => from > Math.max(...times))?.from ?? Infinity;
    await this.#store.noteDirty([{ point: point.no, from: Math.min(...times), to: end }]);
  }
}

const COMPARED = ['from', 'register', 'opening', 'closing', 'num', 'den', 'modulus'] as const;
const isSame = (one: StoredEpoch, other: StoredEpoch): boolean =>
  COMPARED.every((field) => one[field] === other[field]);
