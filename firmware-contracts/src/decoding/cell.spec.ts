import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ORDERS, type Order, type RegisterType, TYPE_WORDS } from '../profile-register.ts';
import { cellCodec, type Raw } from './cell.ts';

const word = fc.integer({ min: 0, max: 0xffff });
const wordsOfType = { bcd: 3, ascii: 7, 'ascii-low': 7, 'int32+float32': 4 } as const;

/** Every type with every order that fits it. */
const CASES: [RegisterType, number, Order | undefined][] = (
  Object.keys(TYPE_WORDS) as RegisterType[]
).flatMap((type) => {
  const fixed = TYPE_WORDS[type];
  const words = fixed ?? wordsOfType[type as 'bcd'];
  const over = type === 'int32+float32' ? 2 : words;
  const orders: readonly (Order | undefined)[] = [undefined, ...(ORDERS[over as 1 | 2 | 4] ?? [])];
  return orders.map((order): [RegisterType, number, Order | undefined] => [type, words, order]);
});

const codecOf = (type: RegisterType, words: number, order?: Order) =>
  cellCodec({ type, ...(TYPE_WORDS[type] === undefined ? { words } : {}), ...(order ? { order } : {}) });

const float32 = fc.float({ noNaN: true }).map((value) => value + 0);
const RAW: Record<RegisterType, fc.Arbitrary<Raw>> = {
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  int32: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  float32,
  float64: fc.double({ noNaN: true }),
  'int32+float32': fc.record({
    whole: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    fraction: float32,
  }),
  bcd: fc.bigInt({ min: 0n, max: 10n ** 12n - 1n }),
  ascii: fc.stringMatching(/^[!-~]{0,14}$/),
  'ascii-low': fc.stringMatching(/^[!-~]{0,7}$/),
};

describe('cells', () => {
  it.each(CASES)('%s of %i words, %s: write then read is identity', (type, words, order) => {
    const codec = codecOf(type, words, order);
    fc.assert(
      fc.property(RAW[type], fc.array(word, { maxLength: 5 }), (raw, before) => {
        const wire = codec.write(raw);
        expect(wire).toHaveLength(words);
        expect(codec.read([...before, ...wire], before.length)).toEqual(raw);
      }),
    );
  });

  it.each(CASES.filter(([type]) => /^u?int(16|32|64)$/.test(type)))(
    '%s of %i words, %s: read then write is identity, bit for bit',
    (type, words, order) => {
      const codec = codecOf(type, words, order);
      fc.assert(
        fc.property(fc.array(word, { minLength: words, maxLength: words }), (wire) => {
          expect(codec.write(codec.read(wire, 0))).toEqual(wire);
        }),
      );
    },
  );

  // The number 0x01020304 (or its 64-bit kin) as each order puts it on the wire, written out by hand.
  it.each([
    ['uint32', 'ABCD', [0x0102, 0x0304]],
    ['uint32', 'CDAB', [0x0304, 0x0102]],
    ['uint32', 'BADC', [0x0201, 0x0403]],
    ['uint32', 'DCBA', [0x0403, 0x0201]],
    ['uint64', 'ABCDEFGH', [0x0102, 0x0304, 0x0506, 0x0708]],
    ['uint64', 'GHEFCDAB', [0x0708, 0x0506, 0x0304, 0x0102]],
    ['uint64', 'BADCFEHG', [0x0201, 0x0403, 0x0605, 0x0807]],
    ['uint64', 'HGFEDCBA', [0x0807, 0x0605, 0x0403, 0x0201]],
    ['uint64', 'CDABGHEF', [0x0304, 0x0102, 0x0708, 0x0506]],
    ['uint64', 'EFGHABCD', [0x0506, 0x0708, 0x0102, 0x0304]],
  ] as const)('%s %s', (type, order, wire) => {
    const value = type === 'uint32' ? 0x0102_0304 : 0x0102_0304_0506_0708n;
    expect(cellCodec({ type, order }).read(wire, 0)).toBe(value);
    expect(cellCodec({ type, order }).write(value)).toEqual([...wire]);
  });

  it.each([
    ['uint16', 0x1_0000],
    ['uint16', -1],
    ['int16', 0x8000],
    ['uint32', 2 ** 32],
    ['int32', 0.5],
    ['uint64', 2n ** 64n],
    ['int64', 2n ** 63n],
  ] as const)('%s cannot hold %s', (type, value) =>
    expect(() => cellCodec({ type }).write(value)).toThrow(RangeError),
  );

  it('text does not swallow what is too long, digits not what is no number', () => {
    expect(() => cellCodec({ type: 'ascii', words: 1 }).write('abc')).toThrow(RangeError);
    expect(() => cellCodec({ type: 'bcd', words: 1 }).write(10_000n)).toThrow(RangeError);
    expect(cellCodec({ type: 'bcd', words: 1 }).read([0x12a4], 0)).toBeUndefined();
  });
});
