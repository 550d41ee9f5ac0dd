export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const QUARTER_MS = 900_000;
export const DAY_MINUTES = 1_440;

/** Days of a place with a fixed distance to UTC, as Thailand and Indonesia have. */
export interface Calendar {
  readonly offsetMs: number;
}

/** `+07:00` */
export function calendarOf(utcOffset: string): Calendar {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(utcOffset) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return { offsetMs: sign === '-' ? -offset : offset };
}

/** Days since 1970-01-01 there. */
export const dayOf = ({ offsetMs }: Calendar, ms: number): number => Math.floor((ms + offsetMs) / DAY_MS);

export const dayStart = ({ offsetMs }: Calendar, day: number): number => day * DAY_MS - offsetMs;

/** 0 is Sunday; 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

export const isWeekend = (day: number): boolean => weekdayOf(day) % 6 === 0;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

export const DURATION = /^(\d{1,7})(ms|s|m|h|d)$/;

/** `90s`, `15m`, `2h`, `1d` */
export function durationOf(text: string): number {
  const [, amount, unit = ''] = DURATION.exec(text) ?? [];
  return Number(amount) * (UNITS[unit] ?? Number.NaN);
}

/** The building's own time for a person: `2026-03-01 18:20:05`. */
export const shownTime = ({ offsetMs }: Calendar, ms: number): string =>
  new Date(ms + offsetMs).toISOString().slice(0, 19).replace('T', ' ');
