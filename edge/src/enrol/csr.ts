import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { GatewayId } from '@meterline/contracts';
import { bitString, oid, sequence, setOf, small, tagged, utf8 } from './der.ts';

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/**
 * PKCS#10 (RFC 2986): the name is the gateway id and nothing else; what the certificate may be used for is for the
 * hub to say. The signature proves that the key is ours.
 */
export function certificateRequest(gateway: GatewayId, key: KeyObject): Buffer {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new TypeError('a request needs a P-256 key');
  const name = sequence(setOf(sequence(oid(COMMON_NAME), utf8(gateway))));
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const info = sequence(small(0), name, publicKey, tagged(0));
  const signature = sign('sha256', info, { key, dsaEncoding: 'der' });
  return sequence(info, sequence(oid(ECDSA_WITH_SHA256)), bitString(signature));
}
