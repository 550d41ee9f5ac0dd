import type { RegisterEpoch } from './register-epoch.ts';

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
  'billed-before',
] as const;
export type Hint = (typeof HINTS)[number];

/** Only said; the others have to be confirmed. */
const MILD: ReadonlySet<Hint> = new Set(['unchanged-for-long']);
export const mustBeConfirmed = (hints: readonly Hint[]): boolean => hints.some((hint) => !MILD.has(hint));

const HOUR_MS = 3_600_000n;
/** Holidays and hot months triple what a flat uses; a digit too many makes ten times as much. */
const UNUSUAL = 5n;
const LONG_MS = 20 * 86_400_000;

/** Counts that can pass in an hour, as a fraction. */
interface Flow {
  readonly num: bigint;
  readonly den: bigint;
}

/**
 * What speaks against a reading that somebody types in: a slip of a digit, the neighbour's meter, a wrong day. Only a
 * hint. What somebody has declared explains it: neighbours of another epoch say nothing, but the counts with which the
 * register began and ended do; and where it starts again from 0 is known. `rated`: what passes by the model's rating.
 */
export function hintsOf(
  reading: Reading,
  { before, after, same }: Neighbours,
  rated: Flow | undefined,
  epochs: readonly RegisterEpoch[] = [],
): Hint[] {
  const place = epochs.findLastIndex(({ from }) => from <= reading.at);
  const [epoch, next] = [epochs[place], epochs[place + 1]];
  const most = flowOf(epoch) ?? rated;
  const earlier = sinceBeginning(before, epoch);
  const later = untilEnd(after, epoch, next);
  const previous = earlier.at(-1);
  const hints: Hint[] = [];
  const turned = previous !== undefined && turnsOver(previous, reading, epoch?.modulus, most);
  if (same && same.count !== reading.count) hints.push('differs-from-stored');
  if (previous && reading.count < previous.count && !turned) hints.push('below-previous');
  if (later && reading.count > later.count && !turnsOver(reading, later, epoch?.modulus, most))
    hints.push('above-next');
  if (previous && most && reading.count > previous.count) {
    const passed = (reading.count - previous.count) * HOUR_MS * most.den;
    // One count of grace: both readings are cut off.
    const possible = most.num * BigInt(reading.at - previous.at) + HOUR_MS * most.den;
    if (passed > possible) hints.push('faster-than-possible');
  }
  if (previous && isUnusual(reading, previous, earlier.at(-2))) hints.push('faster-than-usual');
  if (previous && reading.count === previous.count && reading.at - previous.at > LONG_MS)
    hints.push('unchanged-for-long');
  return hints;
}

function flowOf(epoch: RegisterEpoch | undefined): Flow | undefined {
  return epoch?.maxPerHour === undefined ? undefined : { num: epoch.maxPerHour * epoch.den, den: epoch.num };
}

/** Readings of the same epoch, the count with which it began before them. */
function sinceBeginning(before: readonly Reading[], epoch: RegisterEpoch | undefined): readonly Reading[] {
  if (epoch === undefined) return before;
  const own = before.filter(({ at }) => at >= epoch.from);
  return own[0]?.at === epoch.from ? own : [{ at: epoch.from, count: epoch.opening }, ...own];
}

/** The next reading of the same epoch, or the count with which it ended; undefined: nobody knows. */
function untilEnd(
  after: readonly Reading[],
  epoch: RegisterEpoch | undefined,
  next: RegisterEpoch | undefined,
): Reading | undefined {
  const [first] = after;
  // An automatic one begins with the first reading, wherever that turns out to be.
  if (next === undefined || next.automatic || (first && first.at < next.from)) return first;
  // Before the beginning that somebody has declared: what leads up to it.
  if (epoch === undefined) return { at: next.from, count: next.opening };
  return next.closing === undefined ? undefined : { at: next.from, count: next.closing };
}

/**
 * Why a meter cannot have begun with a reading, in words; undefined where nothing speaks against it. It begins once:
 * whatever was billed before would be in no bill any more.
 */
export function openingFault(
  { at, count }: Reading,
  { before }: Pick<Neighbours, 'before'>,
  epochs: readonly RegisterEpoch[],
): string | undefined {
  const shown = (one: Reading) => `${one.count} at ${new Date(one.at).toISOString().slice(0, 16)}Z`;
  const [first] = epochs.filter(({ automatic }) => !automatic);
  const earlier = before.at(-1);
  if (earlier) return `it was read before: ${shown(earlier)}`;
  if (first === undefined) return undefined;
  const begun = { at: first.from, count: first.opening };
  if (first.from < at) return `it has begun before: ${shown(begun)}`;
  if (first.from > at && first.opening < count)
    return `that does not lead up to what it began with: ${shown(begun)}`;
  return first.from === at && first.opening !== count ? `it has begun with ${shown(begun)}` : undefined;
}

/** In the last tenth of the register, and the way over its end is possible. The ledger asks the same. */
function turnsOver(from: Reading, to: Reading, modulus: bigint | undefined, most: Flow | undefined): boolean {
  if (modulus === undefined || most === undefined) return false;
  if (to.count >= from.count || from.count >= modulus || from.count * 10n <= modulus * 9n) return false;
  const passed = (modulus - from.count + to.count) * HOUR_MS * most.den;
  return passed <= most.num * BigInt(to.at - from.at) + HOUR_MS * most.den;
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
