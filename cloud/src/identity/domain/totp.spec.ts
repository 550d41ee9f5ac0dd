import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptCode, base32, counterAt, hotp, otpauthAddress, TOTP } from './totp.ts';

/** Of RFC 4226 and RFC 6238. */
const SECRET = Buffer.from('12345678901234567890');

test.each([
  [0n, '755224'],
  [1n, '287082'],
  [2n, '359152'],
  [3n, '969429'],
  [4n, '338314'],
  [5n, '254676'],
  [6n, '287922'],
  [7n, '162583'],
  [8n, '399871'],
  [9n, '520489'],
])('RFC 4226, appendix D: count %s', (counter, code) => {
  expect(hotp(SECRET, counter)).toBe(code);
});

test.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('RFC 6238, appendix B: second %s', (second, code) => {
  expect(hotp(SECRET, counterAt(second * 1000), 8)).toBe(code);
});

test.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('RFC 4648, 10: base32 of "%s"', (plain, text) => {
  expect(base32(Buffer.from(plain))).toBe(text);
});

const AT = 1_800_000_010_000;
const NOW = counterAt(AT);
const codeAt = (counter: bigint) => hotp(SECRET, counter);

describe('a code', () => {
  test.each([
    ['of now', codeAt(NOW), NOW],
    ['of the step before', codeAt(NOW - 1n), NOW - 1n],
    ['of the step to come', codeAt(NOW + 1n), NOW + 1n],
    ['of two steps ago', codeAt(NOW - 2n), undefined],
    ['of two steps to come', codeAt(NOW + 2n), undefined],
    ['as apps show it', `${codeAt(NOW).slice(0, 3)} ${codeAt(NOW).slice(3)}`, NOW],
    ['cut short', codeAt(NOW).slice(1), undefined],
    ['too long', `${codeAt(NOW)}0`, undefined],
    ['of letters', 'abcdef', undefined],
    ['of six bytes that are no digits', '\u0e01\u0e02', undefined],
    ['that is empty', '', undefined],
  ])('%s', (_what, code, counter) => {
    expect(acceptCode(SECRET, code, AT, null)).toBe(counter);
  });

  test('counts once', () => {
    const counter = acceptCode(SECRET, codeAt(NOW), AT, null);
    expect(acceptCode(SECRET, codeAt(NOW), AT, counter ?? null)).toBeUndefined();
  });

  test('takes those before it along', () => {
    expect(acceptCode(SECRET, codeAt(NOW - 1n), AT, NOW)).toBeUndefined();
    expect(acceptCode(SECRET, codeAt(NOW + 1n), AT, NOW)).toBe(NOW + 1n);
  });

  test('counts in the first minute of time', () => {
    expect(acceptCode(SECRET, codeAt(0n), 0, null)).toBe(0n);
  });
});

test('however codes are tried, each counter is accepted once, and they only rise', () => {
  const tries = fc.array(
    fc.record({ ahead: fc.integer({ min: -4, max: 4 }), passes: fc.integer({ min: 0, max: 90 }) }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), tries, (secret, list) => {
      let [at, used] = [AT, null as bigint | null];
      for (const { ahead, passes } of list) {
        at += passes * 1000;
        const counter = acceptCode(secret, hotp(secret, counterAt(at) + BigInt(ahead)), at, used);
        if (counter === undefined) continue;
        if (used !== null) expect(counter).toBeGreaterThan(used);
        expect([-1n, 0n, 1n]).toContain(counter - counterAt(at));
        used = counter;
      }
    }),
  );
});

test('the address for apps is one that they read', () => {
  const url = new URL(otpauthAddress('Baan Suan: A', 'som@example.org', SECRET));
  expect(url.protocol).toBe('otpauth:');
  expect(url.searchParams.get('secret')).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(url.searchParams.get('issuer')).toBe('Baan Suan: A');
  expect(url.searchParams.get('digits')).toBe(String(TOTP.digits));
  expect(url.href).toContain('/Baan%20Suan%3A%20A:som%40example.org');
});
