import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { DAY, unitContaining } from '../../kernel/period.ts';
import { dayOf, localDays } from './days.ts';
import { HOUR_MS, type Hour, hourChanges, type StoredHour } from './hours.ts';
import { QUARTER_MS as Q, type Quarter } from './quarters.ts';

const quarter = (place: number, quantity: bigint, more: Partial<Quarter> = {}): Quarter => ({
  at: place * Q,
  quantity,
  estimated: 0n,
  complete: true,
  ...more,
});
const stored = (...hours: StoredHour[]) => new Map(hours.map((hour) => [hour.at, hour]));
const hour = (at: number, quantity: (bigint | null)[], complete = 15, revision = 1): StoredHour => ({
  at: at * HOUR_MS,
  quantity,
  estimated: quantity.map((value) => (value === null ? null : 0n)),
  complete,
  revision,
});

describe('quarters into hours', () => {
  it('new ones fill their places', () => {
    const { changed, revised } = hourChanges(stored(), {
      from: 2 * Q,
      to: undefined,
      quarters: [quarter(2, 5n), quarter(3, 6n), quarter(4, 7n, { complete: false })],
    });
    expect(changed).toEqual([hour(0, [null, null, 5n, 6n], 12), hour(1, [7n, null, null, null], 0)]);
    expect(revised).toEqual([]);
  });

  it('what does not differ is no change', () => {
    const same = stored(hour(0, [1n, 2n, 3n, 4n]));
    const quarters = [quarter(0, 1n), quarter(1, 2n), quarter(2, 3n), quarter(3, 4n)];
    expect(hourChanges(same, { from: 0, to: 4 * Q, quarters })).toEqual({ changed: [], revised: [] });
  });

  it('only quarters from `from` to `to` are replaced', () => {
    const before = stored(hour(0, [1n, 2n, 3n, 4n]));
    const { changed } = hourChanges(before, { from: Q, to: 3 * Q, quarters: [quarter(1, 9n)] });
    expect(changed).toEqual([hour(0, [1n, 9n, null, 4n], 11, 2)]);
  });

  it('a quarter that fills up is no revision; a full one that becomes another is', () => {
    const before = stored(hour(0, [1n, 2n, null, null], 1));
    const fuller = hourChanges(before, { from: Q, to: 2 * Q, quarters: [quarter(1, 5n)] });
    expect(fuller).toEqual({ changed: [hour(0, [1n, 5n, null, null], 3)], revised: [] });
    const other = hourChanges(before, { from: 0, to: Q, quarters: [quarter(0, 5n)] });
    expect(other).toEqual({
      changed: [hour(0, [5n, 2n, null, null], 1, 2)],
      revised: [hour(0, [1n, 2n, null, null], 1)],
    });
    const gone = hourChanges(before, { from: 0, to: undefined, quarters: [] });
    expect(gone.changed).toEqual([hour(0, [null, null, null, null], 0, 2)]);
    expect(gone.revised).toHaveLength(1);
  });

  it('what is estimated elsewise has changed, and is no revision', () => {
    const before = stored(hour(0, [1n, null, null, null], 1));
    const result = hourChanges(before, { from: 0, to: Q, quarters: [quarter(0, 1n, { estimated: 1n })] });
    expect(result.changed[0]).toMatchObject({ estimated: [1n, null, null, null], revision: 1 });
  });
});

describe('quarters into the days of a building', () => {
  /** One unit in each quarter hour from March to November 2026. */
  const steady = new Map<number, Hour>();
  for (let at = Date.UTC(2026, 2, 1); at < Date.UTC(2026, 11, 1); at += HOUR_MS) {
    steady.set(at, { at, quantity: [1n, 1n, 1n, 1n], estimated: [0n, 1n, 0n, 0n], complete: 7 });
  }
  const day = (date: string, zone: string) => {
    const noon = Date.parse(`${date}T12:00:00Z`);
    const local = localDays(noon - 24 * HOUR_MS, noon + 24 * HOUR_MS, zone).find(
      (each) => each.date === date,
    );
    return local && dayOf(steady, local);
  };

  it.each([
    ['Bangkok', '2026-03-08', 'Asia/Bangkok', 96],
    ['Kolkata, at half past', '2026-03-08', 'Asia/Kolkata', 96],
    ['Kathmandu, at a quarter to', '2026-03-08', 'Asia/Kathmandu', 96],
    ['Eucla, at a quarter to', '2026-03-08', 'Australia/Eucla', 96],
    ['New York loses an hour', '2026-03-08', 'America/New_York', 92],
    ['New York has one twice', '2026-11-01', 'America/New_York', 100],
    ['Lord Howe moves by half an hour', '2026-04-05', 'Australia/Lord_Howe', 98],
    ['Lord Howe moves back', '2026-10-04', 'Australia/Lord_Howe', 94],
  ])('%s', (_what, date, zone, quarters) => {
    expect(day(date, zone)).toEqual({
      date,
      quantity: BigInt(quarters),
      estimated: expect.any(BigInt),
      complete: expect.any(Number),
      quarters,
    });
  });

  it('is the day that the kernel says it is, wherever and whenever', () => {
    const zone = fc.constantFrom(
      'Asia/Bangkok',
      'America/New_York',
      'Pacific/Apia',
      'Pacific/Kiritimati',
      'Africa/Cairo',
      'Etc/GMT+12',
    );
    fc.assert(
      fc.property(zone, fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2090, 0, 1) }), (name, at) => {
        const [first, ...others] = localDays(at, at + 1, name);
        const expected = unitContaining(Temporal.Instant.fromEpochMilliseconds(at), DAY, name);
        expect(others).toEqual([]);
        expect([first?.from, first?.to]).toEqual([
          expected.start.epochMilliseconds,
          expected.end.epochMilliseconds,
        ]);
      }),
    );
  });

  it('begins at local midnight, to the quarter: 18:15 UTC in Kathmandu', () => {
    const [first, second] = localDays(
      Date.UTC(2026, 2, 1, 18, 14),
      Date.UTC(2026, 2, 1, 18, 16),
      'Asia/Kathmandu',
    );
    expect(first?.to).toBe(Date.UTC(2026, 2, 1, 18, 15));
    expect(second).toEqual({ date: '2026-03-02', from: first?.to, to: Date.UTC(2026, 2, 2, 18, 15) });
  });

  it('touch and leave nothing out, all through a year of changing clocks', () => {
    const days = localDays(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1), 'America/New_York');
    expect(days.every(({ from }, i) => i === 0 || from === days[i - 1]?.to)).toBe(true);
    expect(days.reduce((sum, { from, to }) => sum + (to - from), 0)).toBe(366 * 24 * HOUR_MS);
  });

  it('count what is complete and estimated in them, and only in them', () => {
    expect(day('2026-03-08', 'Asia/Kathmandu')).toMatchObject({ estimated: 24n, complete: 72 });
  });

  it('of which nothing is known are none', () => {
    expect(day('2026-01-08', 'Asia/Bangkok')).toBeUndefined();
    expect(localDays(5, 5, 'Asia/Bangkok')).toEqual([]);
  });
});
