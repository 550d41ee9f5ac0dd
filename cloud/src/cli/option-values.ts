import { Temporal } from 'temporal-polyfill';
import { DATE_ORDERS, type DateOrder } from '../kernel/tables/date.ts';
import { CommandError, EXIT } from './exit-codes.ts';

/** What people write behind an option; whatever is wrong with it is told with the name of the option. */

export function oneOf<const T extends readonly string[]>(list: T, text: string, option: string): T[number] {
  const found = list.find((each) => each === text);
  if (found !== undefined) return found;
  throw wrong(option, `must be ${list.slice(0, -1).join(', ')} or ${list.at(-1)}; "${shown(text)}" is not`);
}

export function wholeNumberOf(text: string, option: string, min: number, max: number): number {
  const number = Number(text);
  if (/^\d{1,15}$/.test(text) && number >= min && number <= max) return number;
  throw wrong(option, `must be a whole number from ${min} to ${max}; "${shown(text)}" is not`);
}

/** How many lines of a list. */
export const limitOf = (text: string, option = '--limit'): number => wholeNumberOf(text, option, 1, 500);

/** Of a register: it begins at 0. */
export function countOf(text: string | undefined, option: string): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw wrong(option, `must be a whole number from 0 on, of at most 18 digits; "${shown(text)}" is not`);
}

export const DATE_ORDER = [
  '--date-order <order>',
  'order of the dates in the file: dmy if nothing is said, mdy or ymd',
] as const;

export const dateOrderOf = (text: string | undefined): DateOrder | undefined =>
  text === undefined ? undefined : oneOf(DATE_ORDERS, text, '--date-order');

export function instantOf(text: string, option: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch {
    const message = `"${shown(text)}" is no instant; write it with its offset, as 2026-01-31T08:00:00+07:00`;
    throw new CommandError(`${option}: ${message}`, EXIT.usage);
  }
}

export const optionalInstant = (text: string | undefined, option: string): Temporal.Instant | undefined =>
  text === undefined ? undefined : instantOf(text, option);

export function dayOf(text: string, option: string): Temporal.PlainDate {
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    const message = `"${shown(text)}" is no day; write it as 2026-01-31, in years of the common era`;
    throw new CommandError(`${option}: ${message}`, EXIT.usage);
  }
}

/** A whole number; what it must be says whoever takes it. */
export function wholeOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined || /^-?\d{1,6}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new CommandError(`${option}: "${shown(text)}" is no whole number`, EXIT.usage);
}

/** `none` takes away what was said. */
export const noneOf = (text: string | undefined): string | null | undefined =>
  text === 'none' ? null : text;

export function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason.length >= 3 && reason.length <= 500) return reason;
  throw wrong('--reason', 'must have 3 to 500 characters');
}

const shown = (text: string): string => text.slice(0, 40);
const wrong = (option: string, message: string) => new CommandError(`${option} ${message}`, EXIT.usage);
