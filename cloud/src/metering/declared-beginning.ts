import { hintsOf } from '../ingest/index.ts';
import { standingOf } from './domain/reading.ts';
import type { LedgerStore } from './ledger.store.ts';
import type { StoredEpoch } from './ledger.types.ts';

export interface Beginning {
  readonly at: number;
  readonly opening: bigint;
}

/** The beginning that somebody has declared, where it lies after an instant. */
export const declaredBeginning = (epochs: readonly StoredEpoch[], at: number): StoredEpoch | undefined =>
  epochs.find(({ kind, automatic, from }) => kind === 'installed' && !automatic && from > at);

/** Does a history that begins earlier lead up to the count with which the register has been said to begin? */
export async function leadsUpTo(
  store: LedgerStore,
  point: number,
  { at, opening }: Beginning,
  begun: StoredEpoch,
): Promise<boolean> {
  const loaded = (await store.readings([{ point, from: at, to: begun.from }], 0)).get(point);
  const between = (loaded?.readings ?? []).filter(
    (each) => each.at > at && each.at < begun.from && standingOf(each.quality) !== 'void',
  );
  const counts = [opening, ...between.map(({ count }) => count), begun.opening];
  if (counts.some((count, i) => count < (counts[i - 1] ?? count))) return false;
  const { maxPerHour, num, den } = begun;
  const rated = maxPerHour === undefined ? undefined : { num: maxPerHour * den, den: num };
  const before = [between.at(-1) ?? { at, count: opening }];
  const hints = hintsOf({ at: begun.from, count: begun.opening }, { before, after: [] }, rated);
  return !hints.includes('faster-than-possible');
}
