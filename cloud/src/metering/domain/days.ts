import { Temporal } from 'temporal-polyfill';
import { dateAt, startOfDay } from '../../kernel/period.ts';
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
  let date = dateAt(Temporal.Instant.fromEpochMilliseconds(from), zone);
  let begin = midnight(date, zone);
  while (begin < to) {
    const next = date.add({ days: 1 });
    const end = midnight(next, zone);
    days.push({ date: date.toString(), from: begin, to: end });
    [date, begin] = [next, end];
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

const midnights = new Map<string, number>();
/** A building has a few thousand days; what no longer fits is worked out again. */
const MOST_MIDNIGHTS = 50_000;

function midnight(date: Temporal.PlainDate, zone: string): number {
  const key = `${zone} ${date}`;
  const known = midnights.get(key);
  if (known !== undefined) return known;
  if (midnights.size >= MOST_MIDNIGHTS) midnights.clear();
  const at = startOfDay(date, zone).epochMilliseconds;
  midnights.set(key, at);
  return at;
}
