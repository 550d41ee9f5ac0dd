import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRatio, ratioText, scale, scaleFloat } from './units.ts';

describe('ratio', () => {
  it.each([
    ['1000', 1000n, 1n],
    ['1/10', 1n, 10n],
    ['-1', -1n, 1n],
  ])('%s', (text, num, den) => expect(parseRatio(text)).toEqual({ num, den }));

  it.each(['0', '1/0', '0.1', '1e3', '', '1/', '01', '1 / 2', '+1'])('refuses %s', (text) =>
    expect(ratioText.safeParse(text).success).toBe(false),
  );
});

describe('scale', () => {
  it.each([
    [5n, '1/10', 1n],
    [-5n, '1/10', -1n],
    [4n, '1/10', 0n],
    [2301n, '100', 230_100n],
    [7n, '-1', -7n],
    [2n ** 63n, '1000', 2n ** 63n * 1000n],
  ])('%s × %s = %s', (value, ratio, expected) => expect(scale(value, parseRatio(ratio))).toBe(expected));

  it('is odd: the sign never changes the rounding', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), fc.bigInt({ min: 1n }), (value, num, den) => {
        expect(scale(-value, { num, den })).toBe(-scale(value, { num, den }));
      }),
    );
  });
});

describe('scaleFloat', () => {
  it.each([
    [230.1, '1000', 230_100n],
    [Math.fround(230.1), '1000', 230_100n],
    [-0, '1000', 0n],
    [0.5, '1', 1n],
    [-0.5, '1', -1n],
    [1e22, '1', 10n ** 22n],
    [5e-324, '1', 0n],
  ])('%d × %s = %s', (value, ratio, expected) => expect(scaleFloat(value, parseRatio(ratio))).toBe(expected));

  it.each([Number.NaN, Infinity, -Infinity])('%d is no value', (value) =>
    expect(scaleFloat(value, parseRatio('1'))).toBeUndefined(),
  );

  it('agrees with whole numbers', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 1e6 }), (value, den) => {
        const ratio = { num: 1n, den: BigInt(den) };
        expect(scaleFloat(value, ratio)).toBe(scale(BigInt(value), ratio));
      }),
    );
  });
});
