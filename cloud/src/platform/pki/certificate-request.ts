import 'reflect-metadata';
import { createPublicKey, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { err, ok, type Result } from '../../kernel/result.ts';

const MOST_BYTES = 8_192;

export interface CertificateRequest {
  readonly name: string;
  readonly publicKey: KeyObject;
}

/**
 * PKCS#10 (RFC 2986), DER or PEM: one common name, a P-256 key, its own good signature. What else it asks for (a CA, other
 * names, other uses) is not looked at: what a certificate is for is for the hub to say.
 */
export async function readRequest(input: Buffer | string): Promise<Result<CertificateRequest, string>> {
  if (input.length > MOST_BYTES) return err(`is longer than ${MOST_BYTES} bytes`);
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(input);
  } catch {
    return err('is no certificate request (PKCS#10, DER or PEM)');
  }
  const name = /^CN=([!-+\--~]{1,64})$/.exec(request.subject)?.[1];
  if (name === undefined || request.subjectName.toJSON().length !== 1)
    return err('must have a subject of one common name and nothing else');
  const publicKey = publicKeyOf(request);
  if (publicKey?.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return err('must be for an ECDSA key on P-256');
  if (!isEcdsaSha256(request.signatureAlgorithm) || !(await isSigned(request)))
    return err('must be signed by its own key with ECDSA and SHA-256');
  return ok({ name, publicKey });
}

const isEcdsaSha256 = (algorithm: { name?: string; hash: { name: string } }): boolean =>
  algorithm.name === 'ECDSA' && algorithm.hash.name === 'SHA-256';

function publicKeyOf(request: x509.Pkcs10CertificateRequest): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

async function isSigned(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}
