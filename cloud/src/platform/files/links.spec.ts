import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movableClock } from '../../kernel/clock.ts';
import { cleanName, FileLinks, MAX_LINK_SECONDS } from './links.ts';

const START = '2026-11-20T00:00:00Z';
const KEY = 'invoices/2026/a1.pdf';
const invalid = expect.objectContaining({ code: 'files_link_invalid' });
const expired = expect.objectContaining({ code: 'files_link_expired' });

function setUp() {
  const clock = movableClock(START);
  const links = new FileLinks({ key: new Uint8Array(32).fill(7), clock });
  return { clock, links };
}

function parts(link: string): { key: string; query: URLSearchParams } {
  const url = new URL(link, 'http://localhost');
  return { key: url.pathname.replace('/api/v1/files/', ''), query: url.searchParams };
}

describe('a signed link', () => {
  it('is good until it expires', () => {
    const { clock, links } = setUp();
    const { key, query } = parts(
      links.sign(KEY, { expiresIn: 60, downloadName: 'ใบแจ้งหนี้.pdf', disposition: 'inline' }),
    );
    expect(links.verify(key, query)).toEqual({
      key: KEY,
      disposition: 'inline',
      downloadName: 'ใบแจ้งหนี้.pdf',
      secondsLeft: 60,
    });
    clock.advance({ seconds: 59 });
    expect(links.verify(key, query).secondsLeft).toBe(1);
    clock.advance({ seconds: 1 });
    expect(() => links.verify(key, query)).toThrowError(expired);
  });

  it('of a clock that ran ahead is refused too', () => {
    const { clock, links } = setUp();
    clock.advance({ hours: 24 * 30 });
    const { key, query } = parts(links.sign(KEY, { expiresIn: 60 }));
    clock.set(START);
    expect(() => links.verify(key, query)).toThrowError(invalid);
  });

  it('of a clock that is a little ahead is good, however long it lives', () => {
    const { clock, links } = setUp();
    clock.advance({ seconds: 3 });
    const { key, query } = parts(links.sign(KEY, { expiresIn: MAX_LINK_SECONDS }));
    clock.set(START);
    expect(links.verify(key, query).secondsLeft).toBe(MAX_LINK_SECONDS + 3);
  });

  it.each([
    ['another key', (_query: URLSearchParams) => 'invoices/2026/a2.pdf'],
    [
      'a later end',
      (query: URLSearchParams) => query.set('expires', String(Number(query.get('expires')) + 1)),
    ],
    ['another disposition', (query: URLSearchParams) => query.set('disposition', 'inline')],
    ['another name', (query: URLSearchParams) => query.set('name', 'virus.exe')],
    ['no name', (query: URLSearchParams) => query.delete('name')],
    ['no signature', (query: URLSearchParams) => query.delete('signature')],
    ['a short signature', (query: URLSearchParams) => query.set('signature', 'AAAA')],
    ['a second expiry', (query: URLSearchParams) => query.append('expires', '1')],
    ['more parameters', (query: URLSearchParams) => query.append('x', '1')],
    [
      'an expiry in other digits',
      (query: URLSearchParams) => query.set('expires', `0${query.get('expires')}`),
    ],
    ['an endless expiry', (query: URLSearchParams) => query.set('expires', 'Infinity')],
  ])('with %s is refused', (_what, change) => {
    const { links } = setUp();
    const { key, query } = parts(links.sign(KEY, { expiresIn: 60, downloadName: 'bill.pdf' }));
    const changed = change(query);
    expect(() => links.verify(typeof changed === 'string' ? changed : key, query)).toThrowError(invalid);
  });

  it('of another key holder is refused', () => {
    const { clock, links } = setUp();
    const other = new FileLinks({ key: new Uint8Array(32).fill(8), clock });
    const { key, query } = parts(other.sign(KEY, { expiresIn: 60 }));
    expect(() => links.verify(key, query)).toThrowError(invalid);
  });

  it('carries any name there and back', () => {
    const { links } = setUp();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (downloadName) => {
        const { key, query } = parts(links.sign(KEY, { expiresIn: 60, downloadName }));
        expect(links.verify(key, query).downloadName ?? '').toBe(cleanName(downloadName));
      }),
    );
  });

  it.each([0, -1, 0.5, Number.NaN, MAX_LINK_SECONDS + 1])('does not live %d seconds', (expiresIn) => {
    expect(() => setUp().links.sign(KEY, { expiresIn })).toThrowError(invalid);
  });

  it('needs a key of 32 bytes', () => {
    expect(() => new FileLinks({ key: new Uint8Array(16), clock: movableClock(START) })).toThrowError(
      expect.objectContaining({ code: 'files_misconfigured' }),
    );
  });

  it('stands behind the public address', () => {
    const clock = movableClock(START);
    const links = new FileLinks({ key: new Uint8Array(32), clock, publicUrl: 'https://m.example.org/' });
    expect(links.sign(KEY, { expiresIn: 60 })).toMatch(
      /^https:\/\/m\.example\.org\/api\/v1\/files\/invoices\//,
    );
  });
});

it('a long name keeps its ending and no half characters', () => {
  const name = cleanName(`${'ก'.repeat(194)}😀😀😀😀.pdf`);
  expect(name.length).toBeLessThanOrEqual(200);
  expect(name.endsWith('.pdf')).toBe(true);
  expect(name.isWellFormed()).toBe(true);
});

it.each([
  ['letters', 'a'],
  ['marks above and below, which normalising sorts', '\u0301\u0323'],
  ['half characters', '\ud800'],
  ['dots', '.'],
])('megabytes of %s are a short name with the ending of the long one', (_what, unit) => {
  const name = cleanName(`bill${unit.repeat(1_000_000)}.pdf`);
  expect(name.length).toBeLessThanOrEqual(200);
  expect(name).toMatch(/^bil.*\.pdf$/);
});
