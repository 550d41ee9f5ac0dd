import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

describe('a rate with a reserve', () => {
  it('lets the reserve through at once, then asks for time', () => {
    const bucket = new TokenBucket(10, 20, 0);
    expect(bucket.spend(20, 0)).toBe(0);
    expect(bucket.spend(5, 0)).toBe(500);
    expect(bucket.spend(5, 1_000)).toBe(0);
  });

  it('takes nothing of what is not there', () => {
    const bucket = new TokenBucket(1, 2, 0);
    expect([bucket.take(1, 0), bucket.take(1, 0), bucket.take(1, 0)]).toEqual([true, true, false]);
    expect(bucket.take(1, 1_000)).toBe(true);
    expect(bucket.isFull(2_000)).toBe(false);
    expect(bucket.isFull(4_000)).toBe(true);
  });

  it('never lets more through than the rate and the reserve, and does not mind a clock that stands', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -50, max: 500 }), fc.integer({ min: 1, max: 40 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const bucket = new TokenBucket(100, 50, 0);
        let [now, spent] = [0, 0];
        for (const [passed, amount] of list) {
          now = Math.max(now, now + passed) + bucket.spend(amount, Math.max(now, now + passed));
          spent += amount;
        }
        // Rounded up to whole milliseconds, so never early.
        expect(spent).toBeLessThanOrEqual(50 + (now * 100) / 1_000 + 1e-6);
      }),
    );
  });
});
