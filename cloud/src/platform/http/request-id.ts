import { randomUUID } from 'node:crypto';

/** Printable, short, and nothing that could end a header line, a log line or a JSON text. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** Keeps the caller's id where it is harmless, so that one id runs through several systems. */
export function requestIdFrom(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && SANE.test(header) ? header : randomUUID();
}
