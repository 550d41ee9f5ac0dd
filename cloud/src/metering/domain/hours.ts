import { QUARTER_MS, type Quarter } from './quarters.ts';

export const HOUR_MS = 4 * QUARTER_MS;

/** Four quarter hours as they are stored together. Null: nothing is known of one. */
export interface Hour {
  /** When it begins, UTC in ms. */
  readonly at: number;
  readonly quantity: readonly (bigint | null)[];
  readonly estimated: readonly (bigint | null)[];
  /** Bits 1, 2, 4, 8: the quarter is known from its beginning to its end. */
  readonly complete: number;
}

export interface StoredHour extends Hour {
  readonly revision: number;
}

export interface HourChanges {
  /** As they are to stand. */
  readonly changed: readonly StoredHour[];
  /** What stood before where a quarter that was complete has become another. */
  readonly revised: readonly StoredHour[];
}

export const hourFloor = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS;

const NOTHING: readonly null[] = [null, null, null, null];

/** Puts quarters in the place of all that stand from `from` to `to`; what does not differ is no change. */
export function hourChanges(
  stored: ReadonlyMap<number, StoredHour>,
  replaced: { readonly from: number; readonly to: number | undefined; readonly quarters: readonly Quarter[] },
): HourChanges {
  const { from, to = Infinity, quarters } = replaced;
  const hours = new Set(quarters.map(({ at }) => hourFloor(at)));
  for (const at of stored.keys()) if (at + HOUR_MS > from && at < to) hours.add(at);
  const byHour = Map.groupBy(quarters, ({ at }) => hourFloor(at));
  const changed: StoredHour[] = [];
  const revised: StoredHour[] = [];
  for (const at of [...hours].sort((a, b) => a - b)) {
    const before = stored.get(at);
    const isKept = (place: number) => {
      const quarter = at + place * QUARTER_MS;
      return quarter < from || quarter >= to;
    };
    const after = hourOf(at, before, isKept, byHour.get(at) ?? []);
    if (before && isSame(before, after)) continue;
    const isRevised = before !== undefined && wasCompleteElsewise(before, after);
    if (isRevised) revised.push(before);
    changed.push({ ...after, revision: (before?.revision ?? 1) + (isRevised ? 1 : 0) });
  }
  return { changed, revised };
}

function hourOf(
  at: number,
  before: Hour | undefined,
  isKept: (place: number) => boolean,
  quarters: readonly Quarter[],
): Hour {
  const quantity = [...(before?.quantity ?? NOTHING)];
  const estimated = [...(before?.estimated ?? NOTHING)];
  let complete = before?.complete ?? 0;
  for (let place = 0; place < 4; place += 1) {
    if (isKept(place)) continue;
    [quantity[place], estimated[place]] = [null, null];
    complete &= ~(1 << place);
  }
  for (const quarter of quarters) {
    const place = (quarter.at - at) / QUARTER_MS;
    quantity[place] = quarter.quantity;
    estimated[place] = quarter.estimated;
    if (quarter.complete) complete |= 1 << place;
  }
  return { at, quantity, estimated, complete };
}

function isSame(a: Hour, b: Hour): boolean {
  return (
    a.complete === b.complete &&
    a.quantity.every((value, place) => value === b.quantity[place]) &&
    a.estimated.every((value, place) => value === b.estimated[place])
  );
}

/** A quarter that fills up is no revision; one that was full and is another now is. */
function wasCompleteElsewise(before: Hour, after: Hour): boolean {
  return before.quantity.some(
    (value, place) => ((before.complete >> place) & 1) === 1 && value !== after.quantity[place],
  );
}
