import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelayMs } from './backoff.ts';

const policy = { firstMs: 1_000, maxMs: 60_000 };

describe('the pause before another attempt', () => {
  it.each([
    [1, 0, 500],
    [1, 0.999999, 1_000],
    [2, 0.5, 1_500],
    [4, 0, 4_000],
    [7, 0, 30_000],
    [100, 0.999999, 60_000],
  ])('after %i attempts, with the die at %d, is %i ms', (attempts, random, expected) => {
    expect(backoffDelayMs(attempts, policy, random)).toBe(expected);
  });

  it('can be nothing', () => {
    expect(backoffDelayMs(5, { firstMs: 0, maxMs: 0 }, 0.7)).toBe(0);
  });

  it('property: it lies between half and the whole of a pause that doubles up to the cap', () => {
    const random = fc.double({ min: 0, max: 0.999999, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), random, (attempts, die) => {
        const full = Math.min(1_000 * 2 ** Math.min(attempts - 1, 30), 60_000);
        const pause = backoffDelayMs(attempts, policy, die);
        expect(Number.isInteger(pause)).toBe(true);
        expect(pause).toBeGreaterThanOrEqual(full / 2);
        expect(pause).toBeLessThanOrEqual(full);
      }),
    );
  });
});
