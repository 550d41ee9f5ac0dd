import { createHmac, hkdfSync } from 'node:crypto';
import { openBox, sealBox } from '../audit/index.ts';
import { identityError } from './identity.errors.ts';

/** What identity takes from the one master key (HKDF-SHA256, RFC 5869), by purpose. */
export interface IdentityKeys {
  readonly limits: Buffer;
  readonly device: Buffer;
  readonly recovery: Buffer;
  readonly totp: Buffer;
}

export function deriveIdentityKeys(master: Buffer): IdentityKeys {
  if (master.length !== 32) throw new TypeError('the master key has 32 bytes');
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', master, '', `meterline identity ${purpose} 1`, 32));
  return {
    limits: derive('limits'),
    device: derive('device'),
    recovery: derive('recovery'),
    totp: derive('totp'),
  };
}

/** Whose tries are counted, without the database knowing who that is. */
export const limitSubject = (keys: IdentityKeys, name: string, text: string): Buffer =>
  createHmac('sha256', keys.limits).update(`${name} ${text}`).digest();

const totpContext = (person: string): string => `totp 1 ${person}`;

export const sealTotp = (keys: IdentityKeys, person: string, secret: Buffer): Buffer =>
  sealBox(keys.totp, secret, totpContext(person));

export function openTotp(keys: IdentityKeys, person: string, box: Buffer): Buffer {
  const secret = openBox(keys.totp, box, totpContext(person));
  if (!secret) throw identityError('identity_key_unknown');
  return secret;
}
