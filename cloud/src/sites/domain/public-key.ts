import { createPublicKey } from 'node:crypto';
import { verifierOf } from '@meterline/contracts';
import { err, ok, type Result } from '../../kernel/result.ts';

export interface PublicKey {
  /** As envelopes name it: the first 16 hex digits of its SHA-256. */
  readonly keyId: string;
  /** The raw 32 bytes. */
  readonly bytes: Buffer;
}

const PEM = /^-----BEGIN ([A-Z0-9 ]{1,40})-----/;

/** A gateway's signing key as people have it at hand: 64 hex digits, or PEM. Says what is wrong, and what to do. */
export function parsePublicKey(text: string): Result<PublicKey, string> {
  const given = text.trim();
  const label = PEM.exec(given)?.[1];
  if (label !== undefined) return fromPem(given, label);
  if (given.startsWith('ssh-'))
    return err('is an SSH key; give the 64 hex digits that the gateway shows, or PEM');
  const hex = given.replace(/^0x/i, '').replaceAll(/[\s:]/g, '');
  if (!/^[0-9a-f]*$/i.test(hex)) return err(`is neither hex nor PEM; ${WANTED}`);
  if (hex.length !== 64) return err(`has ${hex.length} hex digits; ${WANTED}`);
  return usable(Buffer.from(hex, 'hex'));
}

const WANTED = 'an Ed25519 public key is 64 hex digits, or PEM that begins with -----BEGIN PUBLIC KEY-----';

function fromPem(text: string, label: string): Result<PublicKey, string> {
  if (label.includes('PRIVATE KEY'))
    return err(
      'is a private key: it must never leave the gateway; make a new pair, and give the public half',
    );
  if (label !== 'PUBLIC KEY')
    return err(`holds a ${label.toLowerCase()}; give the public key alone (-----BEGIN PUBLIC KEY-----)`);
  try {
    const key = createPublicKey(text);
    const { x } = key.export({ format: 'jwk' });
    if (key.asymmetricKeyType !== 'ed25519' || x === undefined)
      return err(`is of type ${key.asymmetricKeyType}; a gateway signs with Ed25519`);
    return usable(Buffer.from(x, 'base64url'));
  } catch {
    return err('is damaged PEM; copy it whole, with its first and last line');
  }
}

function usable(bytes: Buffer): Result<PublicKey, string> {
  const read = verifierOf(bytes);
  return read.ok ? ok({ keyId: read.key.keyId, bytes }) : err(read.detail.replace(/^the public key /, ''));
}
