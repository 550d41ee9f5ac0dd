import 'reflect-metadata';
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** Clocks of hub and clients differ: a new certificate is valid from a little before. */
const BACKDATED_MS = 10 * 60_000;

/** Lives in days. Clients ask anew after two thirds; the authority outlives whatever pins it. */
export const LIFE_DAYS = {
  authority: 20 * 365,
  server: 365,
  client: 365,
  signing: 3 * 365,
  revocations: 30,
} as const;

export interface Authority {
  /** DER. */
  readonly certificate: Buffer;
  readonly key: KeyObject;
}

/** DER. */
export interface IssuedCertificate {
  readonly certificate: Buffer;
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

type Extensions = x509.Extension[];

export async function createAuthority(nowMs: number): Promise<Authority> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = await importPublic(publicKey);
  const name = `CN=Meterline hub ${randomBytes(4).toString('hex')}`;
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: name,
    issuer: name,
    ...life(nowMs, LIFE_DAYS.authority),
    publicKey: spki,
    signingKey: await importPrivate(privateKey),
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(spki),
    ],
  });
  return { certificate: Buffer.from(made.rawData), key: privateKey };
}

/** For a server: the names under which clients reach it. */
export function issueServer(
  authority: Authority,
  publicKey: KeyObject,
  names: readonly string[],
  nowMs: number,
): Promise<IssuedCertificate> {
  const alternatives = names.map((name) => ({
    type: isIP(name) ? ('ip' as const) : ('dns' as const),
    value: name,
  }));
  return issue(authority, { name: names[0] ?? 'localhost', publicKey, nowMs, days: LIFE_DAYS.server }, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(alternatives),
  ]);
}

/** For a client that is known by one name, and for nothing but to be a client. */
export function issueClient(
  authority: Authority,
  publicKey: KeyObject,
  name: string,
  nowMs: number,
): Promise<IssuedCertificate> {
  return issue(authority, { name, publicKey, nowMs, days: LIFE_DAYS.client }, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
}

/** For a key that signs messages: no TLS with it, neither as client nor as server. */
export function issueSigning(
  authority: Authority,
  publicKey: KeyObject,
  name: string,
  nowMs: number,
): Promise<IssuedCertificate> {
  return issue(authority, { name, publicKey, nowMs, days: LIFE_DAYS.signing }, []);
}

export interface Revoked {
  /** Hex. */
  readonly serial: string;
  readonly at: Date;
}

/** DER. Its number must grow: milliseconds do. */
export async function revocationList(
  authority: Authority,
  revoked: readonly Revoked[],
  nowMs: number,
): Promise<Buffer> {
  const made = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(authority.certificate).subjectName.toString(),
    thisUpdate: new Date(nowMs - BACKDATED_MS),
    nextUpdate: new Date(nowMs + LIFE_DAYS.revocations * DAY_MS),
    entries: revoked.map(({ serial, at }) => ({ serialNumber: serial, revocationDate: at })),
    signingKey: await importPrivate(authority.key),
    signingAlgorithm: ECDSA,
  });
  return Buffer.from(made.rawData);
}

interface Wanted {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly nowMs: number;
  readonly days: number;
}

async function issue(
  authority: Authority,
  { name, publicKey, nowMs, days }: Wanted,
  extensions: Extensions,
): Promise<IssuedCertificate> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const spki = await importPublic(publicKey);
  const validity = life(nowMs, days);
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [name] }],
    issuer: issuer.subjectName,
    // Nothing outlives the authority that vouches for it.
    notBefore: validity.notBefore,
    notAfter: new Date(Math.min(validity.notAfter.getTime(), issuer.notAfter.getTime())),
    publicKey: spki,
    signingKey: await importPrivate(authority.key),
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(spki),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return {
    certificate: Buffer.from(made.rawData),
    serial: made.serialNumber.toLowerCase(),
    notBefore: made.notBefore,
    notAfter: made.notAfter,
  };
}

/** 126 random bits, positive, no leading zero byte: one spelling everywhere. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** Whole seconds: a certificate knows no others. */
const life = (nowMs: number, days: number): { notBefore: Date; notAfter: Date } => {
  const from = Math.floor((nowMs - BACKDATED_MS) / 1_000) * 1_000;
  return { notBefore: new Date(from), notAfter: new Date(from + days * DAY_MS) };
};

const importPrivate = (key: KeyObject): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), ECDSA, false, ['sign']);

function importPublic(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const spki = createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  });
  const algorithm = key.asymmetricKeyType === 'ed25519' ? { name: 'Ed25519' } : ECDSA;
  return webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
}
