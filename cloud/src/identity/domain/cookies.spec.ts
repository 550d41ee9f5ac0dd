import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieName, makeDeviceCookie, readCookie, readDeviceCookie, writeCookie } from './cookies.ts';
import { comesFromUs } from './csrf.ts';

const OWN = ['https://meters.example.org'];

describe('a request with a cookie', () => {
  test.each([
    ['reads', 'GET', undefined, undefined, true],
    ['reads, from elsewhere', 'GET', 'https://evil.example', 'cross-site', true],
    ['changes, from a page of ours', 'POST', 'https://meters.example.org', 'same-origin', true],
    ['changes, in an old browser', 'POST', 'https://meters.example.org', undefined, true],
    ['changes, without an origin, of the same', 'DELETE', undefined, 'same-origin', true],
    ['changes, from elsewhere', 'POST', 'https://evil.example', 'cross-site', false],
    ['changes, from elsewhere, in an old browser', 'POST', 'https://evil.example', undefined, false],
    ['changes, from a neighbour', 'POST', 'https://evil.example.org', 'same-site', false],
    ['changes, from a sandbox', 'POST', 'null', 'cross-site', false],
    ['changes, over plain http', 'POST', 'http://meters.example.org', undefined, false],
    ['changes, from another port', 'POST', 'https://meters.example.org:8443', 'same-site', false],
    [
      'changes, from a name that begins like ours',
      'PUT',
      'https://meters.example.org.evil.example',
      undefined,
      false,
    ],
    ['changes, and contradicts itself', 'PATCH', 'https://meters.example.org', 'cross-site', false],
    ['changes, and says nothing', 'POST', undefined, undefined, false],
    ['changes, typed by a person', 'POST', undefined, 'none', false],
    ['of a method that nobody knows', 'BREW', undefined, undefined, false],
  ])('%s', (_what, method, origin, fetchSite, allowed) => {
    expect(comesFromUs({ method, origin, fetchSite, own: OWN })).toBe(allowed);
  });
});

describe('cookies', () => {
  test.each([
    ['a=1; b=2', 'b', '2'],
    ['b=2', 'b', '2'],
    ['bb=1; b=2', 'b', '2'],
    ['b=x=y', 'b', 'x=y'],
    ['b=', 'b', ''],
    ['a=1', 'b', undefined],
    [undefined, 'b', undefined],
    ['b=1; b=2', 'b', undefined],
  ])('%s: %s is %s', (header, name, value) => {
    expect(readCookie(header, name)).toBe(value);
  });

  test('are of this host, not for scripts, not for other sites', () => {
    expect(writeCookie(cookieName('session', true), 'v', 60, true)).toBe(
      '__Host-meterline_session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure',
    );
    expect(writeCookie(cookieName('device', false), '', 0, false)).toBe(
      'meterline_device=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    );
  });
});

describe('the cookie of a device', () => {
  const key = randomBytes(32);
  const cookie = makeDeviceCookie(key, 'a@example.org', randomBytes(16));

  test('is known again, for its account', () => {
    expect(readDeviceCookie(key, 'a@example.org', cookie)).toMatch(/^[0-9a-f]{32}$/);
    expect(readDeviceCookie(key, 'b@example.org', cookie)).toBeUndefined();
    expect(readDeviceCookie(randomBytes(32), 'a@example.org', cookie)).toBeUndefined();
  });

  test('does not name the account', () => {
    expect(Buffer.from(cookie).toString()).not.toContain('example');
  });

  test('cannot be made up', () => {
    fc.assert(
      fc.property(
        fc.nat(cookie.length - 1),
        fc.constantFrom(...'0123456789abcdefXYZ_-.'),
        (at, character) => {
          fc.pre(cookie[at] !== character);
          const forged = cookie.slice(0, at) + character + cookie.slice(at + 1);
          const read = readDeviceCookie(key, 'a@example.org', forged);
          // The last character of 43 carries two bits that mean nothing.
          if (at < cookie.length - 1) expect(read).toBeUndefined();
        },
      ),
    );
    for (const text of [undefined, '', '.', `${'0'.repeat(32)}.`, cookie.toUpperCase()])
      expect(readDeviceCookie(key, 'a@example.org', text)).toBeUndefined();
  });
});
