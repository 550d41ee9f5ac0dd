import { type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type GatewayId, sha256 } from '@meterline/contracts';

// A person reads the code off the gateway and types it at the hub: whoever has seen the gateway may claim it.
// 8 characters are the beginning of the key's fingerprint, so that nobody else's key can answer to the code;
// 7 are secret; 1 is a check character. In groups of four: K7QF-2M9X-T4RB-8WZC

/** Crockford's base 32: without I, L, O and U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;
const KEY_CHARACTERS = 8;
const SECRET_CHARACTERS = 7;

export type ClaimCode = string & { readonly __brand: 'ClaimCode' };

export type CodeRead =
  | { readonly ok: true; readonly code: ClaimCode }
  | { readonly ok: false; readonly problem: string };

/** `random` must come from the system's source: seven characters of it are all that is secret. */
export function claimCodeOf(publicKey: Uint8Array, random: (bytes: number) => Uint8Array): ClaimCode {
  const digits = [...fives(sha256(publicKey), KEY_CHARACTERS), ...fives(random(5), SECRET_CHARACTERS)];
  return grouped([...digits, checkDigit(digits)]);
}

/** As typed: small letters, spaces and the letters that look like digits are all right. */
export function readClaimCode(typed: string): CodeRead {
  const characters = [...typed.toUpperCase().replace(/[\s_-]/g, '')].map((c) => LOOKS_LIKE[c] ?? c);
  const strange = characters.find((c) => !ALPHABET.includes(c));
  if (strange !== undefined) return { ok: false, problem: `"${strange}" stands in no code` };
  if (characters.length !== LENGTH) {
    return { ok: false, problem: `has ${characters.length} of ${LENGTH} characters` };
  }
  const digits = characters.map((c) => ALPHABET.indexOf(c));
  if (digits.at(-1) !== checkDigit(digits.slice(0, -1))) {
    return { ok: false, problem: 'is mistyped: the check character does not fit' };
  }
  return { ok: true, code: grouped(digits) };
}

/** Whether a code can be that of this key. */
export const codeFitsKey = (code: ClaimCode, publicKey: Uint8Array): boolean =>
  code.replaceAll('-', '').startsWith(written(fives(sha256(publicKey), KEY_CHARACTERS)));

/**
 * What goes to the hub in place of the code. 35 secret bits would be found by trying; so each try costs (scrypt,
 * 32 MB), and is good for one gateway only.
 */
export async function claimHash(code: ClaimCode, gateway: GatewayId): Promise<string> {
  const hash = await slowHash(code, `ml1-claim ${gateway}`, 32, { N: 32_768, r: 8, p: 1, maxmem: 64 << 20 });
  return hash.toString('hex');
}

/** What the QR code of the gateway says: the code, and the whole fingerprint beside it. */
export const claimUri = (code: ClaimCode, gateway: GatewayId, publicKey: Uint8Array): string =>
  `METERLINE:1/${code.replaceAll('-', '')}/${gateway}/${sha256(publicKey).toString('hex')}`.toUpperCase();

/** For a person to compare: 8 groups of 4 hex digits. */
export const fingerprintText = (publicKey: Uint8Array): string =>
  (sha256(publicKey).toString('hex').slice(0, 32).match(/.{4}/g) ?? []).join(' ');

/** Beside the event loop: the lines of meters must not stand still for it. */
const slowHash = promisify<string, string, number, ScryptOptions, Buffer>(scrypt);

const LOOKS_LIKE: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };

const written = (digits: readonly number[]): string => digits.map((digit) => ALPHABET[digit]).join('');

const grouped = (digits: readonly number[]): ClaimCode =>
  (written(digits).match(/.{4}/g) ?? []).join('-') as ClaimCode;

function fives(bytes: Uint8Array, count: number): number[] {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  const total = bytes.length * 8;
  return Array.from({ length: count }, (_, i) => Number((bits >> BigInt(total - 5 * (i + 1))) & 31n));
}

/**
 * Σ αⁱ·dᵢ = 0 over GF(32), x⁵ + x² + 1: any single wrong character, and any two that were exchanged, break it, since
 * the powers of α differ over 31 places.
 */
function checkDigit(digits: readonly number[]): number {
  let sum = 0;
  for (const digit of digits) sum = doubled(sum ^ digit);
  return sum;
}

const doubled = (x: number): number => (x & 16 ? (x << 1) ^ 0b100101 : x << 1);
