import { isUuid } from '../kernel/ids.ts';
import { isZone } from '../kernel/period.ts';
import { sitesError } from './sites.errors.ts';

/** What a person typed, trimmed: on one line, so that it can stand in lists and logs. */
export function nameOf(text: string, what: string, max = 120): string {
  const name = text.trim().normalize('NFC');
  if (name.length < 1 || name.length > max || /[\p{Cc}\p{Cs}]/u.test(name))
    throw invalid(`${what} must have 1 to ${max} characters, without control characters`);
  return name;
}

/** Nothing, or a name. */
export function optionalName(text: string | null | undefined, what: string, max: number): string | null {
  return text == null || text.trim() === '' ? null : nameOf(text, what, max);
}

export function zoneOf(text: string): string {
  if (!isZone(text))
    throw invalid(`"${text.slice(0, 60)}" is not a time zone of the IANA list; Bangkok is Asia/Bangkok`);
  return text;
}

export function idOf(text: string, what: string): string {
  if (!isUuid(text)) throw invalid(`"${text.slice(0, 40)}" is not the id of ${what}`);
  return text;
}

export const optionalId = (text: string | null | undefined, what: string): string | null =>
  text == null ? null : idOf(text, what);

/** The contract takes ids of version 7 only: a gateway of another would never be heard. */
export function id7Of(text: string, what: string): string {
  const id = idOf(text, what);
  if (id[14] !== '7') throw invalid(`"${id}" is not a UUID of version 7, as the ids of ${what} are`);
  return id;
}

export function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason.length < 3 || reason.length > 500 || /\p{Cc}/u.test(reason))
    throw invalid('the reason must have 3 to 500 characters, without control characters');
  return reason;
}

export function oneOf<const T extends readonly string[]>(list: T, text: string, what: string): T[number] {
  const found = list.find((each) => each === text);
  if (found === undefined) throw invalid(`${what} must be ${list.join(', ')}; "${text.slice(0, 40)}" is not`);
  return found;
}

export const invalid = (message: string) => sitesError('site_invalid', { message });
