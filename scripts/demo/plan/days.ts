/** A local day, as 2026-03-11. Both buildings are seven hours ahead of UTC all year round. */
export type Day = string;

const OFFSET = '+07:00';
const OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

const utc = (day: Day): Date => new Date(`${day}T00:00:00Z`);
const dayOf = (date: Date): Day => date.toISOString().slice(0, 10);

/** The day that it is there. */
export const dayAt = (ms: number): Day => dayOf(new Date(ms + OFFSET_MS));
/** When the day begins, in UTC ms. */
export const midnight = (day: Day): number => utc(day).getTime() - OFFSET_MS;
/** As the API takes it: 2026-03-11T11:15:00+07:00. */
export const instantOf = (day: Day, clock: string): string => `${day}T${clock}:00${OFFSET}`;

export const addDays = (day: Day, days: number): Day => dayOf(new Date(utc(day).getTime() + days * DAY_MS));

/** The same day of another month, or its last. */
export function addMonths(day: Day, months: number): Day {
  const date = utc(day);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date.getUTCDate(), length));
  return dayOf(first);
}

/** The nth day of a month: 0 is that of `day`, −1 the one before. */
export const dayInMonth = (day: Day, months: number, nth: number): Day =>
  addDays(`${addMonths(day, months).slice(0, 7)}-01`, nth - 1);
