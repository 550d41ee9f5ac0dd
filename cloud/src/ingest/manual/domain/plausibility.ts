export interface Reading {
  /** UTC in ms. */
  readonly at: number;
  readonly count: bigint;
}

export interface Neighbours {
  /** The nearest last. */
  readonly before: readonly Reading[];
  /** The nearest first. */
  readonly after: readonly Reading[];
  /** Of this very instant. */
  readonly same?: Reading | undefined;
}

export const HINTS = [
  'differs-from-stored',
  'below-previous',
  'above-next',
  'faster-than-possible',
  'faster-than-usual',
  'unchanged-for-long',
] as const;
export type Hint = (typeof HINTS)[number];

/** Only said; the others have to be confirmed. */
const MILD: ReadonlySet<Hint> = new Set(['unchanged-for-long']);
export const mustBeConfirmed = (hints: readonly Hint[]): boolean => hints.some((hint) => !MILD.has(hint));

const HOUR_MS = 3_600_000n;
/** Holidays and hot months triple what a flat uses; a digit too many makes ten times as much. */
const UNUSUAL = 5n;
const LONG_MS = 20 * 86_400_000;

/**
 * What speaks against a reading that somebody types in: a slip of a digit, the neighbour's meter, a wrong day. Only a
 * hint: rollovers and exchanged meters look like that as well. `most` counts can pass in an hour.
 */
export function hintsOf(
  reading: Reading,
  { before, after, same }: Neighbours,
  most: { readonly num: bigint; readonly den: bigint } | undefined,
): Hint[] {
  const hints: Hint[] = [];
  const previous = before.at(-1);
  const next = after[0];
  if (same && same.count !== reading.count) hints.push('differs-from-stored');
  if (previous && reading.count < previous.count) hints.push('below-previous');
  if (next && reading.count > next.count) hints.push('above-next');
  if (previous && most && reading.count > previous.count) {
    const passed = (reading.count - previous.count) * HOUR_MS * most.den;
    // One count of grace: both readings are cut off.
    const possible = most.num * BigInt(reading.at - previous.at) + HOUR_MS * most.den;
    if (passed > possible) hints.push('faster-than-possible');
  }
  if (previous && isUnusual(reading, previous, before.at(-2))) hints.push('faster-than-usual');
  if (previous && reading.count === previous.count && reading.at - previous.at > LONG_MS)
    hints.push('unchanged-for-long');
  return hints;
}

/** Against the pace between the two readings before, over at least as much as one of its hours. */
function isUnusual(reading: Reading, previous: Reading, earlier: Reading | undefined): boolean {
  if (!earlier || previous.count <= earlier.count || reading.count <= previous.count) return false;
  const usualCounts = previous.count - earlier.count;
  const usualMs = BigInt(previous.at - earlier.at);
  const counts = reading.count - previous.count;
  const ms = BigInt(reading.at - previous.at);
  if (usualMs < HOUR_MS || ms < HOUR_MS) return false;
  return counts * usualMs > UNUSUAL * usualCounts * ms && counts > usualCounts;
}
