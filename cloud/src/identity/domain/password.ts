import { err, ok, type Result } from '../../kernel/result.ts';

/** NIST SP 800-63B-4: length counts, composition rules do not; what is commonly guessed is refused. */
export const PASSWORD_LENGTH = { least: 10, most: 128 } as const;

export type PasswordFault = 'short' | 'long' | 'common' | 'personal' | 'monotonous';

export const FAULT_TEXTS: Readonly<Record<PasswordFault, string>> = {
  short: `a password has ${PASSWORD_LENGTH.least} characters at least`,
  long: `a password has ${PASSWORD_LENGTH.most} characters at most`,
  common: 'this password is among those that are tried first; take another',
  personal: 'a password must not be made of your name, e-mail address or phone number',
  monotonous: 'a password must not repeat or count on a few characters',
};

/** Stems of what lists of stolen passwords begin with; digits and signs around them do not make them rarer. */
const COMMON = new Set(
  `password passw0rd p@ssw0rd p@ssword pass word qwerty qwertyuiop qwertyui asdfgh asdfghjkl zxcvbnm 1q2w3e4r 1q2w3e4r5t
   1qaz2wsx q1w2e3r4 letmein welcome admin administrator iloveyou monkey dragon football baseball superman batman princess
   sunshine master shadow michael jordan abcdefghij changeme secret trustno1 thailand bangkok jakarta indonesia sayang
   bismillah rahasia katasandi meterline electric dormitory apartment`.split(/\s+/),
);

/** One person's keyboard may compose what another's decomposes: both mean the same (RFC 8265, OpaqueString). */
export const normalisePassword = (text: string): string => text.normalize('NFC');

/** `about`: name, e-mail address, phone, whatever an attacker knows first. */
export function checkPassword(text: string, about: readonly string[] = []): Result<string, PasswordFault> {
  const password = normalisePassword(text);
  const length = [...password].length;
  if (length < PASSWORD_LENGTH.least) return err('short');
  if (length > PASSWORD_LENGTH.most) return err('long');
  const plain = password.toLowerCase();
  if (isMonotonous(plain)) return err('monotonous');
  if (COMMON.has(stemOf(plain)) || COMMON.has(plain)) return err('common');
  if (about.flatMap(partsOf).some((part) => leftWithout(plain, part) < PASSWORD_LENGTH.least / 2))
    return err('personal');
  return ok(password);
}

/** `Password123!` is `password` with what people add when asked for digits and signs. */
const stemOf = (text: string): string => text.replace(/^[\d\W_]+|[\d\W_]+$/g, '');

const partsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[\s@.+_-]+/)
    .filter((part) => part.length >= 4);

const leftWithout = (text: string, part: string): number =>
  text.includes(part) ? text.replaceAll(part, '').length : Number.POSITIVE_INFINITY;

/** Fewer than four different characters, or a run such as 1234567890. */
function isMonotonous(text: string): boolean {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  const steps = points.slice(1).map((point, i) => point - (points[i] ?? 0));
  const same = steps.filter((step) => step === steps[0] && Math.abs(step) <= 1).length;
  return new Set(points).size < 4 || same >= steps.length - 1;
}
