import type { Stretch } from './consume.ts';
import { type DirtyRange, quarterCeil, type Span, wasInLine } from './dirty.ts';

/**
 * How far a change reaches: up to the end of the quarter hour in which, after the change, a reading is believed now as
 * it was before; from it on nothing can differ. `more`: the readings end too early to tell. `end`: to the last of all.
 */
export type Reach =
  | { readonly kind: 'until'; readonly met: number; readonly to: number }
  | { readonly kind: 'more' }
  | { readonly kind: 'end' };

export function reachOf(
  stretches: readonly Stretch[],
  dirty: DirtyRange,
  spans: readonly Span[],
  readings: { readonly lastAt: number; readonly reachEnd: boolean },
): Reach {
  const undecided = readings.reachEnd ? Infinity : firstUndecided(stretches, readings.lastAt);
  const believed = stretches.flatMap((stretch) => stretch.believed).filter(({ at }) => at < undecided);
  const met = believed.find(({ at }) => at > dirty.to && wasInLine(at, spans))?.at;
  if (met !== undefined) {
    const to = quarterCeil(met);
    // The quarter hour itself must be known to its end.
    if (believed.some(({ at }) => at >= to)) return { kind: 'until', met, to };
  }
  return { kind: readings.reachEnd ? 'end' : 'more' };
}

/** From here on decisions rest on readings that have not been looked at, though epochs beyond are known. */
function firstUndecided(stretches: readonly Stretch[], lastAt: number): number {
  return stretches
    .flatMap(({ anomalies }) => anomalies)
    .reduce(
      (first, { since, until = Infinity }) => (until > lastAt && since < first ? since + 1 : first),
      lastAt + 1,
    );
}
