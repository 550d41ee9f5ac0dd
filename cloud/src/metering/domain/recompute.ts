import { quartersOf, stretchesOf } from './consume.ts';
import { type DirtyRange, quarterFloor, restartOf, type Span } from './dirty.ts';
import { type Epoch, epochIndexAt, hasFraction } from './epoch.ts';
import type { Anomaly } from './line.ts';
import { QUARTER_MS, type Quarter } from './quarters.ts';
import { reachOf } from './reach.ts';
import type { CountReading } from './reading.ts';

/** What is known of a point when something about it changed. */
export interface Changed {
  /** Ascending. `reachBack`: nothing was read before them; `reachEnd`: nothing after them. */
  readonly readings: readonly CountReading[];
  readonly reachBack: boolean;
  readonly reachEnd: boolean;
  readonly epochs: readonly Epoch[];
  readonly dirty: DirtyRange;
  /** What was decided before, as it is stored: all that may touch the range, and every rollover. */
  readonly known: readonly (Span & Pick<Anomaly, 'kind'>)[];
}

export type Recomputed =
  /** The readings do not suffice: load further back, or further ahead. */
  | { readonly kind: 'more'; readonly where: 'back' | 'ahead' }
  | {
      readonly kind: 'done';
      /** Quarter hours from here, and up to here if something is known beyond: all of them are replaced. */
      readonly from: number;
      readonly to: number | undefined;
      readonly quarters: readonly Quarter[];
      /** Replace those that are known and whose own `since` is this or later, and before `met`. */
      readonly anomalies: readonly Anomaly[];
      readonly since: number;
      readonly met: number | undefined;
      /** The last count that is believed, as far as was read. */
      readonly last: { readonly at: number; readonly count: bigint } | undefined;
    };

/**
 * The quarter hours that a change touches, worked out anew from the readings around it. What this leaves alone is what
 * working out everything from the first reading on would leave as it is: the property that its test holds it to.
 */
export function recompute(changed: Changed): Recomputed {
  const { readings, epochs, dirty, known, reachBack, reachEnd } = changed;
  const start = restartOf(readings, epochs, dirty, known, reachBack);
  if (start === undefined) return { kind: 'more', where: 'back' };
  const since = start.since && { ...start.since, turns: turnsBefore(start.since.at, epochs, known) };
  const used = since ? readings.slice(readings.findIndex(({ at }) => at === since.at)) : readings;
  const stretches = stretchesOf(used, epochs, since);
  const lastAt = Math.max(readings.at(-1)?.at ?? 0, epochs.at(-1)?.from ?? 0);
  const reach = reachOf(stretches, dirty, known, { lastAt: readings.at(-1)?.at ?? lastAt, reachEnd });
  if (reach.kind === 'more') return { kind: 'more', where: 'ahead' };
  const met = reach.kind === 'until' ? reach.met : undefined;
  const anomalies = stretches
    .flatMap((stretch) => stretch.anomalies)
    .filter((anomaly) => met === undefined || anomaly.since < met);
  const begin = since?.at ?? -Infinity;
  if (met !== undefined && turnsDiffer({ begin, met, anomalies, changed }))
    return recompute({ ...changed, dirty: { ...dirty, to: Infinity } });
  const end = reach.kind === 'until' ? reach.to : Math.max(start.from, quarterFloor(lastAt) + QUARTER_MS);
  const quarters = quartersOf(stretches, { from: start.from, to: end });
  const to = reach.kind === 'until' ? end : undefined;
  const last = stretches.findLast(({ believed }) => believed.length > 0)?.believed.at(-1);
  return {
    kind: 'done',
    from: start.from,
    to,
    quarters,
    anomalies,
    since: begin,
    met,
    last: last && { at: last.at, count: last.count },
  };
}

/** How often the register had started again from 0 since its epoch began. */
function turnsBefore(at: number, epochs: readonly Epoch[], known: Changed['known']): number {
  const begin = epochs[epochIndexAt(epochs, at)]?.from ?? -Infinity;
  return known.filter(({ kind, since, from }) => kind === 'rollover' && since >= begin && from <= at).length;
}

/** One turn more or less moves the fraction of a base unit in everything after it. */
function turnsDiffer(over: {
  readonly begin: number;
  readonly met: number;
  readonly anomalies: readonly Anomaly[];
  readonly changed: Changed;
}): boolean {
  const { begin, met, anomalies, changed } = over;
  const epoch = changed.epochs[epochIndexAt(changed.epochs, met)];
  if (epoch === undefined || !hasFraction(epoch)) return false;
  const turns = (list: Changed['known']) =>
    list.filter(
      ({ kind, since }) => kind === 'rollover' && since >= epoch.from && since >= begin && since < met,
    ).length;
  return turns(anomalies) !== turns(changed.known);
}
