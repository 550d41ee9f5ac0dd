import { startOfDay } from '../../kernel/period.ts';
import { HOUR_MS, type Hour } from './hours.ts';
import { QUARTER_MS } from './quarters.ts';

/** A day of the building, from midnight to midnight: 23 or 25 hours long when its clocks change. */
export interface LocalDay {
  /** `2026-03-01` */
  readonly date: string;
  readonly from: number;
  readonly to: number;
}

export interface Day {
  readonly date: string;
  readonly quantity: bigint;
  readonly estimated: bigint;
  /** Quarters that are known from beginning to end, of those that the day has. */
  readonly complete: number;
  readonly quarters: number;
}

/** The local days that touch a stretch of time, ascending. */
export function localDays(from: number, to: number, zone: string): readonly LocalDay[] {
  const days: LocalDay[] = [];
  if (from >= to) return days;
  const midnight = midnightsOf(zone);
  // No zone is further than a day away: the first is one of these.
  let number = Math.floor(from / DAY_MS) - 1;
  while (midnight(number + 1) <= from) number += 1;
  for (let begin = midnight(number); begin < to; number += 1) {
    const end = midnight(number + 1);
    days.push({ date: dateText(number), from: begin, to: end });
    begin = end;
  }
  return days;
}

/** The quarters of a day added up; undefined when nothing is known of it. */
export function dayOf(hours: ReadonlyMap<number, Hour>, { date, from, to }: LocalDay): Day | undefined {
  let [quantity, estimated] = [0n, 0n];
  let [known, complete] = [0, 0];
  for (let hour = Math.floor(from / HOUR_MS) * HOUR_MS; hour < to; hour += HOUR_MS) {
    const stored = hours.get(hour);
    if (!stored) continue;
    for (let place = 0; place < 4; place += 1) {
      const at = hour + place * QUARTER_MS;
      const value = stored.quantity[place];
      if (at < from || at >= to || value === null || value === undefined) continue;
      quantity += value;
      estimated += stored.estimated[place] ?? 0n;
      known += 1;
      complete += (stored.complete >> place) & 1;
    }
  }
  if (known === 0) return undefined;
  return { date, quantity, estimated, complete, quarters: Math.round((to - from) / QUARTER_MS) };
}

const DAY_MS = 24 * HOUR_MS;
/** Days are counted from 1970-01-01, since dates of their own kind are slow where a year is drawn. */
const dateText = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

const zones = new Map<string, Map<number, number>>();
/** A building has a few thousand days; what no longer fits is worked out again. */
const MOST_MIDNIGHTS = 50_000;

/** When days begin in a zone, remembered: the rules of clocks are what takes long. */
function midnightsOf(zone: string): (number: number) => number {
  const known = zones.get(zone) ?? new Map<number, number>();
  zones.set(zone, known);
  return (number) => {
    const remembered = known.get(number);
    if (remembered !== undefined) return remembered;
    if (known.size >= MOST_MIDNIGHTS) known.clear();
    const at = startOfDay(dateText(number), zone).epochMilliseconds;
    known.set(number, at);
    return at;
  };
}
