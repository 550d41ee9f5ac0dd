import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.ts';

describe('a budget of bytes', () => {
  it('serves who waits in their order, and lets nobody pass', () => {
    const budget = new ByteBudget(10);
    const served: string[] = [];
    expect(budget.take(8, () => {}).taken).toBe(true);
    expect(budget.take(5, () => served.push('large')).taken).toBe(false);
    expect(budget.take(1, () => served.push('small')).taken).toBe(false);
    budget.give(8);
    expect(served).toEqual(['large', 'small']);
    expect(budget.used).toBe(6);
  });

  it('forgets who has gone, and serves those behind', () => {
    const budget = new ByteBudget(10);
    const served: string[] = [];
    budget.take(8, () => {});
    const gone = budget.take(9, () => served.push('gone'));
    budget.take(2, () => served.push('small'));
    gone.cancel();
    expect(served).toEqual(['small']);
  });

  it('gives all it has to what wants more than that', () => {
    const budget = new ByteBudget(10);
    expect(budget.take(1_000, () => {}).taken).toBe(true);
    expect(budget.used).toBe(10);
    budget.give(1_000);
    expect(budget.used).toBe(0);
  });

  it('never hands out more than it has, and loses nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 40 }), (wants) => {
        const budget = new ByteBudget(10);
        const held: number[] = [];
        for (const bytes of wants) {
          if (budget.take(bytes, () => held.push(bytes)).taken) held.push(bytes);
          expect(budget.used).toBeLessThanOrEqual(10);
          if (bytes % 2 === 0) budget.give(held.shift() ?? 0);
        }
        while (held.length > 0) budget.give(held.shift() ?? 0);
        expect(budget.used).toBe(0);
      }),
    );
  });
});
