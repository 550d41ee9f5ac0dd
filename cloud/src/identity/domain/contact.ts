import { err, ok, type Result } from '../../kernel/result.ts';

/** What somebody signs in with. */
export interface Contact {
  readonly kind: 'email' | 'phone';
  /** One spelling for each: lower case; E.164 with its plus. */
  readonly value: string;
}

/** Where numbers that begin with 0 are from. */
export const CALLING_CODES = ['66', '62'] as const;
export type CallingCode = (typeof CALLING_CODES)[number];
const DEFAULT_CALLING_CODE: CallingCode = '66';

/** Whoever reads Indonesian writes numbers as one does there. */
export const homeOf = (locale: 'th' | 'en' | 'id' | undefined): CallingCode =>
  locale === 'id' ? '62' : '66';

const MAX_EMAIL = 254;
/** Thai names of hosts have marks above and below their letters. */
const EMAIL =
  /^[^\s@"<>()[\]\\,;:\p{Cc}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+\p{L}[\p{L}\p{M}\p{N}-]{1,62}$/u;
const E164 = /^\+[1-9]\d{7,14}$/;
const THAI_DIGITS = '๐๑๒๓๔๕๖๗๘๙';

export function readContact(text: string, home: CallingCode = DEFAULT_CALLING_CODE): Result<Contact, string> {
  const plain = text.trim().normalize('NFKC');
  return plain.includes('@') ? readEmail(plain) : readPhone(plain, home);
}

/** Providers differ on whether the case of the name counts; no person means two accounts by it. */
function readEmail(text: string): Result<Contact, string> {
  const value = text.toLowerCase();
  if (value.length > MAX_EMAIL || !EMAIL.test(value) || value.includes('..'))
    return err('this is no e-mail address');
  return ok({ kind: 'email', value });
}

function readPhone(text: string, home: CallingCode): Result<Contact, string> {
  const digits = text
    .replace(/[๐-๙]/g, (digit) => String(THAI_DIGITS.indexOf(digit)))
    .replace(/[\s().-]/g, '')
    .replace(/^00/, '+');
  const value = digits.startsWith('0') ? `+${home}${digits.slice(1)}` : digits;
  // +66 0 81… is how people write it when a form asks for the country.
  const bare = value.replace(/^\+(66|62)0/, '+$1');
  return E164.test(bare)
    ? ok({ kind: 'phone', value: bare })
    : err('this is no phone number with its country, as +66812345678');
}

/** Whoever signs in writes their number as at home, wherever that is: each that it may be, and always as many. */
export function contactsMeant(text: string): readonly Contact[] {
  const found = CALLING_CODES.map((home) => readContact(text, home));
  return found.filter((each) => each.ok).map((each) => each.value);
}

/** What may be shown to somebody else than its owner. */
export function maskContact({ kind, value }: Contact): string {
  if (kind === 'phone') return `${value.slice(0, 3)}…${value.slice(-2)}`;
  const [name = '', domain = ''] = value.split('@');
  return `${[...name][0] ?? ''}…@${domain}`;
}
