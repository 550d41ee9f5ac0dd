import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { openBox, sealBox } from '../../audit/index.ts';
import { webhookError } from './webhook.errors.ts';

/** Under what secrets are sealed; the id stands beside each, so that a wrong master key is named and not just fails. */
export interface SealingKey {
  readonly key: Buffer;
  readonly id: string;
}

/** HKDF-SHA256 (RFC 5869) from the one master key, by purpose. */
export function webhookSealingKey(master: Buffer): SealingKey {
  const key = Buffer.from(hkdfSync('sha256', master, '', 'meterline webhook secrets 1', 32));
  const id = createHash('sha256').update('meterline webhook key id').update(key).digest('hex').slice(0, 16);
  return { key, id };
}

export interface NewSecret {
  readonly keyId: string;
  readonly secret: string;
}

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** 256 random bits; the prefixes let scanners of leaked secrets know what they have found. */
export function newSecret(): NewSecret {
  const letters = Array.from(randomBytes(16), (byte) => LETTERS[byte % LETTERS.length]);
  return { keyId: `whk_${letters.join('')}`, secret: `whs_${randomBytes(32).toString('base64url')}` };
}

/** Bound to its place: moved to another key or organisation it does not open. */
const context = (organisation: string, keyId: string) => `webhook secret 1 ${organisation} ${keyId}`;

export const sealSecret = ({ key }: SealingKey, organisation: string, { keyId, secret }: NewSecret): Buffer =>
  sealBox(key, Buffer.from(secret), context(organisation, keyId));

export function openSecret(
  sealing: SealingKey,
  found: { readonly organisation: string; readonly sealed: Buffer; readonly sealedBy: string },
  keyId: string,
): string {
  const plain = openBox(sealing.key, found.sealed, context(found.organisation, keyId));
  if (plain) return plain.toString();
  const message =
    found.sealedBy === sealing.id
      ? `the secret ${keyId} was tampered with`
      : `keys.master is another one (${sealing.id}) than the secret ${keyId} was sealed under (${found.sealedBy})`;
  throw webhookError('webhook_secret_sealed', { message });
}
