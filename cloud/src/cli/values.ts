import { Temporal } from 'temporal-polyfill';
import { CommandError, EXIT } from './exit-codes.ts';

export const optionalInstant = (text: string | undefined, option: string): Temporal.Instant | undefined =>
  text === undefined ? undefined : instantOf(text, option);

export function instantOf(text: string, option: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch {
    throw new CommandError(
      `${option}: "${text.slice(0, 40)}" is no instant; write it with its offset, as 2026-01-31T08:00:00+07:00`,
      EXIT.usage,
    );
  }
}

export function dayOf(text: string, option: string): Temporal.PlainDate {
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    throw new CommandError(
      `${option}: "${text.slice(0, 40)}" is no day; write it as 2026-01-31, in years of the common era`,
      EXIT.usage,
    );
  }
}

/** A whole number of an option; what it must be says whoever takes it. */
export function wholeOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined || /^-?\d{1,6}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new CommandError(`${option}: "${text.slice(0, 20)}" is no whole number`, EXIT.usage);
}

/** `none` takes away what was said. */
export const noneOf = (text: string | undefined): string | null | undefined =>
  text === 'none' ? null : text;
