import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { pkiError } from './pki.errors.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Private keys at rest: AES-256-GCM under a key of their own, derived from the master key (HKDF-SHA256, RFC 5869). */
export class KeyVault {
  readonly #key: Buffer;
  /** Stands beside every sealed key, so that a wrong master key is named and not just fails. */
  readonly id: string;

  constructor(master: Buffer) {
    if (master.length !== 32) throw new TypeError('the master key has 32 bytes');
    this.#key = Buffer.from(hkdfSync('sha256', master, '', 'meterline hub key wrap 1', 32));
    this.id = createHash('sha256')
      .update('meterline hub key wrap id')
      .update(this.#key)
      .digest('hex')
      .slice(0, 16);
  }

  /** `context` says which key it is: the one of another row does not open in its place. */
  seal(key: KeyObject, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(context));
    const plain = key.export({ type: 'pkcs8', format: 'der' });
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  open(box: Buffer, context: string, sealedBy: string): KeyObject {
    if (sealedBy !== this.id) {
      const message = `keys.master is another one (${this.id}) than the hub's keys were stored under (${sealedBy}); put the old one back`;
      throw pkiError('pki_key_unknown', { message });
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, box.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(box.subarray(-TAG_BYTES));
      const plain = Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    } catch (cause) {
      throw pkiError('pki_key_unknown', { message: `the stored ${context} was tampered with`, cause });
    }
  }
}
