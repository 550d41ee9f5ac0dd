import { inspect } from 'node:util';

const MASK = '[secret]';
/** Query parameters of connection URLs that drivers read a credential from. */
const SECRET_PARAMETER = /pass|secret|token|key/i;

/**
 * A value that can be used and never shown by accident: JSON, template strings, inspection and logs get the
 * mask (for a URL: the URL with its password masked). Only `reveal()` gives the value.
 */
export class Secret {
  readonly #value: string;
  readonly #shown: string;

  constructor(value: string, shown = MASK) {
    this.#value = value;
    this.#shown = shown;
  }

  /** A connection URL: host and database may be shown, the password may not. */
  static url(value: string): Secret {
    return new Secret(value, redactUrl(value));
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return this.#shown;
  }

  toJSON(): string {
    return this.#shown;
  }

  [Symbol.toPrimitive](): string {
    return this.#shown;
  }

  [inspect.custom](): string {
    return this.#shown;
  }
}

/**
 * Whether the parts of a connection URL are what they seem. A password with an unencoded /, @, ? or # ends the host
 * early, and its rest would be taken, and shown, for a host or a database.
 */
export function isPlainConnection(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { pathname, hash } = new URL(text);
  return (text.match(/@/g) ?? []).length <= 1 && hash === '' && /^(\/[A-Za-z0-9_.%-]*)?$/.test(pathname);
}

export const PLAIN_CONNECTION =
  'must have its password percent-encoded (a / is %2F, an @ is %40, a ? is %3F, a # is %23) and name one database';

export function redactUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return MASK;
  }
  const query = [...url.searchParams].map(([name, value]) =>
    SECRET_PARAMETER.test(name) ? `${name}=${MASK}` : `${name}=${encodeURIComponent(value)}`,
  );
  const user = url.username + (url.password === '' ? '' : `:${MASK}`);
  const authority = user === '' ? url.host : `${user}@${url.host}`;
  const tail = query.length === 0 ? '' : `?${query.join('&')}`;
  return `${url.protocol}//${authority}${url.pathname}${tail}`;
}

/** Every string that must not appear in output because of this secret: the value, and a URL's password in both spellings. */
export function secretStrings(secret: Secret): string[] {
  const value = secret.reveal();
  const found = [value];
  if (URL.canParse(value)) {
    const url = new URL(value);
    found.push(url.password, decode(url.password));
    for (const [name, parameter] of url.searchParams) if (SECRET_PARAMETER.test(name)) found.push(parameter);
  }
  return [...new Set(found)].filter((text) => text !== '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Walks a configuration and collects all its secrets. */
export function collectSecrets(value: unknown): Secret[] {
  if (value instanceof Secret) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(collectSecrets);
}
