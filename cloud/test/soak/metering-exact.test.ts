import { expect, test } from 'vitest';
import { describeExactness } from '../medium/metering-exact-suite.ts';

const METERS = 1_000;
const DAYS = 60;
/** So many at a time as the memory of a small machine holds beside two databases. */
const AT_A_TIME = 100;
const firsts = Array.from({ length: METERS / AT_A_TIME }, (_, i) => 1 + i * AT_A_TIME);

const pairs = firsts.map((first) => ({
  plain: describeExactness('plain', AT_A_TIME, DAYS, first),
  timescale: describeExactness('timescale', AT_A_TIME, DAYS, first),
}));

test('the layers show the same, row by row', () => {
  expect(pairs.map(({ timescale }) => timescale.digest)).toEqual(pairs.map(({ plain }) => plain.digest));
  expect(new Set(pairs.map(({ plain }) => plain.digest)).size).toBe(pairs.length);
  const rows = pairs.reduce((sum, { plain }) => sum + (plain.rows ?? 0), 0);
  process.stdout.write(
    `exact: ${METERS} meters and ${METERS / 10} with unlogged resets over ${DAYS} days: error 0; ${rows} rows of hours, days, epochs and suspects the same on both layers\n`,
  );
});
