import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FamilyTimes, REFRESH, type RefreshStep, refreshStep, type TokenState } from './refresh.ts';

const T = 1_800_000_000_000;
const family = (changes: Partial<FamilyTimes> = {}): FamilyTimes => ({
  endsAtMs: T + REFRESH.longestMs,
  seenAtMs: T,
  revokedAtMs: null,
  ...changes,
});

test.each<[string, TokenState, Partial<FamilyTimes>, number, RefreshStep]>([
  ['a token for the first time', 'unused', {}, 1, 'rotate'],
  ['a token for the second time', 'used', {}, 1, 'revoke_family'],
  ['a token of nobody', 'unknown', {}, 1, 'refuse'],
  ['a good token of a dead family', 'unused', { revokedAtMs: T }, 1, 'refuse'],
  ['a used token of a dead family', 'used', { revokedAtMs: T }, 1, 'refuse'],
  ['a month of silence', 'unused', {}, REFRESH.idleMs, 'refuse'],
  ['a moment before', 'unused', {}, REFRESH.idleMs - 1, 'rotate'],
  ['its last day', 'unused', { seenAtMs: T + REFRESH.longestMs }, REFRESH.longestMs, 'refuse'],
])('%s', (_what, token, changes, after, step) => {
  expect(refreshStep(token, family(changes), T + after)).toBe(step);
});

test('in whatever order two holders show what they have, at most one good token is out, and a copy ends it', () => {
  const shows = fc.array(
    fc.record({ family: fc.integer({ min: 0, max: 2 }), back: fc.integer({ min: 0, max: 3 }) }),
    {
      maxLength: 40,
    },
  );
  fc.assert(
    fc.property(shows, (list) => {
      const families = Array.from({ length: 3 }, () => ({ times: family(), made: 1 }));
      const copied = new Set<number>();
      for (const [i, { family: which, back }] of list.entries()) {
        const one = families[which];
        if (!one) continue;
        const token = one.made - 1 - back;
        const state: TokenState = token < 0 ? 'unknown' : token === one.made - 1 ? 'unused' : 'used';
        const step = refreshStep(state, one.times, T + i);
        if (step === 'rotate') one.made += 1;
        if (step === 'revoke_family') {
          one.times = { ...one.times, revokedAtMs: T + i };
          copied.add(which);
        }
        if (state === 'used') copied.add(which);
      }
      for (const [which, one] of families.entries())
        expect(one.times.revokedAtMs !== null).toBe(copied.has(which));
    }),
  );
});
