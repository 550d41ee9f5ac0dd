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
  if (typeof value === 'string') return shorten(redactText(value), MAX_TEXT);
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

/** The password of any URL in a text, bearer tokens, and `key=value` pairs that are named like a secret. */
export function redactText(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi, `$1:${MASK}@`)
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${MASK}`)
    .replace(
      /\b([a-z_]*(?:password|passwd|secret|token|api_?key))(["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi,
      `$1$2${MASK}`,
    );
}

export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
