import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jwkOf, signAccessToken, thumbprint, verifyAccessToken } from './access-token.ts';
import { SIGNING } from './signing-keys.ts';

/** RFC 8037, appendix A. */
const RFC = createPrivateKey({
  format: 'jwk',
  key: {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  },
});
const RFC_PUBLIC = createPublicKey(RFC);

const T = 1_800_000_000_000;
const ISSUER = 'https://meters.example.org';
const pair = generateKeyPairSync('ed25519');
const key = { id: thumbprint(pair.publicKey), ...pair };
const claims = { person: 'p', session: 's', issuedAtMs: T };
const token = signAccessToken(key, ISSUER, claims);
const check = (text: string, now = T, keys = [key], issuer = ISSUER) =>
  verifyAccessToken(text, keys, issuer, now);

test('RFC 8037, A.3: the name of a key', () => {
  expect(thumbprint(RFC_PUBLIC)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
});

test('RFC 8037, A.4: what is signed, and how', () => {
  const signed = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
  const signature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
  expect(sign(null, Buffer.from(signed), RFC).toString('base64url')).toBe(signature);
  expect(verify(null, Buffer.from(signed), RFC_PUBLIC, Buffer.from(signature, 'base64url'))).toBe(true);
});

test('a key as it is published has no other half', () => {
  expect(jwkOf({ id: 'k', publicKey: RFC_PUBLIC })).toEqual({
    kty: 'OKP',
    crv: 'Ed25519',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    kid: 'k',
    alg: 'EdDSA',
    use: 'sig',
  });
});

test('a token says who and until when, and no more', () => {
  expect(check(token)).toEqual({ ...claims, expiresAtMs: T + SIGNING.tokenMs });
  const body = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(Object.keys(body).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
});

describe('is refused', () => {
  const [head = '', body = '', signature = ''] = token.split('.');
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: key.id };
  const payload = { iss: ISSUER, aud: 'meterline', sub: 'p', sid: 's', iat: T / 1000, exp: T / 1000 + 600 };
  const signedAs = (h: unknown, p: unknown) => {
    const text = `${part(h)}.${part(p)}`;
    return `${text}.${sign(null, Buffer.from(text), pair.privateKey).toString('base64url')}`;
  };

  test('nothing of what these cases build on', () => {
    expect(check(signedAs(header, payload))).toBeDefined();
  });

  test.each<[string, string]>([
    ['no token', ''],
    ['two parts', `${head}.${body}`],
    ['four parts', `${token}.x`],
    ['no signature', `${head}.${body}.`],
    ['"none"', `${part({ ...header, alg: 'none' })}.${body}.`],
    ['"none" with a signature', signedAs({ ...header, alg: 'none' }, payload)],
    ['an algorithm of the other kind', signedAs({ ...header, alg: 'HS256' }, payload)],
    ['another type of token', signedAs({ ...header, typ: 'JWT' }, payload)],
    ['what must be understood and is not', signedAs({ ...header, crit: ['b64'] }, payload)],
    ['an unknown key', signedAs({ ...header, kid: 'other' }, payload)],
    ['a key named by its own token', signedAs({ ...header, kid: undefined, jwk: jwkOf(key) }, payload)],
    ['a header that is a list', signedAs([], payload)],
    ['a body that is text', signedAs(header, 'x')],
    ['another issuer', signedAs(header, { ...payload, iss: 'https://other.example.org' })],
    ['another audience', signedAs(header, { ...payload, aud: 'other' })],
    ['no person', signedAs(header, { ...payload, sub: undefined })],
    ['no session', signedAs(header, { ...payload, sid: 1 })],
    ['no end', signedAs(header, { ...payload, exp: undefined })],
    ['an end in words', signedAs(header, { ...payload, exp: '9999999999' })],
    ['a changed body', `${head}.${part({ ...payload, sub: 'q' })}.${signature}`],
    ['padding', `${token}=`],
    ['a length without end', `${head}.${'A'.repeat(4_000)}.${signature}`],
    ['no JSON', `${Buffer.from('{').toString('base64url')}.${body}.${signature}`],
  ])('%s', (_what, text) => {
    expect(check(text)).toBeUndefined();
  });

  test('after its time, and long before it', () => {
    expect(check(token, T + SIGNING.tokenMs - 1)).toBeDefined();
    expect(check(token, T + SIGNING.tokenMs)).toBeUndefined();
    expect(check(token, T - SIGNING.skewMs)).toBeDefined();
    expect(check(token, T - SIGNING.skewMs - 1)).toBeUndefined();
  });

  test('when its key is gone, or is another of the same name', () => {
    expect(check(token, T, [])).toBeUndefined();
    expect(check(token, T, [{ ...generateKeyPairSync('ed25519'), id: key.id }])).toBeUndefined();
  });

  test('any other text: no change of a character passes', () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABCDwxyz0189-_.='), (at, character) => {
        fc.pre(token[at] !== character);
        expect(check(token.slice(0, at) + character + token.slice(at + 1))).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => check(text) === undefined));
  });
});
