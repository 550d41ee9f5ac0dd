import { createHmac, timingSafeEqual } from 'node:crypto';

/** RFC 6238 as every authenticator app speaks it: SHA-1, six digits, thirty seconds. */
export const TOTP = { digits: 6, stepMs: 30_000, secretBytes: 20 } as const;
/** A phone's clock may be one step off, either way. */
const DRIFT = 1;

/** RFC 4226, 5.3. */
export function hotp(secret: Uint8Array, counter: bigint, digits: number = TOTP.digits): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(counter);
  const mac = createHmac('sha1', secret).update(message).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const value = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(value % 10 ** digits).padStart(digits, '0');
}

export const counterAt = (epochMs: number): bigint => BigInt(Math.floor(epochMs / TOTP.stepMs));

/**
 * The counter that the code belongs to, or nothing. A code counts once, and so does every one before it: `used` is the
 * highest counter that was ever accepted, and the caller must write the new one under a lock.
 */
export function acceptCode(
  secret: Uint8Array,
  code: string,
  epochMs: number,
  used: bigint | null,
): bigint | undefined {
  const given = Buffer.from(code.replace(/[\s-]/g, ''));
  if (given.length !== TOTP.digits) return undefined;
  const now = counterAt(epochMs);
  let found: bigint | undefined;
  // All are compared, whichever fits, so that the time taken tells nothing.
  for (let step = -DRIFT; step <= DRIFT; step += 1) {
    const counter = now + BigInt(step);
    if (counter < 0n) continue;
    const fits = timingSafeEqual(given, Buffer.from(hotp(secret, counter)));
    if (fits && (used === null || counter > used)) found = counter;
  }
  return found;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, 6, without padding: what apps and people read. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => ALPHABET.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('');
}

/** What the QR code says to an authenticator app. */
export function otpauthAddress(issuer: string, account: string, secret: Uint8Array): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const query = [
    `secret=${base32(secret)}`,
    `issuer=${encodeURIComponent(issuer)}`,
    'algorithm=SHA1',
    `digits=${TOTP.digits}`,
    `period=${TOTP.stepMs / 1000}`,
  ];
  return `otpauth://totp/${label}?${query.join('&')}`;
}
