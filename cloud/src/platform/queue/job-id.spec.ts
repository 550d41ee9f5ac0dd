import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCursor, writeCursor } from './cursor.ts';
import { dueMsOfRun, parsePublicJobId, publicJobId, storedJobId } from './job-id.ts';

describe('ids of jobs', () => {
  it.each([
    ['a', 'pay/a'],
    ['42', 'pay/42'],
    ['x:1:y', 'pay/x%3A1%3Ay'],
    ['a/b', 'pay/a%2Fb'],
    ['ห้อง', `pay/${encodeURIComponent('ห้อง')}`],
  ])('the key "%s" is stored as %s', (key, stored) => {
    expect(storedJobId('pay', key)).toBe(stored);
  });

  it.each(['', 'x'.repeat(297), 'ห'.repeat(40)])('the key "%s" is refused', (key) => {
    expect(() => storedJobId('pay', key)).toThrow('must have 1 to 300 characters');
  });

  it('property: two keys never share an id, and no id is a number or holds a colon', () => {
    const key = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(storedJobId('pay', a) === storedJobId('pay', b)).toBe(a === b);
        expect(storedJobId('pay', a)).not.toContain(':');
        expect(Number.isNaN(Number(storedJobId('pay', a)))).toBe(true);
      }),
    );
  });

  it('property: the public id leads back to queue and stored id', () => {
    const stored = fc.string({ minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z.-]{0,9}$/), stored, (queue, id) => {
        expect(parsePublicJobId(publicJobId({ queue, stored: id }))).toEqual({ queue, stored: id });
      }),
    );
  });

  it.each(['', ':', 'x', ':x', 'x:'])('"%s" is no public id', (id) => {
    expect(parsePublicJobId(id)).toBeUndefined();
  });

  it.each([
    ['repeat:close:1793836800000', 1_793_836_800_000],
    ['repeat:a.b/c:7', 7],
    ['pay/repeat:1', undefined],
    ['repeat:close:', undefined],
    ['repeat:close:x', undefined],
  ])('%s was due at %s', (stored, ms) => {
    expect(dueMsOfRun(stored)).toBe(ms);
  });
});

describe('cursors', () => {
  it('come back as they were', () => {
    const cursor = { queue: 'q', failedMs: 5, shown: ['a', 'ห'], offset: 3 };
    expect(readCursor(writeCursor(cursor))).toEqual(cursor);
  });

  it.each([
    '',
    'x',
    writeCursor({ queue: 'q', failedMs: 1, shown: [], offset: -1 }),
    Buffer.from('{}').toString('base64url'),
  ])('"%s" is refused', (text) => {
    expect(() => readCursor(text)).toThrow('not one that was handed out');
  });
});
