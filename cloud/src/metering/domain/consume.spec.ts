import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consume, countBetween } from './consume.ts';
import type { Epoch } from './epoch.ts';
import type { CountReading } from './reading.ts';

const Q = 15 * 60_000;
const MINUTE = 60_000;
const WHOLE = { from: 0, to: 40 * 96 * Q };

const installed: Epoch = {
  kind: 'installed',
  from: 0,
  opening: 0n,
  modulus: 100_000n,
  num: 10n,
  den: 1n,
  maxPerHour: 20_000n,
  gapMs: 45 * MINUTE,
};
/** Counts by the quarter hour, the first at 00:00; null: not read. */
const every15 = (...counts: (number | null)[]): CountReading[] =>
  counts.flatMap((count, i) =>
    count === null ? [] : [{ at: i * Q, count: BigInt(count), quality: 'good' as const }],
  );
const run = (readings: readonly CountReading[], epochs: readonly Epoch[] = [installed]) =>
  consume(readings, epochs, WHOLE);
/** `quantity`, `quantity~estimated`, and `?` after what is not known to its end; a dot where nothing is known. */
function shown({ quarters }: ReturnType<typeof consume>): string {
  const byPlace = new Map(quarters.map((quarter) => [quarter.at / Q, quarter]));
  const last = (quarters.at(-1)?.at ?? 0) / Q;
  return Array.from({ length: last + 1 }, (_, place) => {
    const quarter = byPlace.get(place);
    if (!quarter) return '.';
    const estimated = quarter.estimated === 0n ? '' : `~${quarter.estimated}`;
    return `${quarter.quantity}${estimated}${quarter.complete ? '' : '?'}`;
  }).join(' ');
}
const told = ({ anomalies }: ReturnType<typeof consume>) =>
  anomalies.map(({ kind, state, since, from, resumes, left }) =>
    [kind, state, since / Q, from / Q, resumes === undefined ? 'open' : resumes / Q, left].join(' '),
  );
const total = ({ quarters }: ReturnType<typeof consume>) =>
  quarters.reduce((sum, { quantity }) => sum + quantity, 0n);

describe('an ordinary day', () => {
  it('is the difference of the counts, in base units', () => {
    expect(shown(run(every15(0, 5, 5, 12)))).toBe('50 0 70');
  });

  it('is read off a straight line at an edge between two readings, in whole counts rounded down', () => {
    // 00:10 → 4, 00:20 → 9: at 00:15 it stood at ⌊6.5⌋ = 6.
    const readings = [
      { at: 10 * MINUTE, count: 4n, quality: 'good' as const },
      { at: 20 * MINUTE, count: 9n, quality: 'good' as const },
    ];
    expect(shown(run(readings))).toBe('60 30?');
    expect(countBetween({ at: 10, count: 4n }, { at: 20, count: 9n }, 15)).toBe(6n);
    expect(
      [5, 10, 20, 25].map((at) => countBetween({ at: 10, count: 4n }, { at: 20, count: 9n }, at)),
    ).toEqual([4n, 4n, 9n, 9n]);
  });

  it('counts from the opening on, and says where nothing is known', () => {
    const opened = { ...installed, from: 2 * Q, opening: 7n };
    expect(shown(run(every15(1, 2, 7, 9), [opened]))).toBe('. . 20');
    expect(shown(run([], [opened]))).toBe('.');
    expect(shown(run(every15(1, 2), []))).toBe('.');
  });

  it('keeps thirds of a watt-hour together: 1, 2, 3 … counts of 1/3 Wh', () => {
    const thirds = { ...installed, num: 1n, den: 3n };
    expect(shown(run(every15(0, 1, 2, 3, 4, 5, 6), [thirds]))).toBe('0 0 1 0 0 1');
  });

  it('is an estimate over a gap, and where a value proves no time', () => {
    expect(shown(run(every15(0, 10, null, null, 40)))).toBe('100 100 100 100');
    expect(shown(run(every15(0, 10, null, null, null, 50, 60)))).toBe(
      '100 100~100 100~100 100~100 100~100 100',
    );
    const [a, b, c] = every15(0, 10, 20);
    if (!a || !b || !c) throw new Error('three readings');
    expect(shown(run([a, { ...b, quality: 'stale' }, c]))).toBe('100~100 100~100');
    expect(shown(run([a, b, { ...c, quality: 'unverified' }]))).toBe('100 100~100');
  });

  it('gives any window of it as the whole gives it', () => {
    const readings = every15(0, 5, null, null, null, 90, 95, 99);
    const whole = run(readings).quarters;
    for (let from = 0; from < 8; from += 1) {
      for (let to = from; to <= 8; to += 1) {
        const part = consume(readings, [installed], { from: from * Q, to: to * Q }).quarters;
        expect(part).toEqual(whole.filter(({ at }) => at >= from * Q && at < to * Q));
      }
    }
    expect(() => consume(readings, [installed], { from: 1, to: Q })).toThrow(/no window/);
  });
});

describe('a register that turns over', () => {
  it('goes on from its end', () => {
    const result = run(every15(99_990, 99_995, 3, 8), [{ ...installed, opening: 99_990n }]);
    expect(shown(result)).toBe('50 80 50');
    expect(told(result)).toEqual(['rollover accepted 1 2 2 0']);
  });

  it('at an edge between two readings stands where it would without an end', () => {
    const readings = [
      { at: 0, count: 99_990n, quality: 'good' as const },
      { at: 30 * MINUTE, count: 10n, quality: 'good' as const },
    ];
    expect(shown(run(readings, [{ ...installed, opening: 99_990n }]))).toBe('100 100');
  });

  it('loses no third of a watt-hour on the way: 100 000 is no multiple of three', () => {
    const thirds = { ...installed, num: 1n, den: 3n, opening: 99_998n };
    expect(shown(run(every15(99_998, 99_999, 0, 1, 2, 3, 4), [thirds]))).toBe('0 0 1 0 0 1');
  });

  it('does not by a zero near its end, when the old count is there again', () => {
    const near = { ...installed, opening: 99_900n };
    const zeros = run(every15(99_900, 99_910, 0, 0, 0, 99_950, 99_960), [near]);
    expect(told(zeros)).toEqual(['zero discarded 1 2 5 3']);
    expect(total(zeros)).toBe(600n);
    expect(told(run(every15(99_900, 99_910, 4, 99_950), [near]))).toEqual(['drop discarded 1 2 3 1']);
    // It turned over behind the zeros, and much later there is a zero again.
    expect(told(run(every15(99_900, 99_990, 0, 0, 900, 910), [near]))).toEqual([
      'zero discarded 1 2 4 2',
      'rollover accepted 1 4 4 0',
    ]);
    expect(told(run(every15(99_900, 99_990, 4, 50, 0, 90), [near]))).toEqual([
      'rollover accepted 1 2 2 0',
      'zero discarded 3 4 5 1',
    ]);
    expect(told(run(every15(99_900, 99_990, 4, 50_000, 90), [near]))).toEqual([
      'rollover accepted 1 2 2 0',
      'jump discarded 2 3 4 1',
    ]);
  });

  it('declared, of a register whose end nobody knew', () => {
    const blind = { ...installed, modulus: undefined, opening: 99_990n };
    const turned = { ...blind, kind: 'rollover' as const, from: 1.5 * Q, opening: 0n, closing: 100_000n };
    expect(shown(run(every15(99_990, 99_995, 3, 8), [blind, turned]))).toBe('50 80 50');
  });
});

describe('a meter that is reset or replaced, and somebody noted it', () => {
  const reset = { ...installed, kind: 'reset' as const, from: 2.5 * Q, opening: 0n, closing: 25n };

  it('is billed up to the closing and from the opening', () => {
    const result = run(every15(0, 10, 20, 4, 14), [installed, reset]);
    expect(shown(result)).toBe('100 100 90 100');
    expect(told(result)).toEqual([]);
  });

  it('may weigh its counts anew: a transformer of 400/5 in the middle of the month', () => {
    const ratio = { ...reset, kind: 'ratio' as const, opening: 25n, num: 800n };
    expect(shown(run(every15(0, 10, 20, 30), [installed, ratio]))).toBe(`100 100 ${50 + 5 * 800}`);
  });

  it('without a closing its tail is not billed', () => {
    const unknown = { ...reset, closing: undefined };
    expect(shown(run(every15(0, 10, 20, 4, 14), [installed, unknown]))).toBe('100 100 40? 100');
  });

  it.each([
    ['early', 2 * Q - MINUTE, 5_020n, ['jump discarded 1.9333333333333333 2 3 1']],
    ['late', 3 * Q + MINUTE, 5_025n, ['drop discarded 2 3 3.066666666666667 1']],
  ])(
    'noted a little %s: what was read on the other side of it is left out',
    (_what, from, closing, lines) => {
      const opened = { ...installed, opening: 5_000n };
      const result = run(every15(5_000, 5_010, 5_020, 4, 14, 24), [opened, { ...reset, from, closing }]);
      expect(total(result)).toBe((closing - 5_000n) * 10n + 240n);
      expect(told(result)).toEqual(lines);
    },
  );

  it('with a closing below what was read: the readings stay, and somebody must look', () => {
    const result = run(every15(0, 10, 20, 4), [installed, { ...reset, closing: 15n }]);
    expect(shown(result)).toBe('100 100 40?');
    expect(told(result)).toEqual(['closing proposed 2 2.5 2.5 0']);
  });

  it('a jump that a person confirmed is billed', () => {
    const confirmed = {
      ...installed,
      kind: 'confirmed' as const,
      from: 2 * Q,
      opening: 9_000n,
      closing: 9_000n,
    };
    const result = run(every15(0, 10, 9_000, 9_010), [installed, confirmed]);
    expect(shown(result)).toBe('100 89900 100');
    expect(told(result)).toEqual([]);
  });
});

describe('a glitch', () => {
  it.each([
    ['a zero', [100, 110, 0, 130, 140], 'zero discarded 1 2 3 1'],
    ['an old value, twice', [100, 110, 60, 60, 140, 150], 'drop discarded 1 2 4 2'],
    ['a high value', [100, 110, 90_000, 130, 140], 'jump discarded 1 2 3 1'],
    ['zeros for an hour', [100, 110, 0, 0, 0, 0, 160, 170], 'zero discarded 1 2 6 4'],
    ['different garbage', [100, 110, 3, 70_000, 9, 160, 170], 'drop discarded 1 2 5 3'],
  ])('%s is left out and listed', (_what, counts, line) => {
    const result = run(every15(...counts), [{ ...installed, opening: 100n }]);
    expect(told(result)).toEqual([line]);
    expect(total(result)).toBe(BigInt((counts.at(-1) ?? 0) - 100) * 10n);
  });

  it('is seen without any rule where the gateway saw that its reads contradict each other', () => {
    const [a, b, c] = every15(0, 3, 20);
    if (!a || !b || !c) throw new Error('three readings');
    const result = run([a, { ...b, quality: 'unsteady' }, c]);
    expect(shown(result)).toBe('100 100');
    expect(told(result)).toEqual([`unsteady discarded ${1 - 1 / Q} 1 ${1 + 1 / Q} 1`]);
  });

  it('is held as long as nothing says what it was', () => {
    const result = run(every15(0, 10, 5));
    expect(shown(result)).toBe('100');
    expect(told(result)).toEqual(['drop held 1 2 open 1']);
  });

  it('of a small count is one although the flow would allow it', () => {
    expect(total(run(every15(0, 1, 0, 0, 0, 3)))).toBe(30n);
  });

  it('months apart in a hand-read meter is one as well', () => {
    const month = 30 * 96;
    const readings = [0, 1, 2].map((i) => ({
      at: (i * month * Q) / 2,
      count: [100n, 7n, 300n][i] ?? 0n,
      quality: 'good' as const,
    }));
    expect(total(run(readings, [{ ...installed, opening: 100n }]))).toBe(2_000n);
  });
});

describe('a reset that nobody noted', () => {
  const after = (...counts: number[]) =>
    run(every15(5_000, 5_010, ...counts), [{ ...installed, opening: 5_000n }]);

  it('is confirmed by two more readings: the step bills nothing, the meter is billed on', () => {
    const result = after(3, 10, 20, 30);
    expect(shown(result)).toBe('100 . 70 100 100');
    expect(told(result)).toEqual(['drop proposed 1 2 2 0']);
  });

  it('is no reset yet with one', () => {
    expect(told(after(3, 10))).toEqual(['drop held 1 2 open 2']);
  });

  it('behind a glitch begins where a line is confirmed', () => {
    const result = after(9_000, 3, 10, 20);
    expect(told(result)).toEqual(['drop proposed 1 2 3 1']);
    expect(shown(result)).toBe('100 . . 70 100');
  });

  it('is a glitch after all when the line returns within a day, and a fact when it has not', () => {
    const zeros = (count: number) => Array<number>(count).fill(0);
    expect(told(after(...zeros(90), 5_900))).toEqual(['zero discarded 1 2 92 90']);
    expect(told(after(...zeros(120), 5_900))).toEqual(['zero proposed 1 2 2 0', 'jump held 121 122 open 1']);
  });

  it('that reaches its old count by itself stays a reset', () => {
    const counts = Array.from({ length: 80 }, (_, i) => i * 70);
    const result = after(...counts);
    expect(told(result)).toEqual(['zero proposed 1 2 2 0']);
    expect(total(result)).toBe(100n + 79n * 700n);
  });

  it('readings of one sweep are one opinion', () => {
    const sweep = [0, 1, 2, 3].map((seconds) => ({
      at: 2 * Q + seconds * 1_000,
      count: 3n,
      quality: 'good' as const,
    }));
    expect(told(run([...every15(500, 510), ...sweep], [{ ...installed, opening: 500n }]))).toEqual([
      'drop held 1 2 open 4',
    ]);
  });

  it('each is listed when a meter is reset every day', () => {
    const days = Array.from({ length: 5 }, () => Array.from({ length: 96 }, (_, i) => 10 + i)).flat();
    const result = run(every15(...days), [{ ...installed, opening: 10n }]);
    expect(told(result)).toEqual(
      [1, 2, 3, 4].map((day) => `drop proposed ${day * 96 - 1} ${day * 96} ${day * 96} 0`),
    );
    expect(total(result)).toBe(5n * 950n);
  });
});

describe('a jump', () => {
  it('that stays is never billed by itself, however long it lasts', () => {
    const flat = Array<number>(200).fill(60_000);
    const result = run(every15(0, 10, ...flat, 60_010));
    expect(told(result)).toEqual(['jump proposed 1 2 2 0']);
    expect(total(result)).toBe(200n);
  });
});

describe('another meter in the same place', () => {
  it('is never billed against the one before', () => {
    const swapped = every15(510, 520, 530, 540).map((r) => ({
      ...r,
      at: r.at + 2 * Q,
      quality: 'swapped' as const,
    }));
    const result = run([...every15(500, 510), ...swapped], [{ ...installed, opening: 500n }]);
    expect(told(result)).toEqual(['swap proposed 1 2 2 0']);
    expect(shown(result)).toBe('100 . 100 100 100');
  });

  it('that was none after all is left out', () => {
    const [a, b, c, d] = every15(500, 510, 700, 530);
    if (!a || !b || !c || !d) throw new Error('four readings');
    const result = run([a, b, { ...c, quality: 'swapped' }, d], [{ ...installed, opening: 500n }]);
    expect(told(result)).toEqual(['swap discarded 1 2 3 1']);
  });
});

/** A meter that only ever goes forward, read at odd times, with a ratio that leaves fractions and an early end. */
const forward = fc.record({
  steps: fc.array(fc.tuple(fc.integer({ min: 1, max: 40 * MINUTE }), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 120,
  }),
  opening: fc.bigInt({ min: 0n, max: 299n }),
  num: fc.bigInt({ min: 1n, max: 7n }),
  den: fc.bigInt({ min: 1n, max: 7n }),
});

describe('whatever a register does', () => {
  it('the quarter hours add up to what it counted, over any number of rollovers', () => {
    fc.assert(
      fc.property(forward, ({ steps, opening, num, den }) => {
        const epoch: Epoch = { ...installed, opening, num, den, modulus: 300n, maxPerHour: 1_000_000n };
        let [at, sum] = [0, 0n];
        const readings = steps.map(([ms, counts]): CountReading => {
          at += ms;
          sum += BigInt(counts);
          return { at, count: (opening + sum) % 300n, quality: 'good' };
        });
        const result = run(readings, [epoch]);
        const fell = result.anomalies.some(({ kind }) => kind !== 'rollover');
        fc.pre(!fell);
        expect(total(result)).toBe((sum * num) / den);
      }),
    );
  });

  it('no quarter hour is ever negative, nor estimated beyond what it is', () => {
    const any = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 90 * MINUTE }), fc.bigInt({ min: 0n, max: 400n })),
    );
    fc.assert(
      fc.property(any, (steps) => {
        let at = 0;
        const readings = steps.map(([ms, count]): CountReading => {
          at += ms;
          return { at, count, quality: 'good' };
        });
        const { quarters } = run(readings, [{ ...installed, modulus: 300n }]);
        for (const { quantity, estimated } of quarters) {
          expect(quantity >= 0n && estimated >= 0n && estimated <= quantity).toBe(true);
        }
      }),
    );
  });
});

describe('another register', () => {
  const cite = (readings: readonly CountReading[], ...names: (string | null | undefined)[]) =>
    readings.map((reading, i): CountReading => {
      const name = names[i];
      return name === undefined ? reading : { ...reading, cites: name };
    });
  const epoch = { ...installed, foreign: new Set(['b']) };

  it('is in no bill, and waits for a person, however long it goes on', () => {
    const all = run(cite(every15(0, 10, 20, 30, 40), 'a', 'a', 'b', null, 'b'), [epoch]);
    expect(shown(all)).toBe('100');
    expect(told(all)).toEqual(['other-register held 1 2 open 3']);
    expect(all.anomalies[0]).toMatchObject({ before: 10n, after: 20n, until: undefined });
  });

  it('is left out where the own register goes on', () => {
    const all = run(cite(every15(0, 10, 900, 30), 'a', 'a', 'b', 'a'), [epoch]);
    expect(shown(all)).toBe('100 100 100');
    expect(told(all)).toEqual(['other-register discarded 1 2 3 1']);
  });

  it('is billed from the epoch on that a person declares', () => {
    const replaced: Epoch = {
      ...installed,
      kind: 'replaced',
      from: 2 * Q,
      opening: 500n,
      closing: 12n,
      num: 1n,
      foreign: new Set(['a']),
    };
    const all = run(cite(every15(0, 10, 500, 530), 'a', 'a', 'b', 'b'), [epoch, replaced]);
    expect(shown(all)).toBe('100 20 30');
    expect(told(all)).toEqual([]);
  });

  it('says nothing of counts that no gateway has read', () => {
    expect(shown(run(cite(every15(0, 10, 20, 30), 'b', undefined, undefined, null), [epoch]))).toBe(
      '100 100 100',
    );
  });

  it('has a closing judged as readings are, when words of a reading gave it', () => {
    const worked: Epoch = { ...installed, kind: 'ratio', from: 2 * Q, opening: 1n, automatic: true };
    const readings = every15(0, 10, 1, 2);
    expect(shown(run(readings, [epoch, { ...worked, closing: 20n }]))).toBe('100 100 10');
    const wrong = run(readings, [epoch, { ...worked, closing: 90_000n }]);
    expect(shown(wrong)).toBe('100 . 10');
    expect(told(wrong)).toEqual(['jump held 1 2 2 1']);
  });
});
