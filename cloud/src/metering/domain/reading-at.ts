import { countBetween } from './consume.ts';
import { isInLine, type Span } from './dirty.ts';
import { type Epoch, epochIndexAt } from './epoch.ts';
import type { CountReading } from './reading.ts';

/** A count that stands beside an instant: read, or said by a person. */
export interface Beside {
  readonly at: number;
  readonly count: bigint;
  readonly declared: boolean;
}

export interface ReadingAt {
  readonly at: number;
  /**
   * `exact`: read at this very instant, or the same before and after. `interpolated`: on the straight line between the two.
   * `nearest`: only one side is known. `none`: neither.
   */
  readonly method: 'exact' | 'interpolated' | 'nearest' | 'none';
  /** As the register would have shown it. */
  readonly count: bigint | undefined;
  readonly before: Beside | undefined;
  readonly after: Beside | undefined;
}

/** What a register stood at, at an instant, by the believed readings of the same epoch around it. */
export function readingAt(
  at: number,
  readings: readonly CountReading[],
  epochs: readonly Epoch[],
  known: readonly Span[],
): ReadingAt {
  const index = epochIndexAt(epochs, at);
  const epoch = epochs[index];
  if (epoch === undefined)
    return { at, method: 'none', count: undefined, before: undefined, after: undefined };
  const next = epochs[index + 1];
  const nodes = nodesOf(epoch, next, readings, known);
  const before = nodes.findLast((node) => node.at <= at);
  const after = nodes.find((node) => node.at >= at);
  return { at, ...between(at, before, after, epoch), before, after };
}

function nodesOf(
  epoch: Epoch,
  next: Epoch | undefined,
  readings: readonly CountReading[],
  known: readonly Span[],
): readonly Beside[] {
  const end = next?.from ?? Infinity;
  const read = readings.filter(
    (reading) => reading.at >= epoch.from && reading.at < end && isInLine(reading, known),
  );
  return [
    { at: epoch.from, count: epoch.opening, declared: true },
    ...read.map(({ at, count }) => ({ at, count, declared: false })),
    ...(next?.closing === undefined ? [] : [{ at: end, count: next.closing, declared: true }]),
  ];
}

function between(
  at: number,
  before: Beside | undefined,
  after: Beside | undefined,
  { modulus }: Epoch,
): Pick<ReadingAt, 'method' | 'count'> {
  if (before?.at === at) return { method: 'exact', count: before.count };
  if (after?.at === at) return { method: 'exact', count: after.count };
  if (before === undefined || after === undefined) {
    const only = before ?? after;
    return only ? { method: 'nearest', count: only.count } : { method: 'none', count: undefined };
  }
  if (before.count === after.count) return { method: 'exact', count: before.count };
  if (after.count > before.count) return { method: 'interpolated', count: countBetween(before, after, at) };
  // It fell: over its end if it has one, else over a break, where no line can be drawn.
  if (modulus === undefined || before.count * 10n <= modulus * 9n)
    return { method: 'nearest', count: before.count };
  const unwound = { at: after.at, count: after.count + modulus };
  return { method: 'interpolated', count: countBetween(before, unwound, at) % modulus };
}
