import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Outcome, settle } from './outbox.outcome.ts';

const failing: Outcome = { kind: 'retry', reason: 'no' };

test.each([
  [{ kind: 'done' }, 0, 'dispatched', 1],
  [failing, 0, 'pending', 1],
  [failing, 13, 'pending', 14],
  [failing, 14, 'failed', 15],
  [{ kind: 'reject', reason: 'no' }, 0, 'failed', 1],
  [{ kind: 'unavailable', reason: 'no' }, 14, 'pending', 14],
] as const)('%o after %i attempts is %s', (outcome, attempts, state, after) => {
  expect(settle(outcome, attempts, 15, 0.5)).toMatchObject({ state, attempts: after });
});

test('waits longer and longer, between half and all of a doubling time, five minutes at most', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempts, chance) => {
        const { delaySeconds } = settle(failing, attempts, 100, chance);
        const full = Math.min(300, 2 ** attempts);
        expect(delaySeconds).toBeGreaterThanOrEqual(full / 2);
        expect(delaySeconds).toBeLessThan(full);
      },
    ),
  );
});

test('a reason is cut, and what PostgreSQL cannot store is taken out', () => {
  const { error } = settle({ kind: 'retry', reason: `a\0b${'x'.repeat(5_000)}` }, 0, 15, 0);
  expect(error).toHaveLength(1_000);
  expect(error?.startsWith('abx')).toBe(true);
});
