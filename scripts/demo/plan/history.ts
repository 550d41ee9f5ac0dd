import { addDays, dayAt, midnight } from './days.ts';
import type { BuildingPlan, EstatePlan } from './estate.types.ts';
import { staysOf } from './tenancies.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const DAY_MINUTES = 1_440;

/** A file of readings as it is brought in: every meter of a building at every step. */
export interface Chunk {
  readonly building: BuildingPlan['key'];
  /** UTC ms; `to` does not belong to it. */
  readonly from: number;
  readonly to: number;
  readonly stepMinutes: number;
}

const quarterBefore = (ms: number): number => ms - (ms % QUARTER_MS);

/**
 * A year until now, what people look at first coming in first: quarter hours of the last days, all months day by day, and
 * then what makes the weeks before finer. Nothing is read twice.
 */
export function firstChunks({ since }: EstatePlan, now: number): readonly Chunk[] {
  const back = (days: number) => midnight(addDays(dayAt(now), -days));
  const [start, days, hours, quarters] = [midnight(since), back(45), back(14), back(3)];
  const bangkok = 'bangkok';
  return [
    { building: bangkok, from: quarters, to: now, stepMinutes: 15 },
    { building: bangkok, from: start, to: days, stepMinutes: DAY_MINUTES },
    { building: 'jakarta', from: start, to: hours, stepMinutes: DAY_MINUTES },
    { building: 'jakarta', from: hours, to: now, stepMinutes: 60 },
    { building: bangkok, from: hours, to: quarters, stepMinutes: 15 },
    { building: bangkok, from: days, to: hours, stepMinutes: 60 },
  ];
}

/** A week of quarter hours that nobody read is worth no more than its hours. */
const LONG_MS = 7 * DAY_MINUTES * MINUTE_MS;
/** Whatever was read in the last moments before an end may still be on its way. */
const LAST_MOMENTS_MS = 2 * MINUTE_MS;

/** What nobody read while the demo did not run: of the houses that people read since the last file. */
export function missedChunks(
  now: number,
  { stopped, walked }: { readonly stopped: number; readonly walked: number },
): readonly Chunk[] {
  const step = (from: number) => (now - from > LONG_MS ? 60 : 15);
  const from = quarterBefore(stopped + LAST_MOMENTS_MS) + QUARTER_MS;
  const hour = walked - (walked % (60 * MINUTE_MS)) + 60 * MINUTE_MS;
  const chunks: Chunk[] = [
    { building: 'bangkok', from, to: now, stepMinutes: step(from) },
    { building: 'jakarta', from: hour, to: now, stepMinutes: 60 },
  ];
  return chunks.filter((chunk) => timesOf(chunk).length > 0);
}

/** The first step is the first one of the clock that is not before; days begin where the building is. */
export function timesOf({ from, to, stepMinutes }: Chunk): number[] {
  const step = stepMinutes * MINUTE_MS;
  const times: number[] = [];
  for (let at = stepMinutes === DAY_MINUTES ? from : Math.ceil(from / step) * step; at < to; at += step)
    times.push(at);
  return times;
}

/** When rooms of the building changed hands: there is a reading of that moment, too. */
export function handoversOf({ leases }: BuildingPlan): ReadonlyMap<string, ReadonlySet<number>> {
  const rooms = new Map<string, Set<number>>();
  for (const { room, from, to } of leases.filter(({ moves }) => moves.length > 0).flatMap(staysOf)) {
    const times = rooms.get(room) ?? new Set<number>();
    for (const at of [from, to]) if (at !== null) times.add(at);
    rooms.set(room, times);
  }
  return rooms;
}
