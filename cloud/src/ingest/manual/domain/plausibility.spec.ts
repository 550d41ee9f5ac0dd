import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hint, hintsOf, mustBeConfirmed, openingFault, type Reading } from './plausibility.ts';
import type { RegisterEpoch } from './register-epoch.ts';

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

  const epoch = (day: number, opening: number, more: Partial<RegisterEpoch> = {}): RegisterEpoch => ({
    ...{ from: day * DAY, opening: BigInt(opening), num: 1n, den: 1n, unit: 'Wh', automatic: false },
    ...more,
  });
  const first = epoch(0, 100_000, { automatic: true, modulus: 1_000_000n, maxPerHour: 10_000n });
  const after = (closing: bigint | undefined) => ({ ...epoch(45, 500, { closing }), modulus: 1_000_000n });

  it.each<[string, Reading, Reading[], Reading[], RegisterEpoch[], Hint[]]>([
    ['first of the new meter', on(60, 900), [on(30, 200_000)], [], [first, after(210_000n)], []],
    [
      'below what the new one began with',
      on(60, 499),
      [on(30, 200_000)],
      [],
      [first, after(undefined)],
      ['below-previous'],
    ],
    [
      'late of the old meter',
      on(40, 205_000),
      [on(30, 200_000)],
      [on(60, 900)],
      [first, after(210_000n)],
      [],
    ],
    [
      'of the old one, beyond its last count',
      on(40, 210_001),
      [on(30, 200_000)],
      [on(60, 900)],
      [first, after(210_000n)],
      ['above-next'],
    ],
    [
      'of the old one, whose end nobody knows',
      on(40, 210_001),
      [on(30, 200_000)],
      [on(60, 900)],
      [first, after(undefined)],
      [],
    ],
    ['at the very time of the exchange', on(45, 500), [on(30, 200_000)], [], [first, after(undefined)], []],
    [
      'before anything was declared',
      on(20, 300_000),
      [on(10, 100_000)],
      [on(30, 200_000)],
      [first],
      ['above-next'],
    ],
    ['over the end of the register', on(60, 500), [on(30, 999_000)], [], [first], []],
    ['a fall from the middle of it', on(60, 500), [on(30, 600_000)], [], [first], ['below-previous']],
    [
      'further over its end than can pass',
      on(30.01, 200_000),
      [on(30, 999_000)],
      [],
      [first],
      ['below-previous'],
    ],
    ['before the register turned', on(30, 999_000), [on(10, 950_000)], [on(60, 500)], [first], []],
  ])('%s, as it was declared', (_what, reading, before, later, epochs, hints) => {
    expect(hintsOf(reading, { before, after: later }, undefined, epochs)).toEqual(hints);
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

describe('why a meter cannot have begun with a reading', () => {
  const begun = (day: number, opening: number, automatic = false): RegisterEpoch => ({
    ...{ from: day * DAY, opening: BigInt(opening), num: 1n, den: 1n, unit: 'Wh', automatic },
  });

  it.each<[string, Reading[], RegisterEpoch[], string | undefined]>([
    ['nothing is known', [], [], undefined],
    ['only what began with a later reading', [], [begun(12, 110, true)], undefined],
    ['it was read before', [on(9, 90)], [begun(9, 90, true)], 'it was read before: 90 at 1970-01-10T00:00Z'],
    ['it was declared before', [], [begun(9, 90)], 'it has begun before: 90 at 1970-01-10T00:00Z'],
    ['said again', [], [begun(10, 100)], undefined],
    ['said otherwise', [], [begun(10, 99)], 'it has begun with 99 at 1970-01-11T00:00Z'],
    ['it leads up', [], [begun(12, 100)], undefined],
    [
      'it does not',
      [],
      [begun(12, 99)],
      'that does not lead up to what it began with: 99 at 1970-01-13T00:00Z',
    ],
  ])('%s', (_what, before, epochs, fault) => {
    expect(openingFault(on(10, 100), { before }, epochs)).toBe(fault);
  });

  it('before a declared beginning a count above it is seen', () => {
    const beside = { before: [], after: [] };
    expect(hintsOf(on(10, 100), beside, undefined, [begun(12, 99)])).toEqual(['above-next']);
    expect(hintsOf(on(10, 99), beside, undefined, [begun(12, 99)])).toEqual([]);
  });
});
