import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signerOf, signerOfKey, verifierOf } from './keys.ts';

/** RFC 8032 §7.1, test 2. */
const SEED = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';
const PUBLIC = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
const SIGNATURE =
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';

const signer = signerOf(Buffer.from(SEED, 'hex'));
const verifier = verifierOf(PUBLIC);
if (!signer.ok || !verifier.ok) throw new Error('the keys of the RFC');

describe('keys', () => {
  it('are those of RFC 8032', () => {
    expect(signer.key.publicKey.toString('hex')).toBe(PUBLIC);
    expect(signer.key.sign(Buffer.of(0x72)).toString('hex')).toBe(SIGNATURE);
    expect(verifier.key.verify(Buffer.of(0x72), Buffer.from(SIGNATURE, 'hex'))).toBe(true);
    expect(verifier.key.keyId).toBe(signer.key.keyId);
  });

  it.each([0, 31, 63, 65, 128])('refuse a signature of %d bytes', (length) => {
    expect(verifier.key.verify(Buffer.of(0x72), Buffer.alloc(length))).toBe(false);
  });

  it.each([
    ['31 bytes', Buffer.alloc(31, 1)],
    ['33 bytes', Buffer.alloc(33, 1)],
    ['not hex', 'zz'.repeat(32)],
    ['nothing', ''],
    ['the zero point', '00'.repeat(32)],
    ['the neutral element', `01${'00'.repeat(31)}`],
    ['the neutral element with a sign', `01${'00'.repeat(30)}80`],
    ['a point of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['one in a second spelling', `ee${'ff'.repeat(30)}7f`],
  ])('refuse %s as a public key', (_, key) => expect(verifierOf(key).ok).toBe(false));

  it.each([0, 31, 33])('refuse a seed of %d bytes', (length) =>
    expect(signerOf(Buffer.alloc(length)).ok).toBe(false),
  );

  it('take a key object of the right kind only', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const own = signerOfKey(privateKey);
    expect(own.sign(Buffer.from('x'))).toHaveLength(64);
    expect(() => signerOfKey(generateKeyPairSync('x25519').privateKey)).toThrow(TypeError);
  });
});
