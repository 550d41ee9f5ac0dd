import { Temporal } from 'temporal-polyfill';
import { isUuid } from '../kernel/ids.ts';
import { isCurrency, parseMoney } from '../kernel/money.ts';
import type { Day } from './domain/days.ts';
import { leasesError } from './leases.errors.ts';

export const invalid = (message: string) => leasesError('lease_invalid', { message });

/** What a person typed, trimmed: on one line, so that it can stand in lists and logs. */
export function lineOf(text: string, what: string, max: number, min = 1): string {
  const line = text.trim().normalize('NFC');
  if (line.length < min || line.length > max || /[\p{Cc}\p{Cs}]/u.test(line))
    throw invalid(`${what} must have ${min} to ${max} characters, without control characters`);
  return line;
}

export function optionalLine(
  text: string | null | undefined,
  what: string,
  max: number,
  min = 1,
): string | null {
  return text == null || text.trim() === '' ? null : lineOf(text, what, max, min);
}

export function dayOf(text: string, what: string): Day {
  try {
    const day = Temporal.PlainDate.from(text, { overflow: 'reject' });
    if (day.year >= 1950 && day.year <= 2199) return day.toString();
  } catch {
    // Told below, in the words of the field.
  }
  throw invalid(`${what}: "${text.slice(0, 20)}" is not a day from 1950 to 2199, written 2026-03-01`);
}

export const optionalDay = (text: string | null | undefined, what: string): Day | null =>
  text == null ? null : dayOf(text, what);

/** In the smallest unit of the currency, never below zero. */
export function amountOf(text: string, currency: string, what: string): bigint {
  if (!isCurrency(currency)) throw invalid(`the currency ${currency} is not known here`);
  const { minor } = parseMoney(text, currency);
  // A bigint of the database, with room to add up.
  if (minor < 0n || minor > 10n ** 15n) throw invalid(`${what} must be from 0 to a thousand billion`);
  return minor;
}

export function idOf(text: string, error: Parameters<typeof leasesError>[0]): string {
  if (!isUuid(text)) throw leasesError(error);
  return text;
}

export const reasonOf = (text: string): string => lineOf(text, 'the reason', 500, 3);
