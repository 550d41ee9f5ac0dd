import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hint, hintsOf, mustBeConfirmed, type Reading } from './plausibility.ts';

const DAY = 86_400_000;
const on = (day: number, count: number): Reading => ({ at: day * DAY, count: BigInt(count) });
/** 10 000 Wh an hour. */
const MOST = { num: 10_000n, den: 1n };

describe('what speaks against a reading', () => {
  it.each<[string, Reading, Reading[], Reading[], Reading | undefined, Hint[]]>([
    ['nothing', on(60, 300_000), [on(0, 100_000), on(30, 200_000)], [on(90, 400_000)], undefined, []],
    ['no neighbours', on(60, 300_000), [], [], undefined, []],
    ['the one before is higher', on(60, 199_999), [on(30, 200_000)], [], undefined, ['below-previous']],
    [
      'the next one is lower',
      on(60, 300_000),
      [on(30, 200_000)],
      [on(90, 250_000)],
      undefined,
      ['above-next'],
    ],
    [
      'a digit too many',
      on(60, 3_000_000),
      [on(0, 100_000), on(30, 200_000)],
      [],
      undefined,
      ['faster-than-usual'],
    ],
    ['more than can pass', on(31, 20_000_000), [on(30, 200_000)], [], undefined, ['faster-than-possible']],
    [
      'the same as a month ago',
      on(60, 200_000),
      [on(0, 100_000), on(30, 200_000)],
      [],
      undefined,
      ['unchanged-for-long'],
    ],
    ['another at this instant', on(60, 300_000), [], [], on(60, 300_001), ['differs-from-stored']],
    ['the same at this instant', on(60, 300_000), [], [], on(60, 300_000), []],
  ])('%s', (_what, reading, before, after, same, hints) => {
    expect(hintsOf(reading, { before, after, same }, MOST)).toEqual(hints);
  });

  it('what a meter can pass is never too fast, to the count', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 * DAY }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        (ms, count) => {
          const previous = { at: 0, count };
          const possible = (MOST.num * BigInt(ms)) / 3_600_000n;
          const hints = (counts: bigint) =>
            hintsOf({ at: ms, count: count + counts }, { before: [previous], after: [] }, MOST);
          expect(hints(possible)).not.toContain('faster-than-possible');
          expect(hints(possible + 3n)).toContain('faster-than-possible');
        },
      ),
    );
  });

  it('only a meter that stands still needs no confirmation', () => {
    expect(mustBeConfirmed([])).toBe(false);
    expect(mustBeConfirmed(['unchanged-for-long'])).toBe(false);
    expect(mustBeConfirmed(['unchanged-for-long', 'above-next'])).toBe(true);
  });
});
