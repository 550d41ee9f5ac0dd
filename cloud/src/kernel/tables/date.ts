import { absolute, toScaled } from '../decimal.ts';
import { err, ok, type Result } from '../result.ts';
import { MONTHS } from './month-names.ts';

export interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Seconds since local midnight; 86 400 is the midnight that ends the day. */
export type Clock = number;

export const DATE_ORDERS = ['dmy', 'mdy', 'ymd'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

export interface DateRules {
  /** Of dates that do not begin with a four-digit year. */
  readonly order: DateOrder;
  /** `either`: a year of 2400 and later is Buddhist, and two digits are what lies within reach. */
  readonly era: 'either' | 'buddhist' | 'gregorian';
  /** The year in which the file came in. */
  readonly referenceYear: number;
  /** How many years after it are within reach; the next one, if nothing is said. */
  readonly yearsAhead?: number | undefined;
}

export type DateFault =
  | 'date_unreadable'
  | 'date_impossible'
  | 'date_order'
  | 'year_era'
  | 'year_out_of_reach'
  | 'year_ambiguous'
  | 'clock_unreadable';

export interface ReadDate {
  readonly date: LocalDate;
  /** Absent: the cell says a day and no time. */
  readonly clock?: Clock;
}

/** Old systems hand over decades; a two-digit year reaches back less far, so that both eras never fit. */
const EARLIEST_YEAR = 1990;
const EARLIEST_OF_TWO_DIGITS = 2000;
const BUDDHIST = 543;
/** No gregorian date of a table is so late, no Buddhist one so early. */
const FIRST_BUDDHIST_YEAR = 2400;

const NUMERIC = /^(\d{1,4}) ?[-/. ] ?(\d{1,2}) ?[-/. ] ?(\d{1,4})$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
/** `1 ก.พ. 2569`, `01-Feb-69`, `1 กุมภาพันธ์ พ.ศ. 2569`. */
const NAMED = /^(\d{1,2})[-/. ]*([^\d\s,/-]+)[-/., ]*(?:(พ\.?ศ\.?|ค\.?ศ\.?|b\.?e\.?)\s*)?(\d{2,4})$/i;
const CLOCK = /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.0+)?)?\s*(am|pm|a\.m\.|p\.m\.|น\.?|นาฬิกา|wib)?$/i;
/** What follows a date in the same cell. */
const TRAILING_CLOCK =
  /^(.{4,40}?)(?:[T ]|, ?| เวลา | - )(\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.0+)?)?\s*(?:am|pm|a\.m\.|p\.m\.|น\.?|นาฬิกา|wib)?)$/i;
const MAX_LENGTH = 60;

/** Reads what a person or a program wrote; `text` has plain digits and spaces (`plain`). */
export function readDate(text: string, rules: DateRules): Result<ReadDate, DateFault> {
  if (text.length > MAX_LENGTH) return err('date_unreadable');
  const whole = readDay(text, rules);
  if (whole.ok) return ok({ date: whole.value });
  const split = TRAILING_CLOCK.exec(text);
  if (!split) return whole;
  const date = readDay(split[1] ?? '', rules);
  if (!date.ok) return date;
  const clock = readClock(split[2] ?? '');
  return clock === undefined ? err('clock_unreadable') : ok({ date: date.value, clock });
}

export function readClock(text: string): Clock | undefined {
  const match = CLOCK.exec(text);
  if (!match) return undefined;
  const [, hours = '', minutes = '', seconds = '0', half = ''] = match;
  const afternoon = /^p/i.test(half);
  const isHalf = afternoon || /^a/i.test(half);
  const hour = Number(hours);
  if (isHalf && (hour < 1 || hour > 12)) return undefined;
  const full = isHalf ? (hour % 12) + (afternoon ? 12 : 0) : hour;
  const clock = full * 3600 + Number(minutes) * 60 + Number(seconds);
  const sixties = Number(minutes) < 60 && Number(seconds) < 60;
  return sixties && clock <= 86_400 ? clock : undefined;
}

function readDay(text: string, rules: DateRules): Result<LocalDate, DateFault> {
  const named = NAMED.exec(text);
  if (named) return readNamed(named, rules);
  const match = NUMERIC.exec(text) ?? COMPACT.exec(text);
  if (!match) return err('date_unreadable');
  const [first, second, third] = [match[1] ?? '', match[2] ?? '', match[3] ?? ''];
  if (first.length >= 3) {
    if (third.length > 2) return err('date_unreadable');
    return dayOf(first, second, third, rules);
  }
  const read = readOrdered([first, second, third], rules);
  if (read.ok || (read.error !== 'date_impossible' && Number(first) <= 31)) return read;
  const fitsElsewhere = DATE_ORDERS.some(
    (order) => readOrdered([first, second, third], { ...rules, order }).ok,
  );
  return fitsElsewhere ? err('date_order') : read;
}

type Numerals = readonly [first: string, second: string, third: string];

function readOrdered([first, second, third]: Numerals, rules: DateRules): Result<LocalDate, DateFault> {
  if (rules.order === 'ymd') {
    return third.length > 2 ? err('date_order') : dayOf(first, second, third, rules);
  }
  const [day, month] = rules.order === 'dmy' ? [first, second] : [second, first];
  return dayOf(third, month, day, rules);
}

function readNamed(match: RegExpExecArray, rules: DateRules): Result<LocalDate, DateFault> {
  const [, day = '', name = '', era = '', year = ''] = match;
  const month = MONTHS.get(name.toLowerCase().replaceAll('.', ''));
  if (month === undefined) return err('date_unreadable');
  const said = /^[พb]/i.test(era) ? 'buddhist' : /^ค/.test(era) ? 'gregorian' : rules.era;
  return dayOf(year, String(month), day, { ...rules, era: said });
}

function dayOf(year: string, month: string, day: string, rules: DateRules): Result<LocalDate, DateFault> {
  const resolved = resolveYear(year, rules);
  if (!resolved.ok) return resolved;
  const date = { year: resolved.value, month: Number(month), day: Number(day) };
  return exists(date) ? ok(date) : err('date_impossible');
}

/**
 * Two digits are the one year within reach: in 2026, `69` is 2569 B.E. and `26` is 2026, since 2069 is to come and
 * 1983 B.E. long gone. Where both eras fit, a person has to say which.
 */
export function resolveYear(
  text: string,
  { era, referenceYear, yearsAhead = 1 }: DateRules,
): Result<number, DateFault> {
  const latest = referenceYear + yearsAhead;
  const number = Number(text);
  if (text.length === 4) {
    const buddhist = number >= FIRST_BUDDHIST_YEAR;
    if (buddhist ? era === 'gregorian' : era === 'buddhist') return err('year_era');
    const year = buddhist ? number - BUDDHIST : number;
    return year >= EARLIEST_YEAR && year <= latest ? ok(year) : err('year_out_of_reach');
  }
  if (text.length !== 2) return err('date_unreadable');
  const candidates = [
    ...(era === 'buddhist' ? [] : [2000 + number]),
    ...(era === 'gregorian' ? [] : [2500 + number - BUDDHIST]),
  ].filter((year) => year >= EARLIEST_OF_TWO_DIGITS && year <= latest);
  const [year] = candidates;
  if (year === undefined) return err('year_out_of_reach');
  return candidates.length === 1 ? ok(year) : err('year_ambiguous');
}

const DAY_MS = 86_400_000;
/** Day 0 of the two ways workbooks count. The first believes that 1900 was a leap year, which ended on its day 60. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

/**
 * The number of a day and its fraction, to the nearest second. Who types 1/2/2569 into a workbook makes it store the
 * year 2569 of the western calendar: such a year is meant as Buddhist.
 */
export function readSerial(
  serial: string,
  { date1904, ...rules }: DateRules & { readonly date1904: boolean },
): Result<ReadDate, DateFault> {
  if (!/^\d{1,7}(\.\d+)?$/.test(serial)) return err('date_unreadable');
  const { digits, scale } = toScaled(serial);
  const unit = 10n ** BigInt(scale);
  const seconds = Number((2n * absolute(digits) * 86_400n + unit) / (2n * unit));
  const days = Math.floor(seconds / 86_400);
  if (!date1904 && days <= 60) return err('date_unreadable');
  const at = new Date((date1904 ? EPOCH_1904 : EPOCH_1900) + days * DAY_MS);
  const year = resolveYear(String(at.getUTCFullYear()), { ...rules, era: 'either' });
  if (!year.ok) return year;
  const date = { year: year.value, month: at.getUTCMonth() + 1, day: at.getUTCDate() };
  if (!exists(date)) return err('date_impossible');
  const clock = seconds % 86_400;
  // A whole number is a day; who means its midnight writes a date and a time in two columns.
  return ok(serial.includes('.') ? { date, clock } : { date });
}

/** Only the time of day of a workbook's number: a clock in a column of its own. */
export function readSerialClock(serial: string): Clock | undefined {
  if (!/^\d{1,7}(\.\d+)?$/.test(serial)) return undefined;
  const { digits, scale } = toScaled(serial);
  const unit = 10n ** BigInt(scale);
  return Number((2n * (digits % unit) * 86_400n + unit) / (2n * unit));
}

function exists({ year, month, day }: LocalDate): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
