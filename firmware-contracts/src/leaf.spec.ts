import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaves } from './golden/batches.ts';
import { MIDNIGHT } from './golden/world.ts';
import { leafLine, parseLeaf, valueAt, valuedLeaf } from './leaf.ts';

const at = (ms: number, count: string) => ({ at: MIDNIGHT + ms, count });

describe('valueAt', () => {
  it.each([
    ['on the boundary', at(0, '7'), at(-900, '5'), '7', 'exact'],
    ['the other one on the boundary', at(900, '7'), at(0, '5'), '5', 'exact'],
    ['a third of the way', at(200, '10'), at(-100, '7'), '8', 'interpolated'],
    ['rounded down', at(1, '10'), at(-2, '9'), '9', 'interpolated'],
    ['read before, bracket after', at(-100, '7'), at(200, '10'), '8', 'interpolated'],
    ['nothing passed', at(200, '7'), at(-100, '7'), '7', 'exact'],
    ['no bracket', at(200, '7'), null, '7', 'nearest'],
    ['both after', at(200, '7'), at(100, '6'), '7', 'nearest'],
    ['both before', at(-200, '7'), at(-100, '8'), '7', 'nearest'],
    ['a counter that fell', at(200, '1'), at(-100, '7'), '1', 'nearest'],
    ['two readings at one instant', at(200, '7'), at(200, '9'), '7', 'nearest'],
    [
      'beyond 2^53',
      at(200, '9223372036854775807'),
      at(-100, '9223372036854775804'),
      '9223372036854775805',
      'interpolated',
    ],
    ['below zero', at(200, '-1'), at(-100, '-4'), '-3', 'interpolated'],
  ] as const)('%s', (_, read, bracket, value, method) => {
    expect(valueAt(MIDNIGHT, read, bracket)).toEqual({ value, method });
  });

  it('lies between its readings, and never falls as the boundary moves on', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 62n),
        fc.bigInt(0n, 2n ** 40n),
        fc.nat(900),
        fc.nat(900),
        (base, step, x, y) => {
          const [a, b] = [at(0, String(base)), at(900, String(base + step))];
          const [early, late] = [Math.min(x, y), Math.max(x, y)].map((ms) =>
            BigInt(valueAt(MIDNIGHT + ms, b, a).value ?? ''),
          );
          expect(
            base <= (early ?? -1n) && (early ?? 0n) <= (late ?? -1n) && (late ?? 0n) <= base + step,
          ).toBe(true);
        },
      ),
    );
  });
});

describe('a leaf line', () => {
  it.each(leaves.map((leaf) => [leaf.sequence, leaf] as const))('of %d comes back', (_, leaf) => {
    expect(parseLeaf(leafLine(leaf))).toEqual({ ok: true, leaf });
  });

  it('may hold the words of each re-read', () => {
    const [first] = leaves;
    const longest = `-9223372036854775808/${'f'.repeat(64)}`;
    const reread = { ...(first as (typeof leaves)[number]), rereads: ['7', '7/0007', longest, longest] };
    expect(parseLeaf(leafLine(reread))).toEqual({ ok: true, leaf: reread });
  });

  it('can say that there was no value', () => {
    const [first] = leaves;
    if (!first) throw new Error('a leaf');
    const silent = valuedLeaf(MIDNIGHT, {
      ...first,
      count: null,
      quality: 'no-value',
      bracket: null,
      rereads: ['1', '2'],
    });
    expect(leafLine(silent)).toContain('count=none');
    expect(parseLeaf(leafLine(silent))).toEqual({ ok: true, leaf: silent });
  });

  const line = leafLine(leaves[1] ?? (leaves[0] as never));
  it.each([
    ['nothing', ''],
    ['two spaces', line.replace(' sequence', '  sequence')],
    ['a space at the end', `${line} `],
    ['a tab', line.replace(' ', '\t')],
    ['fields exchanged', line.replace(/(salt=\S+) (sequence=\S+)/, '$2 $1')],
    ['a number spelt otherwise', line.replace('sequence=1212', 'sequence=1212.0')],
    ['a hexadecimal number', line.replace('sequence=1212', 'sequence=0x4bc')],
    ['seconds without fraction', line.replace('.100Z', 'Z')],
    ['another zone', line.replace('2026-01-31T17:00:01.100Z', '2026-02-01T00:00:01.100+07:00')],
    ['no date', line.replace('2026-01-31T17:00:01.100Z', 'today')],
    ['a bracket with a tail', line.replace('/123456 ', '/123456/1 ')],
    ['a re-read without words', line.replace('rereads=none', 'rereads=7/')],
    ['a re-read of half a word', line.replace('rereads=none', 'rereads=7/00')],
    ['a re-read beyond 64 bits', line.replace('rereads=none', 'rereads=9223372036854775808/0000')],
    ['a bracket without count', line.replace('/123456 ', ' ')],
    ['full-width digits', line.replace('count=123457', 'count=１２３４５７')],
    ['a zero byte', `${line}\u0000`],
    ['too much', line + 'x'.repeat(2_000)],
  ])('refuses %s', (_, text) => expect(parseLeaf(text).ok).toBe(false));

  it('never throws on any text', () => {
    const mutated = fc
      .tuple(fc.nat(line.length), fc.string({ maxLength: 6 }))
      .map(([i, s]) => line.slice(0, i) + s + line.slice(i + s.length));
    fc.assert(fc.property(fc.oneof(fc.string(), mutated), (text) => void parseLeaf(text)));
  });
});
