import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { type Signer, signerFromSeed } from './domain/checkpoint.ts';

export interface AuditKeys {
  readonly wrapKey: Buffer;
  /** Stands beside every wrapped key, so that a wrong master key is named and not just fails. */
  readonly wrapKeyId: string;
  readonly signer: Signer;
}

/** Everything from the one master key (32 bytes), by purpose: HKDF-SHA256 (RFC 5869), no salt. */
export function deriveAuditKeys(master: Buffer): AuditKeys {
  if (master.length !== 32) throw new TypeError('the master key has 32 bytes');
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', master, '', `meterline ${purpose}`, 32));
  const wrapKey = derive('person key wrap 1');
  const wrapKeyId = createHash('sha256')
    .update('meterline wrap key id')
    .update(wrapKey)
    .digest('hex')
    .slice(0, 16);
  return { wrapKey, wrapKeyId, signer: signerFromSeed(derive('audit checkpoint 1')) };
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM: nonce, ciphertext, tag. `context` is not inside but must be the same at opening. */
export function seal(key: Buffer, plain: Buffer, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** `undefined` if the key, the context or a byte is not the same. */
export function open(key: Buffer, box: Buffer, context: string): Buffer | undefined {
  if (box.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(context))
    .setAuthTag(box.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

export function wrapPersonKey(keys: AuditKeys, organisation: string, person: string, key: Buffer): Buffer {
  return seal(keys.wrapKey, key, `person key 1 ${organisation} ${person}`);
}

export function unwrapPersonKey(keys: AuditKeys, organisation: string, person: string, wrapped: Buffer) {
  return open(keys.wrapKey, wrapped, `person key 1 ${organisation} ${person}`);
}
