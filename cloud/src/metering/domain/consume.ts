import { type Epoch, epochIndexAt, quantityAt } from './epoch.ts';
import type { Node } from './judge.ts';
import { type Anomaly, type Believed, follow, type Line } from './line.ts';
import { OwnReadings } from './own-readings.ts';
import { QUARTER_MS, type Quarter, QuarterSums } from './quarters.ts';
import { type CountReading, standingOf } from './reading.ts';

/** What to work out, and from where the readings are complete. Half-open, whole quarter hours, UTC in ms. */
export interface Window {
  readonly from: number;
  readonly to: number;
  /**
   * Absent: the readings are all there are. Else they begin with one that is believed, whatever came before it.
   * `turns`: how often the register had started again from 0 since its epoch began.
   */
  readonly since?: { readonly at: number; readonly turns: number } | undefined;
}

/** What was read within one epoch. */
export interface Stretch extends Line {
  readonly epoch: Epoch;
}

export interface Consumption {
  /** Of the window: one a quarter hour in which something is known, ascending. Where nothing is, there is none. */
  readonly quarters: readonly Quarter[];
  readonly anomalies: readonly Anomaly[];
  readonly stretches: readonly Stretch[];
}

/**
 * From what a register counted to what was used, quarter hour by quarter hour.
 *
 *   quantity of a quarter hour = Q(its end) − Q(its beginning),  Q = ⌊num · (count − opening) / den⌋
 *
 * The count at an edge is read off the straight line between the two readings around it, rounded down as registers do.
 * So whatever stands between them, the sum over an epoch is Q(last) − Q(first): nothing is lost, nothing counted twice.
 *
 * Readings and epochs ascend by time. Readings before the first epoch belong to nobody yet.
 */
export function consume(
  readings: readonly CountReading[],
  epochs: readonly Epoch[],
  window: Window,
): Consumption {
  const stretches = stretchesOf(readings, epochs, window.since);
  const anomalies = stretches.flatMap((stretch) => stretch.anomalies);
  return { quarters: quartersOf(stretches, window), anomalies, stretches };
}

export function quartersOf(
  stretches: readonly Stretch[],
  { from, to }: Pick<Window, 'from' | 'to'>,
): readonly Quarter[] {
  const sums = new QuarterSums(from, to);
  for (const { epoch, believed } of stretches) addUsage(sums, epoch, believed);
  return sums.list();
}

/** The readings cut at the epochs, each followed by itself: a count of one epoch says nothing about another. */
export function stretchesOf(
  readings: readonly CountReading[],
  epochs: readonly Epoch[],
  since: Window['since'],
): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const first = since === undefined ? 0 : Math.max(0, epochIndexAt(epochs, since.at));
  let place = 0;
  for (let index = first; index < epochs.length; index += 1) {
    const epoch = epochs[index];
    if (epoch === undefined) break;
    const next = epochs[index + 1];
    const nodes: Node[] = [];
    const isBegun = index === first && since !== undefined && since.at > epoch.from;
    if (!isBegun) nodes.push(opening(epoch));
    const own = new OwnReadings(epoch);
    while ((readings[place]?.at ?? Infinity) < epoch.from) place += 1;
    for (; (readings[place]?.at ?? Infinity) < (next?.from ?? Infinity); place += 1) {
      const reading = readings[place];
      if (reading && own.take(reading)) nodes.push(nodeOf(reading));
    }
    if (next?.closing !== undefined) nodes.push(closing(next, next.closing));
    const { believed, anomalies } = follow(nodes, epoch, isBegun ? since.turns : 0);
    const ended = anomalies.map((each) => ({ ...each, resumes: each.resumes ?? next?.from }));
    stretches.push({ epoch, believed, anomalies: [...ended, ...own.others(next?.from)] });
  }
  return stretches;
}

const nodeOf = ({ at, count, quality }: CountReading): Node => ({
  at,
  count,
  standing: standingOf(quality),
  declared: false,
});
const declared = (at: number, count: bigint): Node => ({ at, count, standing: 'plain', declared: true });
/** Worked out from the words of a reading it is judged as a reading is. */
const closing = ({ from, automatic }: Epoch, count: bigint): Node => ({
  ...declared(from, count),
  declared: automatic !== true,
});
const opening = (epoch: Epoch): Node => declared(epoch.from, epoch.opening);

/** Between each two neighbours that are believed; over a break nothing. */
function addUsage(sums: QuarterSums, epoch: Epoch, believed: readonly Believed[]): void {
  let quantity = 0n;
  for (let i = 0; i < believed.length; i += 1) {
    const [a, b] = [believed[i - 1], believed[i]];
    if (b === undefined) continue;
    if (a === undefined || b.broken) {
      quantity = quantityAt(epoch, b.count);
    } else {
      quantity = addPair(sums, epoch, { a, b, quantity });
    }
  }
}

interface Pair {
  readonly a: Believed;
  readonly b: Believed;
  /** Q at a. */
  readonly quantity: bigint;
}

function addPair(sums: QuarterSums, epoch: Epoch, { a, b, quantity }: Pair): bigint {
  const end = quantityAt(epoch, b.count);
  const estimated = b.at - a.at > epoch.gapMs || a.weak || b.weak;
  let from = a.at;
  let reached = quantity;
  for (let edge = nextEdge(sums, a.at); edge < b.at && edge <= sums.to; edge += QUARTER_MS) {
    const there = quantityAt(epoch, countBetween(a, b, edge));
    sums.add(from, edge, there - reached, estimated);
    [from, reached] = [edge, there];
  }
  sums.add(from, b.at, end - reached, estimated);
  return end;
}

/** Edges before the window need no looking at: what passed before them is in no quarter of it. */
function nextEdge({ from }: QuarterSums, at: number): number {
  const edge = (Math.floor(at / QUARTER_MS) + 1) * QUARTER_MS;
  return Math.max(edge, from);
}

/** The count at a moment between two readings, as the contract puts it at a boundary: in whole counts, rounded down. */
export function countBetween(
  a: Pick<Believed, 'at' | 'count'>,
  b: Pick<Believed, 'at' | 'count'>,
  at: number,
): bigint {
  if (at <= a.at || a.count === b.count) return a.count;
  if (at >= b.at) return b.count;
  return a.count + ((b.count - a.count) * BigInt(at - a.at)) / BigInt(b.at - a.at);
}
