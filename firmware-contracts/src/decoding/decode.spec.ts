import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ORDERS, type ProfileRegister } from '../profile-register.ts';
import type { MeterProfile } from '../profile-rules.ts';
import { parseRatio } from '../units.ts';
import { cellCodec } from './cell.ts';
import { type Decoded, decode, rawOf, reordered, wholeOf } from './decode.ts';
import { encode } from './encode.ts';
import { exactFraction } from './float.ts';

const cell = { name: 'value', function: 3, address: 0 } as const;
const counter = (rest: object): ProfileRegister =>
  ({ ...cell, role: 'counter', scale: '1', unit: 'Wh', worth: '1', ...rest }) as ProfileRegister;
const gauge = (rest: object): ProfileRegister =>
  ({ ...cell, role: 'gauge', scale: '1', unit: 'mW', ...rest }) as ProfileRegister;

/** A rational rounded once, halves away from zero: the definition, in whole numbers. */
const rounded = (num: bigint, den: bigint): bigint => {
  const magnitude = num < 0n ? -num : num;
  const whole = (2n * magnitude + den) / (2n * den);
  return num < 0n ? -whole : whole;
};

const float32 = fc.float({
  noNaN: true,
  noDefaultInfinity: true,
  min: Math.fround(-1e12),
  max: Math.fround(1e12),
});
const ratio = fc
  .tuple(
    fc.oneof(fc.bigInt({ min: 1n, max: 10_000_000n }), fc.bigInt({ min: 1n, max: 999_999_999_999n })),
    fc.oneof(fc.constant(1n), fc.bigInt({ min: 1n, max: 1_000n })),
    fc.boolean(),
  )
  .map(([num, den, negative]) => `${negative ? '-' : ''}${num}${den === 1n ? '' : `/${den}`}`);

describe('floats become whole numbers exactly', () => {
  it.each(['float32', 'float64'] as const)('%s counters and gauges', (type) =>
    fc.assert(
      fc.property(
        type === 'float32' ? float32 : fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
        ratio,
        (value, scale) => {
          const words = cellCodec({ type }).write(value);
          const { num, shift } = exactFraction(value);
          const { num: n, den: d } = parseRatio(scale);
          const exact = rounded(num * n, d << shift);
          const counted = decode(counter({ type, scale }), words);
          if (counted.kind === 'counter') expect(counted.count).toBe(exact);
          else expect(exact > 2n ** 63n - 1n || exact < -(2n ** 63n)).toBe(true);
          const shown = decode(gauge({ type, scale }), words);
          if (shown.kind === 'gauge') expect(BigInt(shown.value)).toBe(exact);
          else expect(Number.isSafeInteger(Number(exact))).toBe(false);
        },
      ),
      { numRuns: 1_000 },
    ),
  );

  it('integers with every ratio', () =>
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), ratio, (value, scale) => {
        const { num, den } = parseRatio(scale);
        const exact = rounded(BigInt(value) * num, den);
        const shown = decode(gauge({ type: 'int32', scale }), cellCodec({ type: 'int32' }).write(value));
        if (shown.kind === 'gauge') expect(BigInt(shown.value)).toBe(exact);
        else expect(Number.isSafeInteger(Number(exact))).toBe(false);
      }),
      { numRuns: 1_000 },
    ));

  // The traps of scaling twice through a double: 0.145 kWh is 144.999… in binary, 1.005 is 1.00499….
  it.each([
    [0.145, '1000', 145n],
    [1.005, '1000', 1005n],
    [4.35, '100', 435n],
    [4_194_304.5, '1', 4_194_305n],
    [-2.5, '1', -3n],
    [131_071.99, '100', 13_107_199n],
  ])('%d × %s', (value, scale, count) =>
    expect(decode(counter({ type: 'float32', scale }), cellCodec({ type: 'float32' }).write(value))).toEqual({
      kind: 'counter',
      count,
    }),
  );
});

describe('encode then decode is identity', () => {
  const INTEGERS = {
    uint16: [0n, 2n ** 16n - 1n],
    int16: [-(2n ** 15n), 2n ** 15n - 1n],
    uint32: [0n, 2n ** 32n - 1n],
    int32: [-(2n ** 31n), 2n ** 31n - 1n],
    uint64: [0n, 2n ** 63n - 1n],
    int64: [-(2n ** 63n), 2n ** 63n - 1n],
  } as const;
  const words = { uint16: 1, int16: 1, uint32: 2, int32: 2, uint64: 4, int64: 4 } as const;

  it.each(Object.entries(INTEGERS))('counters: %s in every order', (type, [min, max]) => {
    for (const order of ORDERS[words[type as keyof typeof words]]) {
      const register = counter({ type, order });
      fc.assert(
        fc.property(fc.bigInt({ min, max }), (count) => {
          const value: Decoded = { kind: 'counter', count };
          expect(decode(register, encode(register, value))).toEqual(value);
        }),
      );
    }
  });

  // A float32 holds 24 bits: below 2^23 counts its step is finer than half a count at any scale.
  it.each(ORDERS[2])('counters: float32 %s', (order) =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 23 }),
        fc.constantFrom('1', '100', '1000', '1000000'),
        (n, scale) => {
          const register = counter({ type: 'float32', order, scale });
          const value: Decoded = { kind: 'counter', count: BigInt(n) };
          expect(decode(register, encode(register, value))).toEqual(value);
        },
      ),
    ),
  );

  it.each(ORDERS[2])('counters: a whole part and a fraction, %s', (order) =>
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 31n - 1n) * 1000n, max: (2n ** 31n - 1n) * 1000n }), (count) => {
        const register = counter({ type: 'int32+float32', order, scale: '1000' });
        const value: Decoded = { kind: 'counter', count };
        expect(decode(register, encode(register, value))).toEqual(value);
      }),
    ),
  );

  it('gauges: scaled integers and negative scales', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: -32_768, max: 32_767 }),
        fc.constantFrom('1', '10', '100', '-100', '1000000'),
        (raw, scale) => {
          const register = gauge({ type: 'int16', scale });
          const wire = cellCodec({ type: 'int16' }).write(raw);
          expect(encode(register, decode(register, wire))).toEqual(wire);
        },
      ),
    ));

  it('texts, codes and states', () => {
    const serial = { ...cell, role: 'identity', type: 'ascii-low', words: 7 } as const;
    expect(decode(serial, encode(serial, { kind: 'identity', text: 'AB12345' }))).toEqual({
      kind: 'identity',
      text: 'AB12345',
    });
    const code = { ...cell, role: 'identity', type: 'uint32' } as const;
    expect(decode(code, encode(code, { kind: 'identity', text: '1110585632' }))).toEqual({
      kind: 'identity',
      text: '1110585632',
    });
    const setting = { ...cell, role: 'setting', type: 'float32' } as const;
    expect(decode(setting, encode(setting, { kind: 'setting', text: '2141', whole: 2141n }))).toEqual({
      kind: 'setting',
      text: '2141',
      whole: 2141n,
    });
  });
});

describe('no value', () => {
  const NAN = cellCodec({ type: 'float32' }).write(Number.NaN);
  it.each<[string, ProfileRegister, number[], string]>([
    [
      'all ones',
      counter({ type: 'uint64', sentinels: ['ffffffffffffffff'] }),
      [0xffff, 0xffff, 0xffff, 0xffff],
      'sentinel',
    ],
    [
      'half a pattern',
      counter({ type: 'int32', order: 'CDAB', sentinels: ['7fffxxxx'] }),
      [0x1234, 0x7fff],
      'sentinel',
    ],
    ['one of several', gauge({ type: 'int16', sentinels: ['7fff', '8000'] }), [0x8000], 'sentinel'],
    [
      'the second half of a pair',
      counter({ type: 'int32+float32', order: 'CDAB', sentinels: ['xxxxxxxx7fc00000'] }),
      [1, 0, 0, 0x7fc0],
      'sentinel',
    ],
    ['NaN', gauge({ type: 'float32' }), NAN, 'not-a-number'],
    ['NaN on the exact way', gauge({ type: 'float32', scale: '1/3' }), NAN, 'not-a-number'],
    ['infinite', counter({ type: 'float32', scale: '1000' }), [0x7f80, 0], 'infinite'],
    [
      'two halves of different values',
      counter({ type: 'int32+float32', scale: '1000' }),
      [0, 5, 0x4000, 0],
      'bad-fraction',
    ],
    ['a letter among digits', counter({ type: 'bcd', words: 2 }), [0x12a4, 0x5678], 'not-bcd'],
    [
      'bytes that are no text',
      { ...cell, role: 'identity', type: 'ascii', words: 2 },
      [0x0001, 0xfffe],
      'not-text',
    ],
    ['an empty text', { ...cell, role: 'identity', type: 'ascii', words: 2 }, [0, 0x2020], 'not-text'],
    ['beyond 63 bits', counter({ type: 'uint64' }), [0x8000, 0, 0, 0], 'too-big'],
    [
      'beyond 53 bits',
      gauge({ type: 'float32', scale: '1000000' }),
      cellCodec({ type: 'float32' }).write(1e30),
      'too-big',
    ],
  ])('%s', (_, register, words, reason) =>
    expect(decode(register, words)).toEqual({ kind: 'no-value', reason }),
  );

  it('a value one beside the sentinel is a value', () =>
    expect(decode(counter({ type: 'int32', sentinels: ['7fffffff'] }), [0x7fff, 0xfffe])).toEqual({
      kind: 'counter',
      count: 0x7fff_fffen,
    }));

  it.each<[string, ProfileRegister]>([
    ['a sentinel', counter({ type: 'int32', order: 'CDAB', sentinels: ['7fffxxxx'] })],
    ['NaN', counter({ type: 'float32', scale: '1000' })],
    ['NaN in a pair', counter({ type: 'int32+float32', scale: '1000' })],
    ['a letter among digits', counter({ type: 'bcd', words: 2 })],
  ])('a virtual meter says it with %s', (_, register) =>
    expect(decode(register, encode(register, { kind: 'no-value', reason: 'sentinel' })).kind).toBe(
      'no-value',
    ),
  );
});

describe('states', () => {
  const valve: ProfileRegister = {
    ...cell,
    role: 'state',
    type: 'uint16',
    values: [
      { name: 'open', equals: 1, mask: 1 },
      { name: 'closed', equals: 2, mask: 2 },
      { name: 'battery_low', equals: 8, mask: 8 },
    ],
  };
  it('bits', () =>
    expect(decode(valve, [0x000a])).toEqual({ kind: 'state', names: ['closed', 'battery_low'], word: 10 }));
  it('whole words, also of a signed type', () =>
    expect(
      decode({ ...valve, type: 'int16', values: [{ name: 'alarm', equals: 0xffff }] }, [0xffff]),
    ).toEqual({
      kind: 'state',
      names: ['alarm'],
      word: 0xffff,
    }));
  it('masks over 32 bits', () =>
    expect(
      decode(
        { ...valve, type: 'uint32', values: [{ name: 'top', equals: 0x8000_0000, mask: 0x8000_0000 }] },
        [0x8001, 2],
      ),
    ).toEqual({ kind: 'state', names: ['top'], word: 0x8001_0002 }));
});

it('words that are not there are no zero', () => {
  expect(() => decode(counter({ type: 'uint32' }), [0])).toThrow(RangeError);
  expect(() => rawOf([0], 0, 2)).toThrow(RangeError);
});

it('raw words are those of the wire', () => expect(rawOf([1, 0xabcd, 0x0012, 9], 1, 2)).toBe('abcd0012'));

it('what can be compared', () => {
  expect(wholeOf({ kind: 'identity', text: '103' })).toBe(103n);
  expect(wholeOf({ kind: 'identity', text: 'AB1' })).toBeUndefined();
  expect(wholeOf({ kind: 'gauge', value: -5 })).toBe(-5n);
  expect(wholeOf({ kind: 'no-value', reason: 'sentinel' })).toBeUndefined();
});

it('a meter set to another order: every number that has it, no text and no single register', () => {
  const registers = [
    counter({ name: 'a', type: 'float32' }),
    counter({ name: 'b', type: 'int32+float32', order: 'ABCD' }),
    gauge({ name: 'c', type: 'uint16' }),
    counter({ name: 'd', type: 'uint64' }),
    { ...cell, name: 'e', role: 'identity', type: 'ascii', words: 2 } as const,
  ];
  const turned = reordered({ registers } as unknown as MeterProfile, 'CDAB');
  expect(turned.registers.map(({ name, order }) => [name, order])).toEqual([
    ['a', 'CDAB'],
    ['b', 'CDAB'],
    ['c', undefined],
    ['d', undefined],
    ['e', undefined],
  ]);
});
