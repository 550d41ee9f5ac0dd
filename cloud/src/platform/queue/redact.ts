const MASK = '[redacted]';
const TELLING =
  /pass(word|wd|phrase)?|secret|token|authori[sz]ation|cookie|credential|otp|api_?key|private_?key|card|iban|e_?mail|phone|national_?id/i;
const MAX_DEPTH = 8;
const MAX_TEXT = 500;
const MAX_ITEMS = 50;

/**
 * A job's input for the eyes of an operator. Masked are the fields that the job declares (dotted paths) and
 * whatever is named like a secret or a personal value; long texts and lists are cut.
 */
export function redact(value: unknown, declared: readonly string[] = []): unknown {
  return walk(value, '', new Set(declared), 0);
}

function walk(value: unknown, path: string, declared: ReadonlySet<string>, depth: number): unknown {
  if (declared.has(path)) return MASK;
  if (typeof value === 'string') return redactText(value, MAX_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[nested]';
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => walk(item, path, declared, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `[${value.length - MAX_ITEMS} more]`] : items;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      TELLING.test(key) ? MASK : walk(item, path === '' ? key : `${path}.${key}`, declared, depth + 1),
    ]),
  );
}

/** A text is looked at a little beyond what is kept of it, never at all of it: it may have megabytes. */
const MARGIN = 1_000;

/**
 * What is kept of a text that somebody else wrote: without the password of any URL, bearer tokens and `key=value`
 * pairs named like a secret, at most `length` long, and storable everywhere (PostgreSQL takes neither NUL nor half
 * a surrogate pair). Every quantifier has a bound, so that the work grows with the length and not with its square.
 */
export function redactText(text: string, length: number): string {
  const seen = text.slice(0, length + MARGIN);
  // A cut may have taken the @ that tells a password from a port: then all that follows the scheme goes.
  const whole = seen.length < text.length ? seen.replace(/(:\/\/)[^\s/@]{0,2000}$/, `$1${MASK}`) : seen;
  const clean = whole
    .replace(/([a-z][a-z0-9+.-]{0,40}:\/\/[^\s:/@]{0,200}):[^\s/]{0,2000}@/gi, `$1:${MASK}@`)
    .replace(/\b(bearer|basic)\s{1,5}[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${MASK}`)
    .replace(
      /((?:password|passwd|secret|token|api_?key)(["']?\s{0,5}[=:]\s{0,5}["']?))[^\s"',;&]+/gi,
      `$1${MASK}`,
    );
  return shorten(clean.replaceAll('\0', '').toWellFormed(), length);
}

/** Cut between characters, not inside of one. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}
