import { type HubKeys, keyIdOf, type Signer, signerOfKey } from '@meterline/contracts';
import type { DoorKeys } from '../../platform/pki/index.ts';

/** As many as the contract lets a message hold. */
const MOST_KEYS = 8;

/** The subject under which gateways believe a signing key: those of the same CA that are gateways must not pass for it. */
export const signingName = (publicKey: Buffer): string => `ml1-hub-${keyIdOf(publicKey)}`;

export const signerOf = ({ signing: [newest] }: DoorKeys): Signer => signerOfKey(newest.key);

/** `down/keys`: every key that is still to be believed, with the certificate that vouches for it. */
export function hubKeysPayload({ signing }: DoorKeys): Buffer {
  const keys = signing.slice(0, MOST_KEYS).map(({ certificate, key }) => ({
    id: signerOfKey(key).keyId,
    certificate: certificate.raw.toString('base64'),
  }));
  return Buffer.from(JSON.stringify({ v: 1, keys } satisfies HubKeys));
}
