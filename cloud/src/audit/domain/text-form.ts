import { createHash } from 'node:crypto';

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
