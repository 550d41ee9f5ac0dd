import { describe, expect, it } from 'vitest';
import { HOUR_MS } from './hours.ts';
import { bucketsOf, gather, previousOf, resolutionFor } from './series.ts';

const DAY = 24 * HOUR_MS;
const at = (text: string) => Date.parse(`${text}Z`);
const stretch = (from: string, to: string) => ({ from: at(from), to: at(to) });
const written = (buckets: readonly { from: number; to: number }[]) =>
  buckets.map(({ from, to }) => `${new Date(from).toISOString().slice(5, 16)} ${(to - from) / HOUR_MS}`);

describe('the resolution', () => {
  it.each([
    [DAY, 400, 'quarter'],
    [4 * DAY, 400, 'quarter'],
    [7 * DAY, 400, 'hour'],
    [31 * DAY, 400, 'day'],
    [366 * DAY, 400, 'day'],
    [5 * 366 * DAY, 400, 'month'],
    [100 * 366 * DAY, 10, 'month'],
    [DAY, 24, 'hour'],
  ])('%d ms in %d points are %ss', (length, budget, resolution) => {
    expect(resolutionFor({ from: 0, to: length }, budget)).toBe(resolution);
  });
});

describe('bars are whole units of the building', () => {
  it('days and months in Bangkok', () => {
    expect(
      written(bucketsOf(stretch('2026-03-01T18:00', '2026-03-02T18:00'), 'day', 'Asia/Bangkok')),
    ).toEqual(['03-01T17:00 24', '03-02T17:00 24']);
    expect(
      written(bucketsOf(stretch('2026-03-15T00:00', '2026-04-15T00:00'), 'month', 'Asia/Bangkok')),
    ).toEqual(['02-28T17:00 744', '03-31T17:00 720']);
  });

  it('hours in Kolkata begin at half past', () => {
    expect(
      written(bucketsOf(stretch('2026-03-01T00:00', '2026-03-01T01:00'), 'hour', 'Asia/Kolkata')),
    ).toEqual(['02-28T23:30 1', '03-01T00:30 1']);
  });

  it('a day of changing clocks has its own hours', () => {
    const short = { from: at('2026-03-08T05:00'), to: at('2026-03-09T04:00') };
    expect(bucketsOf(short, 'hour', 'America/New_York')).toHaveLength(23);
    const half = bucketsOf(stretch('2026-10-03T13:30', '2026-10-04T13:00'), 'hour', 'Australia/Lord_Howe');
    expect(written(half).at(-1)).toBe('10-04T12:30 0.5');
  });

  it('quarters cover the stretch; nothing has none', () => {
    expect(bucketsOf(stretch('2026-03-01T00:10', '2026-03-01T00:31'), 'quarter', 'UTC')).toHaveLength(3);
    expect(bucketsOf({ from: 5, to: 5 }, 'month', 'UTC')).toEqual([]);
  });
});

describe('the period before', () => {
  const before = (from: string, to: string, zone = 'Asia/Bangkok') =>
    written([previousOf(stretch(from, to), zone)])[0];

  it.each([
    ['of a month the month before', '2026-02-28T17:00', '2026-03-31T17:00', '01-31T17:00 672'],
    ['of a year the year before', '2025-12-31T17:00', '2026-12-31T17:00', '12-31T17:00 8760'],
    ['of a week the week before', '2026-03-08T17:00', '2026-03-15T17:00', '03-01T17:00 168'],
    ['of an hour the hour before', '2026-03-08T10:00', '2026-03-08T11:00', '03-08T09:00 1'],
  ])('%s', (_what, from, to, expected) => expect(before(from, to)).toBe(expected));

  it('of a day of 23 hours is a whole day', () => {
    expect(before('2026-03-08T05:00', '2026-03-09T04:00', 'America/New_York')).toBe('03-07T05:00 24');
  });
});

it('amounts are added up where they lie, and what is nowhere is left out', () => {
  const buckets = [
    { from: 0, to: 10 },
    { from: 10, to: 20 },
    { from: 20, to: 30 },
  ];
  const amount = (from: number, quantity: bigint) => ({
    from,
    to: from + 5,
    quantity,
    estimated: 1n,
    complete: 1,
    known: true,
  });
  const gathered = gather(buckets, [
    amount(-5, 9n),
    amount(0, 1n),
    amount(5, 2n),
    amount(20, 4n),
    amount(30, 9n),
  ]);
  expect(gathered.map(({ quantity, complete, known }) => [quantity, complete, known])).toEqual([
    [3n, 2, true],
    [0n, 0, false],
    [4n, 1, true],
  ]);
});
