import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { giveBack, LIMITS, type Limit, takeTry } from './throttle.ts';

const NOW = 1_800_000_000_000;

/** How many of the tries at these times are allowed. */
function allowed(limit: Limit, times: readonly number[]): number {
  let full: number | undefined;
  let count = 0;
  for (const time of times) {
    const verdict = takeTry(limit, full, time);
    if (!verdict.allowed) continue;
    full = verdict.fullAtMs;
    count += 1;
  }
  return count;
}

test.each(Object.entries(LIMITS))('%s: as many at once as its burst, then one at a time', (_name, limit) => {
  expect(allowed(limit, Array(10_000).fill(NOW))).toBe(limit.burst);
  const full = NOW + limit.burst * limit.everyMs;
  expect(takeTry(limit, full, NOW)).toEqual({ allowed: false, retryAfterMs: limit.everyMs });
  expect(takeTry(limit, full, NOW + limit.everyMs - 1).allowed).toBe(false);
  expect(takeTry(limit, full, NOW + limit.everyMs).allowed).toBe(true);
});

test('a new key has its whole burst, and so has one that rested', () => {
  expect(takeTry(LIMITS.account, undefined, NOW)).toEqual({ allowed: true, fullAtMs: NOW + 360_000 });
  expect(takeTry(LIMITS.account, NOW - 10 ** 9, NOW)).toEqual({ allowed: true, fullAtMs: NOW + 360_000 });
});

test('10 000 guesses within a day are answered 250 times at most', () => {
  const times = Array.from({ length: 10_000 }, (_, i) => NOW + i * 8_640);
  expect(allowed(LIMITS.account, times)).toBeLessThanOrEqual(10 + 240);
});

const limits = fc.record({
  burst: fc.integer({ min: 1, max: 50 }),
  everyMs: fc.integer({ min: 1, max: 100_000 }),
});
const gaps = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 60 });

function timesOf(list: readonly number[]): number[] {
  let at = NOW;
  return list.map((gap) => {
    at += gap;
    return at;
  });
}

describe('whatever the times', () => {
  test('no stretch has more than the burst and one for each interval', () => {
    fc.assert(
      fc.property(limits, gaps, (limit, list) => {
        const times = timesOf(list);
        let full: number | undefined;
        const taken = times.filter((time) => {
          const verdict = takeTry(limit, full, time);
          if (verdict.allowed) full = verdict.fullAtMs;
          return verdict.allowed;
        });
        for (const [i, from] of taken.entries())
          for (const [j, to] of taken.entries())
            if (j >= i)
              expect(j - i + 1).toBeLessThanOrEqual(limit.burst + Math.floor((to - from) / limit.everyMs));
      }),
    );
  });

  test('who waits as long as was said is let in', () => {
    fc.assert(
      fc.property(limits, gaps, (limit, list) => {
        let full: number | undefined;
        for (const time of timesOf(list)) {
          const verdict = takeTry(limit, full, time);
          if (verdict.allowed) full = verdict.fullAtMs;
          else {
            expect(verdict.retryAfterMs).toBeGreaterThan(0);
            expect(verdict.retryAfterMs).toBeLessThanOrEqual(limit.everyMs);
            expect(takeTry(limit, full, time + verdict.retryAfterMs).allowed).toBe(true);
            expect(takeTry(limit, full, time + verdict.retryAfterMs - 1).allowed).toBe(false);
          }
        }
      }),
    );
  });

  test('what is given back may be taken again', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 0, max: 60 }), (limit, tries) => {
        let full: number | undefined;
        for (let i = 0; i < tries; i += 1) {
          const verdict = takeTry(limit, full, NOW);
          if (verdict.allowed) full = giveBack(limit, verdict.fullAtMs);
          expect(verdict.allowed).toBe(true);
        }
      }),
    );
  });
});
