import { createHash, timingSafeEqual } from 'node:crypto';

/** The credential of `Authorization: Bearer …`; the scheme is case-insensitive (RFC 9110, 11.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +([\x21-\x7e]{1,4096})$/i.exec(header ?? '')?.[1];
}

/** Digests have one length, so the comparison tells neither where nor how long. */
export function sameToken(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
