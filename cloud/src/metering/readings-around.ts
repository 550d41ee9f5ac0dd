import { HOUR_MS } from './domain/hours.ts';
import { type ReadingAt, readingAt } from './domain/reading-at.ts';
import type { LedgerStore } from './ledger.store.ts';

const MARGINS_MS = [HOUR_MS, 26 * HOUR_MS, Infinity] as const;
const NEIGHBOURS = 4;

/** What a register stood at, at an instant; looks further for as long as one side is missing and there is more. */
export async function readingsAround(store: LedgerStore, point: number, at: number): Promise<ReadingAt> {
  const epochs = (await store.epochs([point])).get(point) ?? [];
  let found = readingAt(at, [], epochs, []);
  for (const margin of MARGINS_MS) {
    const range = { point, from: at - margin, to: at + margin };
    const loaded = (await store.readings([range], NEIGHBOURS)).get(point);
    if (!loaded) return found;
    const first = loaded.readings[0]?.at ?? at;
    const known = (await store.known([{ point, from: Math.min(first, at) }])).get(point) ?? [];
    found = readingAt(at, loaded.readings, epochs, known);
    const isBefore = found.before?.declared === false || loaded.reachBack;
    const isAfter = found.after?.declared === false || loaded.reachEnd;
    if (isBefore && isAfter) return found;
  }
  return found;
}
