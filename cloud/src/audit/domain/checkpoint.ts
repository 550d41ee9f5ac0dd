import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { textForm } from './text-form.ts';

/** A signed head: whoever rewrites the chain cannot make it again. */
export interface Checkpoint {
  readonly organisation: string;
  readonly number: bigint;
  readonly digest: string;
  readonly signedAt: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

export interface TrustedKey {
  readonly id: string;
  readonly key: KeyObject;
  /** 32 raw bytes in base64: what an auditor notes down. */
  readonly text: string;
}

export interface Signer extends TrustedKey {
  readonly privateKey: KeyObject;
}

/** DER in front of the 32 bytes of an Ed25519 key (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function signerFromSeed(seed: Buffer): Signer {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return { ...trustedKey(createPublicKey(privateKey)), privateKey };
}

/** 32 raw bytes in base64, or PEM. */
export function parseTrustedKey(text: string): TrustedKey | undefined {
  const raw = Buffer.from(text.trim(), 'base64');
  try {
    if (raw.length === 32 && raw.toString('base64') === text.trim())
      return trustedKey(
        createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' }),
      );
    const key = createPublicKey(text);
    return key.asymmetricKeyType === 'ed25519' ? trustedKey(key) : undefined;
  } catch {
    return undefined;
  }
}

function trustedKey(key: KeyObject): TrustedKey {
  const raw = key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length);
  const id = createHash('sha256').update(raw).digest('hex').slice(0, 16);
  return { id, key, text: raw.toString('base64') };
}

export function checkpointText(checkpoint: Omit<Checkpoint, 'signature'>): string {
  return textForm('meterline audit checkpoint 1', [
    ['organisation', checkpoint.organisation],
    ['number', String(checkpoint.number)],
    ['digest', checkpoint.digest],
    ['signed at', checkpoint.signedAt],
    ['key', checkpoint.keyId],
  ]);
}

export function signCheckpoint(
  signer: Signer,
  head: Pick<Checkpoint, 'organisation' | 'number' | 'digest' | 'signedAt'>,
): Checkpoint {
  const { organisation, number, digest, signedAt } = head;
  const unsigned = { organisation, number, digest, signedAt, keyId: signer.id };
  return { ...unsigned, signature: sign(null, Buffer.from(checkpointText(unsigned)), signer.privateKey) };
}

export function isGenuine(checkpoint: Checkpoint, trusted: readonly TrustedKey[]): boolean {
  const key = trusted.find(({ id }) => id === checkpoint.keyId)?.key;
  return (
    key !== undefined && verify(null, Buffer.from(checkpointText(checkpoint)), key, checkpoint.signature)
  );
}
