import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.ts';
import { Histogram } from './histogram.ts';

describe('histogram', () => {
  it('tells quantiles within a fifth', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 1e8 }), { minLength: 1, maxLength: 500 }), (values) => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const sorted = values.toSorted((a, b) => a - b);
        for (const share of [0.5, 0.99]) {
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
          const told = histogram.quantileUs(share);
          expect(told).toBeGreaterThanOrEqual(exact * 0.99);
          expect(told).toBeLessThanOrEqual(exact * 1.2 + 1);
        }
      }),
    );
  });

  it('forgets the distant past', () => {
    const histogram = new Histogram();
    for (let i = 0; i < 20_000; i++) histogram.add(1_000_000);
    for (let i = 0; i < 60_000; i++) histogram.add(100);
    expect(histogram.quantileUs(0.99)).toBeLessThan(200);
  });

  it('takes any number', () => {
    const histogram = new Histogram();
    expect(histogram.quantileUs(0.5)).toBe(0);
    for (const value of [-5, 0, 0.5, 1e15]) histogram.add(value);
    expect(histogram.quantileUs(1)).toBe(2 ** 32);
  });
});

describe('back-off', () => {
  it('doubles up to its most, scattered between half and whole, and begins anew after success', () => {
    const low = new BackOff({ firstMs: 100, mostMs: 1000, random: () => 0 });
    const high = new BackOff({ firstMs: 100, mostMs: 1000, random: () => 0.999_999 });
    expect([1, 2, 3, 4, 5, 6].map(() => Math.round(low.nextMs()))).toEqual([50, 100, 200, 400, 500, 500]);
    expect([1, 2, 3, 4, 5].map(() => Math.round(high.nextMs()))).toEqual([100, 200, 400, 800, 1000]);
    for (let i = 0; i < 3000; i++) high.nextMs();
    expect(high.nextMs()).toBeLessThanOrEqual(1000);
    low.succeeded();
    expect(low.nextMs()).toBe(50);
  });
});
