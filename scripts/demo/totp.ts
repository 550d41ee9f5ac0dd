import { counterAt, hotp } from '../../cloud/src/identity/domain/totp.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The six digits that an authenticator app would show for a secret in base32, so many steps of 30 s from then. */
export function codeOf(secret: string, ms: number, steps = 0): string {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return hotp(Uint8Array.from(bytes), counterAt(ms) + BigInt(steps));
}
