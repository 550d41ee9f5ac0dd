import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Tally, tallyStep, WRITTEN_FIRST } from './tally.ts';

const HOUR = 3_600_000;

function run(times: readonly number[]) {
  let tally: Tally | undefined;
  let written = 0;
  for (const at of times) {
    const step = tallyStep(tally, at);
    tally = step.tally;
    if (step.write) written += 1;
  }
  return { written, counted: tally?.counted ?? 0 };
}

test('the first stand for themselves, the others are counted', () => {
  expect(run([0])).toEqual({ written: 1, counted: 0 });
  expect(run(Array(WRITTEN_FIRST).fill(5))).toEqual({ written: WRITTEN_FIRST, counted: 0 });
  expect(run(Array(10_000).fill(5))).toEqual({ written: WRITTEN_FIRST, counted: 10_000 - WRITTEN_FIRST });
});

test('the next hour begins anew, and forgets no number', () => {
  expect(run([...Array(12).fill(0), HOUR])).toEqual({ written: WRITTEN_FIRST + 1, counted: 2 });
  expect(run([...Array(12).fill(0), HOUR - 1])).toEqual({ written: WRITTEN_FIRST, counted: 3 });
});

test('whatever the times: none is lost, and an hour has ten at most', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 2 * HOUR }), { maxLength: 200 });
  fc.assert(
    fc.property(gaps, (list) => {
      let at = 0;
      const times = list.map((gap) => {
        at += gap;
        return at;
      });
      const { written, counted } = run(times);
      expect(written + counted).toBe(times.length);
      expect(written).toBeLessThanOrEqual(WRITTEN_FIRST * (Math.floor(at / HOUR) + 1));
    }),
  );
});
