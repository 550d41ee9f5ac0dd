import { type Epoch, epochIndexAt } from './epoch.ts';
import type { Anomaly } from './line.ts';
import { QUARTER_MS } from './quarters.ts';
import { type CountReading, standingOf } from './reading.ts';

/** Times between which readings or epochs of a point changed, both inclusive, UTC in ms. */
export interface DirtyRange {
  readonly from: number;
  readonly to: number;
}

/** What was decided before: where the line was held, and where readings were left out. */
export type Span = Pick<Anomaly, 'since' | 'from' | 'until' | 'resumes'>;

export const quarterFloor = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;
export const quarterCeil = (at: number): number => Math.ceil(at / QUARTER_MS) * QUARTER_MS;

/** All changes of one point as one range: neighbouring quarters share their readings anyway. */
export function merged(ranges: readonly DirtyRange[]): DirtyRange {
  return {
    from: Math.min(...ranges.map(({ from }) => from)),
    to: Math.max(...ranges.map(({ to }) => to)),
  };
}

/**
 * No later than this must the ledger be followed again: before what changed, and before everything whose decision
 * looked at what changed.
 */
export function restartLimit({ from }: DirtyRange, spans: readonly Span[]): number {
  return spans.reduce(
    (limit, { since, until = Infinity }) => (until >= from && since < limit ? since : limit),
    from - 1,
  );
}

/** In the line, as far as is known: no reading that was left out or held. */
export function isInLine({ at, quality }: CountReading, spans: readonly Span[]): boolean {
  if (standingOf(quality) === 'void') return false;
  return wasInLine(at, spans);
}

export const wasInLine = (at: number, spans: readonly Span[]): boolean =>
  spans.every(({ from, resumes = Infinity }) => at < from || at >= resumes);

export interface Restart {
  /** The readings from here on are to be followed; absent: all, from the first epoch. */
  readonly since: { readonly at: number } | undefined;
  /** The quarter hour from which on something may differ. */
  readonly from: number;
}

/**
 * Where to begin again: at a believed reading before the quarter hour in which the first change may show. Undefined
 * when the readings do not reach back far enough to tell, though `isWhole` says that there are more.
 */
export function restartOf(
  readings: readonly CountReading[],
  epochs: readonly Epoch[],
  dirty: DirtyRange,
  spans: readonly Span[],
  isWhole: boolean,
): Restart | undefined {
  const limit = restartLimit(dirty, spans);
  const first = lastInLine(readings, epochs, limit, spans);
  if (first === undefined)
    return isWhole ? { since: undefined, from: startOf(readings, epochs, dirty) } : undefined;
  const from = quarterFloor(first);
  const since = lastInLine(readings, epochs, from, spans);
  if (since !== undefined) return { since: { at: since }, from };
  return isWhole ? { since: undefined, from } : undefined;
}

function lastInLine(
  readings: readonly CountReading[],
  epochs: readonly Epoch[],
  limit: number,
  spans: readonly Span[],
): number | undefined {
  const reading = readings.findLast(
    (candidate) =>
      candidate.at <= limit && epochIndexAt(epochs, candidate.at) >= 0 && isInLine(candidate, spans),
  );
  return reading?.at;
}

/** Nothing is known before: the first thing that is, or was. */
function startOf(readings: readonly CountReading[], epochs: readonly Epoch[], dirty: DirtyRange): number {
  return quarterFloor(Math.min(dirty.from, readings[0]?.at ?? Infinity, epochs[0]?.from ?? Infinity));
}
