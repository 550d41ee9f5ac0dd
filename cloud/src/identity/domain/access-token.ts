import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { SIGNING } from './signing-keys.ts';

/** What an access token says. Who may do what is not in it: that is looked up, so that taking it away counts at once. */
export interface AccessClaims {
  readonly person: string;
  readonly session: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface VerifyingKey {
  readonly id: string;
  readonly publicKey: KeyObject;
}

const AUDIENCE = 'meterline';
const TYPE = 'at+jwt';
const PART = /^[A-Za-z0-9_-]+$/;
const MAX_LENGTH = 2_000;

/** A JWT (RFC 9068) of one algorithm, Ed25519 (RFC 8037): what leaves no choice leaves no choice to an attacker. */
export function signAccessToken(
  key: { readonly id: string; readonly privateKey: KeyObject },
  issuer: string,
  claims: Omit<AccessClaims, 'expiresAtMs'>,
): string {
  const issued = Math.floor(claims.issuedAtMs / 1000);
  const header = { alg: 'EdDSA', typ: TYPE, kid: key.id };
  const payload = {
    iss: issuer,
    aud: AUDIENCE,
    sub: claims.person,
    sid: claims.session,
    iat: issued,
    exp: issued + SIGNING.tokenMs / 1000,
  };
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

/** The claims, if one of our keys signed them for us and their time has not passed. Nothing else is said. */
export function verifyAccessToken(
  token: string,
  keys: readonly VerifyingKey[],
  issuer: string,
  nowMs: number,
): AccessClaims | undefined {
  const parts = token.length <= MAX_LENGTH ? token.split('.') : [];
  const [head = '', body = '', signature = ''] = parts;
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return undefined;
  const header = decode(head);
  if (header?.alg !== 'EdDSA' || header.typ !== TYPE || header.crit !== undefined) return undefined;
  const key = keys.find(({ id }) => id === header.kid);
  const bytes = Buffer.from(signature, 'base64url');
  if (!key || bytes.length !== 64 || bytes.toString('base64url') !== signature) return undefined;
  if (!verify(null, Buffer.from(`${head}.${body}`), key.publicKey, bytes)) return undefined;
  const { iss, aud, sub, sid, iat, exp } = decode(body) ?? {};
  if (iss !== issuer || aud !== AUDIENCE || typeof sub !== 'string' || typeof sid !== 'string')
    return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  const [issuedAtMs, expiresAtMs] = [iat * 1000, exp * 1000];
  if (nowMs >= expiresAtMs || nowMs < issuedAtMs - SIGNING.skewMs) return undefined;
  return { person: sub, session: sid, issuedAtMs, expiresAtMs };
}

export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

/** RFC 8037, 2. */
export function jwkOf({ id, publicKey }: VerifyingKey): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: xOf(publicKey), kid: id, alg: 'EdDSA', use: 'sig' };
}

/** RFC 7638: the name of a key follows from the key. */
export function thumbprint(publicKey: KeyObject): string {
  const required = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: xOf(publicKey) });
  return createHash('sha256').update(required).digest('base64url');
}

const xOf = (publicKey: KeyObject): string => publicKey.export({ format: 'jwk' }).x ?? '';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
