import { createHash, timingSafeEqual } from 'node:crypto';

/** Tells people, and programs that look for leaked secrets, what it is. */
const PREFIX = 'mlgw_';
const BYTES = 32;

/** 256 random bits: nothing slower than one SHA-256 is needed to keep what is stored from being of use. */
export function gatewayToken(random: (bytes: number) => Uint8Array): string {
  return PREFIX + Buffer.from(random(BYTES)).toString('base64url');
}

export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Whichever of them it is, or none: the time it takes says nothing. */
export function isOneOf(token: string, hashes: readonly Uint8Array[]): boolean {
  const hash = tokenHash(token);
  return hashes.reduce(
    (found, each) => (each.length === hash.length && timingSafeEqual(each, hash)) || found,
    false,
  );
}
