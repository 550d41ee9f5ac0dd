import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDisposition, matchesEtag, parseRange } from './http-headers.ts';

describe('Content-Disposition', () => {
  it.each([
    [undefined, 'attachment'],
    ['bill.pdf', 'attachment; filename="bill.pdf"'],
    ['ใบ 1.pdf', `attachment; filename="__ 1.pdf"; filename*=UTF-8''%E0%B9%83%E0%B8%9A%201.pdf`],
    ["a'(1)*.pdf", `attachment; filename="a'(1)-.pdf"`],
    ['../../etc/passwd', 'attachment; filename="-..-etc-passwd"'],
    ['a"; filename="b.exe', 'attachment; filename="a-; filename=-b.exe"'],
    ['bill\r\nSet-Cookie: a=b.pdf', 'attachment; filename="billSet-Cookie- a=b.pdf"'],
    ['bill\u202efdp.exe', 'attachment; filename="billfdp.exe"'],
    ['\u0000\u0001', 'attachment'],
  ])('of %j is %s', (name, header) => expect(contentDisposition('attachment', name)).toBe(header));

  it('is one line of visible ASCII for any name, and gives the name back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const header = contentDisposition('inline', name);
        expect(header).toMatch(/^[\x20-\x7e]+$/);
        const extended = /filename\*=UTF-8''(.*)$/.exec(header)?.[1];
        if (extended !== undefined) expect(decodeURIComponent(extended).isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('Range', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=2-', { start: 2, end: 9 }],
    ['bytes=2-99', { start: 2, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=5-2', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    ['bytes=a-b', undefined],
    ['bytes=99999999999999999999-', undefined],
  ])('%s of ten bytes', (header, range) => expect(parseRange(header, 10)).toEqual(range));

  it('of an empty file is never satisfiable', () => expect(parseRange('bytes=-1', 0)).toBe('unsatisfiable'));

  it('stays inside the file', () => {
    const number = fc.option(fc.nat(50), { nil: '' });
    fc.assert(
      fc.property(number, number, fc.nat(40), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size);
        if (typeof range !== 'object') return;
        expect(0 <= range.start && range.start <= range.end && range.end < size).toBe(true);
      }),
    );
  });
});

it.each([
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ['*', true],
  ['"b"', false],
  ['a', false],
  [undefined, false],
])('If-None-Match %s', (header, matches) => expect(matchesEtag(header, '"a"')).toBe(matches));
