import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { KeyId } from './scalars.ts';

export interface Signer {
  readonly keyId: KeyId;
  readonly publicKey: Buffer;
  sign(bytes: Uint8Array): Buffer;
}

export interface Verifier {
  readonly keyId: KeyId;
  readonly publicKey: Buffer;
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** Looks a key up by its id; undefined when it is unknown, revoked, or not this sender's. */
export type KeyRing = (keyId: KeyId) => Verifier | undefined;

export const ringOf = (...keys: readonly Verifier[]): KeyRing => {
  const byId = new Map(keys.map((key) => [key.keyId, key]));
  return (keyId) => byId.get(keyId);
};

export const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

export const keyIdOf = (publicKey: Uint8Array): KeyId => sha256Hex(publicKey).slice(0, 16) as KeyId;

export type KeyRead<T> = { ok: true; key: T } | { ok: false; detail: string };

/** A raw Ed25519 public key: 32 bytes, or 64 hex digits. */
export function verifierOf(publicKey: Uint8Array | string): KeyRead<Verifier> {
  const raw = typeof publicKey === 'string' ? fromHex(publicKey) : Buffer.from(publicKey);
  if (raw?.length !== 32) return { ok: false, detail: 'a public key is 32 bytes (64 hex digits)' };
  if (isWeak(raw))
    return { ok: false, detail: 'the public key is of small order: any signature would fit it' };
  let key: KeyObject;
  try {
    key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
      format: 'jwk',
    });
  } catch {
    return { ok: false, detail: 'is not an Ed25519 public key' };
  }
  const check = (bytes: Uint8Array, signature: Uint8Array): boolean => {
    if (signature.length !== 64) return false;
    return verify(null, bytes, key, signature);
  };
  return { ok: true, key: { keyId: keyIdOf(raw), publicKey: raw, verify: check } };
}

/** The 32-byte seed of RFC 8032. The hub's and a stranger's keys come this way; an HSM brings its own Signer. */
export function signerOf(seed: Uint8Array): KeyRead<Signer> {
  if (seed.length !== 32) return { ok: false, detail: 'a private key is a seed of 32 bytes' };
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { ok: true, key: signerOfKey(key) };
}

export function signerOfKey(key: KeyObject): Signer {
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('a signer needs an Ed25519 private key');
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = Buffer.from(jwk.x ?? '', 'base64url');
  return { keyId: keyIdOf(publicKey), publicKey, sign: (bytes) => sign(null, bytes, key) };
}

/** RFC 8410: PKCS#8 wrapping of an Ed25519 seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const fromHex = (text: string): Buffer | undefined =>
  /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;

/**
 * y-coordinates of the eight points of small order, and their non-canonical spellings; the sign bit is ignored.
 * Under such a key one signature verifies for many messages.
 */
const WEAK = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

function isWeak(raw: Buffer): boolean {
  const y = Buffer.from(raw);
  y[31] = (y[31] ?? 0) & 0x7f;
  return WEAK.has(y.toString('hex'));
}
