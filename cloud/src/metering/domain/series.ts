import { Temporal } from 'temporal-polyfill';
import { dateAt, startOfDay } from '../../kernel/period.ts';
import { localDays } from './days.ts';
import { HOUR_MS } from './hours.ts';
import { QUARTER_MS } from './quarters.ts';

/** From fine to coarse. */
export const RESOLUTIONS = ['quarter', 'hour', 'day', 'month'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** Half-open, UTC in ms. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 24 * HOUR_MS;
const LENGTH_MS: Readonly<Record<Resolution, number>> = {
  quarter: QUARTER_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  month: 28 * DAY_MS,
};

/** The finest that needs no more points than asked for; months where even they are too many. */
export function resolutionFor({ from, to }: Stretch, budget: number): Resolution {
  return RESOLUTIONS.find((each) => (to - from) / LENGTH_MS[each] <= budget) ?? 'month';
}

/** Whole units of the building that cover a stretch: charts have no half bars. */
export function bucketsOf({ from, to }: Stretch, resolution: Resolution, zone: string): readonly Stretch[] {
  if (from >= to) return [];
  switch (resolution) {
    case 'quarter':
      return steps(Math.floor(from / QUARTER_MS) * QUARTER_MS, to, QUARTER_MS);
    case 'hour':
      return localDays(from, to, zone)
        .flatMap((day) => hoursOf(day))
        .filter((hour) => hour.to > from && hour.from < to);
    case 'day':
      return localDays(from, to, zone);
    case 'month':
      return monthsOf({ from, to }, zone);
  }
}

/** From midnight on: in zones of half past, an hour begins at half past of UTC. The last of a day may be shorter. */
const hoursOf = ({ from, to }: Stretch): readonly Stretch[] => steps(from, to, HOUR_MS, to);

function steps(from: number, to: number, length: number, end = Infinity): readonly Stretch[] {
  const all: Stretch[] = [];
  for (let at = from; at < to; at += length) all.push({ from: at, to: Math.min(at + length, end) });
  return all;
}

function monthsOf({ from, to }: Stretch, zone: string): readonly Stretch[] {
  const months: Stretch[] = [];
  let month = localDate(from, zone).with({ day: 1 });
  for (let begin = midnight(month, zone); begin < to; ) {
    const next = month.add({ months: 1 });
    const end = midnight(next, zone);
    months.push({ from: begin, to: end });
    [month, begin] = [next, end];
  }
  return months;
}

/** The same stretch before: of months the months before, of days the days before, else as long. */
export function previousOf({ from, to }: Stretch, zone: string): Stretch {
  const [first, last] = [localDate(from, zone), localDate(to, zone)];
  if (midnight(first, zone) !== from || midnight(last, zone) !== to)
    return { from: from - (to - from), to: from };
  if (first.day === 1 && last.day === 1) {
    const { months } = first.until(last, { largestUnit: 'months' });
    return { from: midnight(first.subtract({ months }), zone), to: from };
  }
  return { from: midnight(first.subtract({ days: first.until(last).days }), zone), to: from };
}

const localDate = (at: number, zone: string): Temporal.PlainDate =>
  dateAt(Temporal.Instant.fromEpochMilliseconds(at), zone);
const midnight = (date: Temporal.PlainDate, zone: string): number => startOfDay(date, zone).epochMilliseconds;

/** What is known of one stretch. */
export interface Amount extends Stretch {
  readonly quantity: bigint;
  readonly estimated: bigint;
  /** Quarters that are complete. */
  readonly complete: number;
  /** Some quarter of it is known at least in part. */
  readonly known: boolean;
}

/** Adds up amounts into the buckets that they lie in. Both ascend; an amount lies within one bucket. */
export function gather(buckets: readonly Stretch[], amounts: readonly Amount[]): readonly Amount[] {
  const sums = buckets.map((bucket) => ({
    ...bucket,
    quantity: 0n,
    estimated: 0n,
    complete: 0,
    known: false,
  }));
  let place = 0;
  for (const amount of amounts) {
    while ((sums[place]?.to ?? Infinity) <= amount.from) place += 1;
    const sum = sums[place];
    if (sum === undefined || amount.from < sum.from) continue;
    sum.quantity += amount.quantity;
    sum.estimated += amount.estimated;
    sum.complete += amount.complete;
    sum.known ||= amount.known;
  }
  return sums;
}
