import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from './json.ts';

const read = (text: string) => readJson(Buffer.from(text));

describe('readJson', () => {
  it.each([
    ['{"a":1,"a":2}', 'twice'],
    ['{"a":1,"\\u0061":2}', 'twice'],
    ['{"x":{"a":1,"a" :2}}', 'twice'],
    ['[1.0]', 'fraction'],
    ['[1e3]', 'exponent'],
    ['[1E3]', 'exponent'],
    ['[-0]', '-0'],
    ['{"a', 'unfinished'],
    [`${'['.repeat(25)}${']'.repeat(25)}`, 'deeper'],
    [`${'{"a":'.repeat(25)}1${'}'.repeat(25)}`, 'deeper'],
    ['', 'JSON'],
    ['{', ''],
    ['nul', ''],
    ['\u{feff}{}', ''],
  ])('refuses %s', (text, detail) => {
    const result = read(text);
    expect(result.ok ? 'accepted' : result.detail).toContain(detail);
    expect(result.ok).toBe(false);
  });

  it('refuses what is not UTF-8', () => {
    expect(readJson(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ ok: false, detail: 'is not UTF-8' });
  });

  it.each([
    '{"a":{"a":1},"b":[{"a":2},{"a":3}]}',
    '["a:b",":","\\"a\\":","1.5","e","\\\\"]',
    '{"a\\\\":1,"a":2}',
    '[true,false,null,"-0"]',
  ])('reads %s', (text) => expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) }));

  it('cannot be used to reach a prototype', () => {
    const result = read('{"__proto__":{"polluted":true}}');
    expect(result.ok && Object.keys(result.value as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('reads back any value of whole numbers and texts', () => {
    const leaf = fc.oneof(
      fc.maxSafeInteger().map((n) => n + 0),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constant(null),
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('node')), fc.dictionary(fc.string(), tie('node'))),
    })).node;
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (json, indent) => {
        const text = JSON.stringify(json, null, indent);
        expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readJson(Buffer.from(bytes))));
  });
});
