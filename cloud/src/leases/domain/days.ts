import { Temporal } from 'temporal-polyfill';
import { dateAt, startOfDay } from '../../kernel/period.ts';

/** A local day of the building, as `2026-03-01`: such texts ascend as their days do. */
export type Day = string;

/** Contracts name the last day, the house the first that is no longer part. */
export const dayAfter = (day: Day): Day => Temporal.PlainDate.from(day).add({ days: 1 }).toString();
export const daysBefore = (day: Day, days: number): Day =>
  Temporal.PlainDate.from(day).subtract({ days }).toString();
export const dayBefore = (day: Day): Day => daysBefore(day, 1);

export const dayOf = (at: number, zone: string): Day =>
  dateAt(Temporal.Instant.fromEpochMilliseconds(at), zone).toString();

export const midnight = (day: Day, zone: string): number => startOfDay(day, zone).epochMilliseconds;

/** The first day that somebody who leaves at that instant no longer lives there: at midnight it is that very day. */
export function endDayOf(at: number, zone: string): Day {
  const day = dayOf(at, zone);
  return midnight(day, zone) === at ? day : dayAfter(day);
}
