import { Temporal } from 'temporal-polyfill';
import { kernelError } from './errors.ts';

/** Half-open: the start belongs to it, the end belongs to the next one. */
export interface Period {
  readonly start: Temporal.Instant;
  readonly end: Temporal.Instant;
}

export function period(start: Temporal.Instant | string, end: Temporal.Instant | string): Period {
  const from = Temporal.Instant.from(start);
  const to = Temporal.Instant.from(end);
  if (Temporal.Instant.compare(from, to) >= 0) {
    throw kernelError('period_invalid', {
      message: `${from} to ${to} is not a period`,
      details: { from, to },
    });
  }
  return { start: from, end: to };
}

export function contains({ start, end }: Period, instant: Temporal.Instant): boolean {
  return Temporal.Instant.compare(start, instant) <= 0 && Temporal.Instant.compare(instant, end) < 0;
}

export function overlaps(a: Period, b: Period): boolean {
  return Temporal.Instant.compare(a.start, b.end) < 0 && Temporal.Instant.compare(b.start, a.end) < 0;
}

export function intersect(a: Period, b: Period): Period | undefined {
  if (!overlaps(a, b)) return undefined;
  return { start: later(a.start, b.start), end: earlier(a.end, b.end) };
}

export function equalPeriods(a: Period, b: Period): boolean {
  return a.start.equals(b.start) && a.end.equals(b.end);
}

export function millisecondsIn({ start, end }: Period): number {
  return end.epochMilliseconds - start.epochMilliseconds;
}

/** What a period is cut into. A cycle begins each month on `day`, or on the month's last day if it is shorter. */
export type PeriodUnit =
  | { readonly kind: 'quarter_hour' | 'day' | 'month' }
  | { readonly kind: 'cycle'; readonly day: number };

export const QUARTER_HOUR: PeriodUnit = { kind: 'quarter_hour' };
export const DAY: PeriodUnit = { kind: 'day' };
export const MONTH: PeriodUnit = { kind: 'month' };

export function cycle(day: number): PeriodUnit {
  if (!Number.isInteger(day) || day < 1 || day > 31) {
    throw kernelError('cycle_day_invalid', { message: `${day} is not a day from 1 to 31`, details: { day } });
  }
  return { kind: 'cycle', day };
}

/** The local day of a building, from midnight to midnight: 23 or 25 hours long when the clocks change. */
export function localDay(date: Temporal.PlainDate | string, zone: string): Period {
  const day = Temporal.PlainDate.from(date);
  return between(day, day.add({ days: 1 }), zone);
}

export function localMonth(month: Temporal.PlainYearMonth | string, zone: string): Period {
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 });
  return between(first, first.add({ months: 1 }), zone);
}

/** The billing cycle that begins in the month given. */
export function billingCycle(
  month: Temporal.PlainYearMonth | string,
  cycleDay: number,
  zone: string,
): Period {
  cycle(cycleDay);
  const begins = Temporal.PlainYearMonth.from(month);
  return between(cycleStart(begins, cycleDay), cycleStart(begins.add({ months: 1 }), cycleDay), zone);
}

/** The whole unit in which an instant lies. */
export function unitContaining(instant: Temporal.Instant, unit: PeriodUnit, zone: string): Period {
  switch (unit.kind) {
    case 'quarter_hour':
      return fixedUnit(instant, 15 * 60_000);
    case 'day':
      return localDay(dateAt(instant, zone), zone);
    case 'month':
      return localMonth(dateAt(instant, zone).toPlainYearMonth(), zone);
    case 'cycle':
      return cycleContaining(dateAt(instant, zone), unit.day, zone);
  }
}

/**
 * Cuts a period at every boundary of the unit. The tiles touch, do not overlap and cover it exactly; the first
 * and the last are shorter than a unit when the period begins or ends inside one.
 */
export function tile(whole: Period, unit: PeriodUnit, zone: string): readonly Period[] {
  const tiles: Period[] = [];
  let start = whole.start;
  while (Temporal.Instant.compare(start, whole.end) < 0) {
    const end = earlier(unitContaining(start, unit, zone).end, whole.end);
    tiles.push({ start, end });
    start = end;
  }
  return tiles;
}

/**
 * Local days of a period: the numerator and the denominator of a proration by days. A day that is cut belongs to
 * the part in which it ends: who moves in at noon of the 8th pays for the 8th, who moves out then does not. The
 * parts of a period, wherever it is cut, so have as many days as the whole.
 */
export function calendarDays({ start, end }: Period, zone: string): number {
  return dateAt(start, zone).until(dateAt(end, zone)).days;
}

/**
 * The local day at an instant. Where the clocks fall back past midnight the old date returns for a while: the day
 * that has begun goes on, so that days follow each other like instants do.
 */
export function dateAt(instant: Temporal.Instant, zone: string): Temporal.PlainDate {
  const shown = instant.toZonedDateTimeISO(knownZone(zone)).toPlainDate();
  const next = shown.add({ days: 1 });
  return Temporal.Instant.compare(startOfDay(next, zone), instant) <= 0 ? next : shown;
}

/** Midnight, or the first moment of the day where the clocks skip midnight. */
export function startOfDay(date: Temporal.PlainDate | string, zone: string): Temporal.Instant {
  return Temporal.PlainDate.from(date).toZonedDateTime(knownZone(zone)).toInstant();
}

export function isZone(zone: string): boolean {
  return zones.has(zone) || rememberZone(zone);
}

function between(from: Temporal.PlainDate, to: Temporal.PlainDate, zone: string): Period {
  return { start: startOfDay(from, zone), end: startOfDay(to, zone) };
}

function cycleStart(month: Temporal.PlainYearMonth, day: number): Temporal.PlainDate {
  return month.toPlainDate({ day: Math.min(day, month.daysInMonth) });
}

function cycleContaining(date: Temporal.PlainDate, day: number, zone: string): Period {
  const month = date.toPlainYearMonth();
  const begun = Temporal.PlainDate.compare(cycleStart(month, day), date) <= 0;
  return billingCycle(begun ? month : month.subtract({ months: 1 }), day, zone);
}

/** Every zone is a multiple of a quarter hour away from UTC, so that UTC quarters are local quarters. */
function fixedUnit(instant: Temporal.Instant, length: number): Period {
  const start = Math.floor(instant.epochMilliseconds / length) * length;
  return {
    start: Temporal.Instant.fromEpochMilliseconds(start),
    end: Temporal.Instant.fromEpochMilliseconds(start + length),
  };
}

const zones = new Set<string>();

/** A name of the IANA list. Fixed offsets are refused: a building has a place, and its rules may change. */
function rememberZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
  } catch {
    return false;
  }
  zones.add(zone);
  return true;
}

export function knownZone(zone: string): string {
  if (!isZone(zone)) {
    throw kernelError('zone_unknown', { message: `"${zone}" is not a time zone`, details: { zone } });
  }
  return zone;
}

function later(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) >= 0 ? a : b;
}

function earlier(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) <= 0 ? a : b;
}
