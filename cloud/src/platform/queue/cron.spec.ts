import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nextCronRun } from './cron.ts';
import { defineJob } from './job.ts';
import { defineSchedule, nextRuns } from './schedule.ts';

function runs(cron: string, zone: string, from: string, count: number): readonly string[] {
  const found: string[] = [];
  let ms: number | undefined = Date.parse(from);
  while (found.length < count) {
    ms = nextCronRun(cron, zone, ms);
    if (ms === undefined) break;
    found.push(new Date(ms).toISOString().replace(':00.000Z', ''));
  }
  return found;
}

describe('cron by the clock of a place', () => {
  it.each([
    // 02:30 does not exist on 29 March in Berlin: it runs an hour later by the wall, once
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['2026-03-29T01:30', '2026-03-30T00:30']],
    // 02:30 comes twice on 25 October: the first
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    // Beirut skips midnight: the day begins at 01:00, and so does its run
    ['0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00Z', ['2026-03-28T22:00', '2026-03-29T21:00']],
    // both 02:30 and 03:30 fall on 03:30: one run
    ['30 2,3 * * *', 'Europe/Berlin', '2026-03-28T23:00Z', ['2026-03-29T01:30', '2026-03-30T00:30']],
    ['0 0 1 * *', 'Asia/Kathmandu', '2026-10-23T12:00Z', ['2026-10-31T18:15', '2026-11-30T18:15']],
    ['0 0 31 * *', 'Asia/Bangkok', '2026-01-23T12:00Z', ['2026-01-30T17:00', '2026-03-30T17:00']],
    ['15 2 * * 0', 'Europe/Berlin', '2026-03-22T12:00Z', ['2026-03-29T01:15', '2026-04-05T00:15']],
    ['0 9-17 * * 1-5', 'Asia/Bangkok', '2026-11-06T09:30Z', ['2026-11-06T10:00', '2026-11-09T02:00']],
    // every half hour: the hour that comes twice has four, the hour that is skipped none
    [
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-10-25T00:20Z',
      ['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00'],
    ],
    [
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:20Z',
      ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
    ],
  ] as const)('%s in %s after %s', (cron, zone, from, expected) => {
    expect(runs(cron, zone, from, expected.length)).toEqual(expected);
  });

  it('asked inside the hour that comes twice, it does not run a second time', () => {
    // 02:10 CET, the second 02:10 of that night
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30']);
  });

  it('runs exactly once a local day, all year, in every zone', () => {
    for (const zone of [
      'Asia/Bangkok',
      'Asia/Kathmandu',
      'Europe/Berlin',
      'Asia/Beirut',
      'Africa/Cairo',
      'Australia/Lord_Howe',
    ]) {
      for (const cron of ['0 0 * * *', '30 2 * * *', '15 1 * * *']) {
        const days = new Set<string>();
        let ms = Temporal.ZonedDateTime.from(`2025-12-31T23:59:59[${zone}]`).epochMilliseconds;
        for (let day = 0; day < 365; day += 1) {
          ms = nextCronRun(cron, zone, ms) ?? 0;
          days.add(
            Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString(),
          );
        }
        expect(days.size).toBe(365);
        expect(days.has('2026-12-31')).toBe(true);
      }
    }
  });

  it.each(['', 'x', '61 * * * *', '0 0 30 2 *', '* * * *', '* * * * * * *', '@daily', '0 0 * * * # x'])(
    'does not understand "%s"',
    (cron) => {
      expect(nextCronRun(cron, 'UTC', 0)).toBeUndefined();
    },
  );
});

describe('schedules as data', () => {
  const job = defineJob({
    name: 'close.month',
    queue: 'billing',
    input: z.strictObject({ site: z.string() }),
  });
  const base = { id: 'close.site-1', job, input: { site: '1' }, cron: '0 1 1 * *', zone: 'Asia/Bangkok' };

  it('tell their next runs', () => {
    const next = nextRuns(defineSchedule(base), Temporal.Instant.from('2026-11-05T00:00:00Z'), 3);
    expect(next.map(String)).toEqual([
      '2026-11-30T18:00:00Z',
      '2026-12-31T18:00:00Z',
      '2027-01-31T18:00:00Z',
    ]);
  });

  it.each([
    [{ zone: 'Bangkok' }, 'is not a time zone'],
    [{ zone: '+07:00' }, 'is not a time zone'],
    [{ cron: 'every day' }, 'is not a cron expression'],
    [{ id: 'a:b' }, 'the id is not'],
    [{ id: '' }, 'the id is not'],
  ])('are refused when %o', (change, problem) => {
    expect(() => defineSchedule({ ...base, ...change })).toThrow(problem);
  });
});
