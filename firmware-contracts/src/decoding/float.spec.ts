import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactFraction, nearestFloat, roundHalfAway } from './float.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const abs = (value: bigint): bigint => (value < 0n ? -value : value);

describe('roundHalfAway', () => {
  it.each([
    [0.5, 1],
    [-0.5, -1],
    [2.5, 3],
    [-155.5, -156],
    [0.49999999999999994, 0],
    [-0.2, 0],
    [-(2 ** 51) - 0.5, -(2 ** 51) - 1],
  ])('%d is %d', (value, rounded) => expect(roundHalfAway(value)).toBe(rounded));

  it('is what exact arithmetic says', () =>
    fc.assert(
      fc.property(finite, (value) => {
        const { num, shift } = exactFraction(value);
        const doubled = (abs(num) << 1n) + (1n << shift);
        const exact = doubled >> (shift + 1n);
        expect(BigInt(roundHalfAway(value))).toBe(num < 0n ? -exact : exact);
      }),
    ));
});

describe('nearestFloat', () => {
  it('gives every double back from its fraction', () =>
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }), (value) => {
        fc.pre(value === 0 || Math.abs(value) > 1e-200);
        const { num, shift } = exactFraction(value);
        expect(nearestFloat(num, 1n << shift, 'float64') + 0).toBe(value + 0);
      }),
    ));

  it.each(['float32', 'float64'] as const)('%s: no neighbour is nearer', (type) =>
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        (num, den) => {
          const near = nearestFloat(num, den, type);
          const distance = (value: number): bigint => {
            const { num: n, shift } = exactFraction(value);
            return abs(n * den - (num << shift)) * (1n << (200n - shift));
          };
          const step = type === 'float32' ? 2 ** -24 : 2 ** -53;
          const round = type === 'float32' ? Math.fround : (value: number) => value;
          for (const other of [round(near * (1 + 2 * step)), round(near * (1 - 2 * step))])
            expect(distance(near) <= distance(other)).toBe(true);
        },
      ),
    ),
  );
});
