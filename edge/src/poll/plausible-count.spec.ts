import type { ProfileRegister } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counter } from '../../test/poll/virtual-line.ts';
import { type CounterRegister, judgeCount } from './plausible-count.ts';

const register = (rest: object = {}) => counter('energy', 0, rest) as ProfileRegister as CounterRegister;
const HOUR = 3_600_000;
const RATING = { maxPowerW: 10_000 };

describe('a count', () => {
  it.each([
    ['the same', {}, 1_000n, 1_000n, HOUR, 'good'],
    ['what can have passed', {}, 1_000n, 11_000n, HOUR, 'good'],
    ['a little more than the rating', {}, 1_000n, 12_900n, HOUR, 'good'],
    ['more than can have passed', {}, 1_000n, 13_200n, HOUR, 'jump'],
    ['one step at once', {}, 1_000n, 1_002n, 0, 'good'],
    ['a leap at once', {}, 1_000n, 1_010n, 0, 'jump'],
    ['a leap since nobody knows when', {}, 1_000n, 9_000_000n, undefined, 'good'],
    ['less', {}, 1_000n, 999n, HOUR, 'drop'],
    ['nothing', {}, 1_000n, 0n, HOUR, 'zero'],
    ['nothing, and nothing before', {}, 0n, 0n, HOUR, 'good'],
    ['over the end', { modulus: '100000' }, 99_990n, 5n, HOUR, 'rollover'],
    ['to zero over the end', { modulus: '100000' }, 99_990n, 0n, HOUR, 'rollover'],
    ['too far over the end', { modulus: '100000' }, 50_000n, 5n, HOUR, 'drop'],
    ['beyond the end before', { modulus: '100000' }, 100_001n, 5n, HOUR, 'drop'],
    ['one step of a float back', { type: 'float32' }, 100_000_000n, 99_999_984n, HOUR, 'good'],
    ['more than a step of a float back', { type: 'float32' }, 100_000_000n, 99_999_900n, HOUR, 'drop'],
    ['by its worth', { worth: '10' }, 1_000n, 2_203n, HOUR, 'good'],
    ['by its worth, too much', { worth: '10' }, 1_000n, 2_204n, HOUR, 'jump'],
    ['by a fraction', { worth: '1/10' }, 1_000n, 121_000n, HOUR, 'good'],
    ['pulses, whatever they are worth', { unit: 'pulse' }, 1_000n, 10_000_000n, HOUR, 'good'],
    ['water that no pipe brings', { unit: 'mL' }, 1_000n, 700_000_000_000n, HOUR, 'jump'],
    ['garbage where no rating is known', {}, 1_000n, 81_250_000n, 60_000, 'jump'],
  ] as const)('%s', (_, rest, previous, count, elapsedMs, wanted) => {
    const rating = _.startsWith('garbage') ? {} : RATING;
    const judged = judgeCount({ register: register(rest), count, previous, elapsedMs, rating });
    expect(judged.kind === 'suspect' ? judged.code : judged.kind).toBe(wanted);
  });

  it('property: what a meter within its rating counts is never suspected', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 1n << 40n }),
        fc.integer({ min: 1, max: 86_400_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (previous, elapsedMs, share) => {
          const passed = BigInt(Math.floor((RATING.maxPowerW * share * elapsedMs) / HOUR));
          const judged = judgeCount({
            register: register(),
            count: previous + passed,
            previous,
            elapsedMs,
            rating: RATING,
          });
          expect(judged.kind).toBe('good');
        },
      ),
    );
  });

  it('property: a rollover is told from a drop by what can have passed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 0, max: 50_000 }), (left, past) => {
        const judged = judgeCount({
          register: register({ modulus: '1000000' }),
          previous: 1_000_000n - BigInt(left),
          count: BigInt(past),
          elapsedMs: HOUR,
          rating: RATING,
        });
        expect(judged.kind).toBe(left + past <= 12_003 ? 'rollover' : 'suspect');
      }),
    );
  });
});
