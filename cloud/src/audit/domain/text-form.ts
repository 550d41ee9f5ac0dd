import { createHash } from 'node:crypto';
import type { Temporal } from 'temporal-polyfill';

export type TextLine = readonly [name: string, value: string | null];

/**
 * The form that digests and signatures cover, the same in every language: a title, then one line for each value with
 * its length in UTF-8 bytes, so that no value can pretend to be the next line. A missing value is a dash.
 */
export function textForm(title: string, lines: readonly TextLine[]): string {
  const body = lines.map(([name, value]) =>
    value === null ? `${name}=-\n` : `${name}=${Buffer.byteLength(value)}:${value}\n`,
  );
  return `${title}\n${body.join('')}`;
}

/** Lower-case hexadecimal SHA-256 of the UTF-8 bytes. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Always six digits of a second, as PostgreSQL keeps them: `2026-11-20T03:58:09.123456Z`. */
export function timeText(instant: Temporal.Instant): string {
  return instant.toString({ fractionalSecondDigits: 6, roundingMode: 'trunc' });
}
