import { expect, it } from 'vitest';
import { type BilledPoint, completenessOf, presentKey } from './completeness.ts';

const at = (text: string) => Date.parse(text);
const point = (over: Partial<BilledPoint> = {}): BilledPoint => ({
  ...{
    no: 1,
    meter: 'm',
    label: '101',
    zone: 'Asia/Bangkok',
    since: at('2020-01-01T00:00:00Z'),
    until: null,
    automatic: true,
  },
  ...over,
});
const NOW = at('2026-11-20T12:00:00Z');

it.each([
  ['a whole day has 96 quarters', point(), '2026-11-01', 96, 96, 10_000],
  ['one that is missing', point(), '2026-11-01', 95, 96, 9_895],
  ['rounded down, so that only all is all', point(), '2026-11-01', 0, 96, 0],
  [
    'the day it was installed, at 11:50',
    point({ since: at('2026-11-01T04:50:00Z') }),
    '2026-11-01',
    48,
    48,
    10_000,
  ],
  ['today, until now: 19:00 there', point(), '2026-11-20', 76, 76, 10_000],
  [
    'the day it was taken out, at 06:00',
    point({ until: at('2026-10-31T23:00:00Z') }),
    '2026-11-01',
    24,
    24,
    10_000,
  ],
  ['a day before it was there', point({ since: at('2026-11-05T00:00:00Z') }), '2026-11-01', 0, 0, null],
  ['the day that is an hour longer', point({ zone: 'Europe/Berlin' }), '2026-10-25', 100, 100, 10_000],
  ['the day that is an hour shorter', point({ zone: 'Europe/Berlin' }), '2026-03-29', 92, 92, 10_000],
  ['more than it should have', point({ since: at('2026-11-01T16:45:00Z') }), '2026-11-01', 9, 1, 10_000],
])('%s', (_, one, day, present, expected, share) =>
  expect(completenessOf([one], new Map([[presentKey(1, day), present]]), [day], NOW)).toEqual([
    { meter: 'm', label: '101', day, rhythm: 'quarters', expected, present, share },
  ]),
);

it('adds the points of a meter up, day by day', () => {
  const present = new Map([
    [presentKey(1, '2026-11-01'), 96],
    [presentKey(2, '2026-11-01'), 48],
    [presentKey(1, '2026-11-02'), 96],
    [presentKey(2, '2026-11-02'), 96],
  ]);
  const rows = completenessOf([point(), point({ no: 2 })], present, ['2026-11-01', '2026-11-02'], NOW);
  expect(rows.map(({ day, expected, share }) => [day, expected, share])).toEqual([
    ['2026-11-01', 192, 7_500],
    ['2026-11-02', 192, 10_000],
  ]);
});

it('expects nothing of a meter that people read, nor of what they read beside a system', () => {
  const present = new Map([
    [presentKey(1, '2026-11-01'), 1],
    [presentKey(2, '2026-11-01'), 96],
  ]);
  const byHand = point({ automatic: false });
  const [alone] = completenessOf([byHand], present, ['2026-11-01'], NOW);
  expect(alone).toMatchObject({ rhythm: 'by-hand', expected: 0, present: 1, share: null });
  const [beside] = completenessOf([byHand, point({ no: 2 })], present, ['2026-11-01'], NOW);
  expect(beside).toMatchObject({ rhythm: 'quarters', expected: 96, present: 96, share: 10_000 });
});
