import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { isAppError } from './errors.ts';
import {
  billingCycle,
  calendarDays,
  contains,
  cycle,
  DAY,
  dateAt,
  equalPeriods,
  intersect,
  isZone,
  localDay,
  localMonth,
  MONTH,
  millisecondsIn,
  overlaps,
  type Period,
  type PeriodUnit,
  period,
  QUARTER_HOUR,
  startOfDay,
  tile,
  unitContaining,
} from './period.ts';

const HOUR = 3_600_000;
const zones = ['Asia/Bangkok', 'Asia/Jakarta', 'Europe/Berlin', 'Asia/Kathmandu'] as const;
const odd = ['Asia/Kolkata', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Chatham', 'UTC'] as const;
const instant = (text: string) => Temporal.Instant.from(text);
const text = ({ start, end }: Period) => `${start} ${end}`;

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
  return 'nothing was thrown';
}

describe('half-open periods', () => {
  const day = period('2026-11-05T00:00:00Z', '2026-11-06T00:00:00Z');

  it.each([
    ['2026-11-05T00:00:00Z', true],
    ['2026-11-05T23:59:59.999999999Z', true],
    ['2026-11-06T00:00:00Z', false],
    ['2026-11-04T23:59:59.999999999Z', false],
  ])('contains %s: %s', (at, expected) => {
    expect(contains(day, instant(at))).toBe(expected);
  });

  it.each([
    ['2026-11-05T00:00:00Z', '2026-11-05T00:00:00Z'],
    ['2026-11-06T00:00:00Z', '2026-11-05T00:00:00Z'],
  ])('%s to %s is refused', (start, end) => {
    expect(codeOf(() => period(start, end))).toBe('period_invalid');
  });

  it.each([
    ['touching before', '2026-11-04T00:00:00Z', '2026-11-05T00:00:00Z', undefined],
    ['touching after', '2026-11-06T00:00:00Z', '2026-11-07T00:00:00Z', undefined],
    [
      'across the start',
      '2026-11-04T12:00:00Z',
      '2026-11-05T12:00:00Z',
      '2026-11-05T00:00:00Z 2026-11-05T12:00:00Z',
    ],
    [
      'across the end',
      '2026-11-05T12:00:00Z',
      '2026-11-07T00:00:00Z',
      '2026-11-05T12:00:00Z 2026-11-06T00:00:00Z',
    ],
    ['inside', '2026-11-05T01:00:00Z', '2026-11-05T02:00:00Z', '2026-11-05T01:00:00Z 2026-11-05T02:00:00Z'],
    ['around', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', '2026-11-05T00:00:00Z 2026-11-06T00:00:00Z'],
  ])('a period %s', (_, start, end, expected) => {
    const other = period(start, end);
    const common = intersect(day, other);
    expect(common && text(common)).toBe(expected);
    expect(overlaps(day, other)).toBe(expected !== undefined);
  });

  it('property: intersection is commutative, lies in both, and exists exactly when they overlap', () => {
    const anyPeriod = fc
      .tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 1000 }))
      .map(([from, length]) => ({
        start: Temporal.Instant.fromEpochMilliseconds(from),
        end: Temporal.Instant.fromEpochMilliseconds(from + length),
      }));
    fc.assert(
      fc.property(anyPeriod, anyPeriod, fc.integer({ min: 0, max: 2000 }), (a, b, ms) => {
        const both = intersect(a, b);
        const at = Temporal.Instant.fromEpochMilliseconds(ms);
        expect(both !== undefined).toBe(overlaps(a, b));
        expect(both !== undefined && contains(both, at)).toBe(contains(a, at) && contains(b, at));
        const reversed = intersect(b, a);
        expect(both && text(both)).toBe(reversed && text(reversed));
      }),
    );
  });
});

describe('local days', () => {
  it.each([
    ['2026-11-05', 'Asia/Bangkok', '2026-11-04T17:00:00Z', 24],
    ['2026-11-05', 'Asia/Kathmandu', '2026-11-04T18:15:00Z', 24],
    ['2026-11-05', 'Asia/Kolkata', '2026-11-04T18:30:00Z', 24],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z', 23],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00Z', 25],
    ['2026-04-05', 'Australia/Lord_Howe', '2026-04-04T13:00:00Z', 24.5],
    // Beirut skips midnight: the day begins at 01:00
    ['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00Z', 23],
  ])('%s in %s begins at %s and has %d hours', (date, zone, start, hours) => {
    const day = localDay(date, zone);
    expect(day.start.toString()).toBe(start);
    expect(millisecondsIn(day)).toBe(hours * HOUR);
    expect(startOfDay(date, zone).toString()).toBe(start);
  });

  it('the month end is the local one: a reading at 17:30 UTC on 31 October is November in Bangkok', () => {
    const at = instant('2026-10-31T17:30:00Z');
    expect(dateAt(at, 'Asia/Bangkok').toString()).toBe('2026-11-01');
    expect(contains(localMonth('2026-11', 'Asia/Bangkok'), at)).toBe(true);
    expect(contains(localMonth('2026-10', 'Asia/Bangkok'), at)).toBe(false);
  });

  it.each(['+07:00', 'Bangkok', 'Asia/Nowhere', '', ' Asia/Bangkok', '07:00'])(
    '"%s" is not a zone',
    (zone) => {
      expect(isZone(zone)).toBe(false);
      expect(codeOf(() => localDay('2026-11-05', zone))).toBe('zone_unknown');
    },
  );

  it.each([...zones, ...odd])('%s is a zone', (zone) => {
    expect(isZone(zone)).toBe(true);
  });

  it('days are counted by the calendar, not by hours', () => {
    expect(calendarDays(localMonth('2026-03', 'Europe/Berlin'), 'Europe/Berlin')).toBe(31);
    expect(calendarDays(localMonth('2028-02', 'Asia/Bangkok'), 'Asia/Bangkok')).toBe(29);
    // moved in on 8 January, to the end of the month: 24 of 31 days
    const stay = {
      start: startOfDay('2026-01-08', 'Asia/Bangkok'),
      end: startOfDay('2026-02-01', 'Asia/Bangkok'),
    };
    expect(calendarDays(stay, 'Asia/Bangkok')).toBe(24);
    expect(calendarDays(period('2026-01-01T10:00:00Z', '2026-01-01T10:00:01Z'), 'UTC')).toBe(0);
  });
});

describe('billing cycles', () => {
  it.each([
    ['2026-01', 25, '2026-01-25', '2026-02-25'],
    ['2026-01', 31, '2026-01-31', '2026-02-28'],
    ['2026-02', 31, '2026-02-28', '2026-03-31'],
    ['2028-01', 30, '2028-01-30', '2028-02-29'],
    ['2026-12', 1, '2026-12-01', '2027-01-01'],
  ])('%s from day %i', (month, day, from, to) => {
    const zone = 'Asia/Bangkok';
    const expected = { start: startOfDay(from, zone), end: startOfDay(to, zone) };
    expect(text(billingCycle(month, day, zone))).toBe(text(expected));
  });

  it.each([0, 32, 1.5, -1, Number.NaN])('day %d is refused', (day) => {
    expect(codeOf(() => cycle(day))).toBe('cycle_day_invalid');
    expect(codeOf(() => billingCycle('2026-01', day, 'UTC'))).toBe('cycle_day_invalid');
  });

  it('a cycle from day 1 is the month', () => {
    const at = instant('2026-11-05T00:00:00Z');
    expect(text(unitContaining(at, cycle(1), 'Asia/Bangkok'))).toBe(
      text(unitContaining(at, MONTH, 'Asia/Bangkok')),
    );
  });
});

describe('tiling', () => {
  const year = (zone: string): Period => ({
    start: startOfDay('2026-01-01', zone),
    end: startOfDay('2027-01-01', zone),
  });
  const units: readonly [string, PeriodUnit, number][] = [
    ['quarter hours', QUARTER_HOUR, 365 * 96],
    ['days', DAY, 365],
    ['months', MONTH, 12],
  ];

  function expectExactCover(tiles: readonly Period[], whole: Period): void {
    expect(tiles[0]?.start.toString()).toBe(whole.start.toString());
    expect(tiles.at(-1)?.end.toString()).toBe(whole.end.toString());
    tiles.forEach((piece, index) => {
      if (Temporal.Instant.compare(piece.start, piece.end) !== -1) throw new Error(`empty at ${piece.start}`);
      const next = tiles[index + 1];
      if (next && !piece.end.equals(next.start)) throw new Error(`gap or overlap at ${piece.end}`);
    });
    expect(tiles.reduce((ms, piece) => ms + millisecondsIn(piece), 0)).toBe(millisecondsIn(whole));
  }

  for (const zone of [...zones, ...odd]) {
    it.each(units)(`${zone}: %s cover the year without gap or overlap`, (_, unit, count) => {
      const tiles = tile(year(zone), unit, zone);
      expectExactCover(tiles, year(zone));
      expect(tiles).toHaveLength(count);
    });

    it(`${zone}: cycles from every day of the month cover the year, each local day in exactly one`, () => {
      for (let day = 1; day <= 31; day += 1) {
        const tiles = tile(year(zone), cycle(day), zone);
        expectExactCover(tiles, year(zone));
        expect(tiles).toHaveLength(day === 1 ? 12 : 13);
        expect(tiles.reduce((days, piece) => days + calendarDays(piece, zone), 0)).toBe(365);
      }
    });
  }

  it('quarter hours fit into days in zones of :30 and :45, and into days of 23 and 25 hours', () => {
    for (const [date, zone, quarters] of [
      ['2026-11-05', 'Asia/Kathmandu', 96],
      ['2026-11-05', 'Asia/Kolkata', 96],
      ['2026-03-29', 'Europe/Berlin', 92],
      ['2026-10-25', 'Europe/Berlin', 100],
    ] as const) {
      const tiles = tile(localDay(date, zone), QUARTER_HOUR, zone);
      expect(tiles).toHaveLength(quarters);
      expect(tiles.every((piece) => millisecondsIn(piece) === 900_000)).toBe(true);
    }
  });

  it('property: any period in any zone is covered exactly, and only its ends are cut', () => {
    const any = fc.record({
      from: fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }),
      hours: fc.integer({ min: 1, max: 24 * 90 }),
      zone: fc.constantFrom(...zones, ...odd),
      unit: fc.oneof(fc.constantFrom(DAY, MONTH), fc.integer({ min: 1, max: 31 }).map(cycle)),
    });
    fc.assert(
      fc.property(any, ({ from, hours, zone, unit }) => {
        const whole: Period = {
          start: Temporal.Instant.fromEpochMilliseconds(from),
          end: Temporal.Instant.fromEpochMilliseconds(from + hours * HOUR),
        };
        const tiles = tile(whole, unit, zone);
        expectExactCover(tiles, whole);
        for (const piece of tiles.slice(1, -1)) {
          expect(equalPeriods(piece, unitContaining(piece.start, unit, zone))).toBe(true);
        }
      }),
    );
  });

  it('property: the unit that contains an instant contains it, and is the same for every instant in it', () => {
    const any = fc.record({
      at: fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }),
      share: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      zone: fc.constantFrom(...zones, ...odd),
      unit: fc.oneof(fc.constantFrom(DAY, MONTH, QUARTER_HOUR), fc.integer({ min: 1, max: 31 }).map(cycle)),
    });
    fc.assert(
      fc.property(any, ({ at, share, zone, unit }) => {
        const here = Temporal.Instant.fromEpochMilliseconds(at);
        const whole = unitContaining(here, unit, zone);
        expect(contains(whole, here)).toBe(true);
        const other = whole.start.add({ milliseconds: Math.floor(millisecondsIn(whole) * share) });
        expect(equalPeriods(unitContaining(other, unit, zone), whole)).toBe(true);
      }),
    );
  });
});

describe('units within units', () => {
  const month = fc.record({
    year: fc.integer({ min: 2020, max: 2035 }),
    month: fc.integer({ min: 1, max: 12 }),
    zone: fc.constantFrom(...zones, ...odd),
  });
  const named = (year: number, m: number) => `${year}-${String(m).padStart(2, '0')}`;

  it('property: the days of a month, cut at months, are the days of the month', () => {
    fc.assert(
      fc.property(month, ({ year, month: m, zone }) => {
        const whole = localMonth(named(year, m), zone);
        const days = tile(whole, DAY, zone);
        expect(days).toHaveLength(calendarDays(whole, zone));
        expect(days.every((day) => tile(day, MONTH, zone).length === 1)).toBe(true);
        expect(days.map((day) => dateAt(day.start, zone).day)).toEqual(days.map((_, index) => index + 1));
      }),
      { numRuns: 50 },
    );
  });

  it('property: every quarter hour lies in one local day, and the quarters of a day fill it', () => {
    fc.assert(
      fc.property(month, fc.integer({ min: 1, max: 28 }), ({ year, month: m, zone }, d) => {
        const day = localDay(`${named(year, m)}-${String(d).padStart(2, '0')}`, zone);
        const quarters = tile(day, QUARTER_HOUR, zone);
        expect(quarters.every((quarter) => tile(quarter, DAY, zone).length === 1)).toBe(true);
        expect(quarters.length * 900_000).toBe(millisecondsIn(day));
      }),
      { numRuns: 50 },
    );
  });

  it('property: a cycle ends when the next begins, and begins on its day or on the last of a shorter month', () => {
    fc.assert(
      fc.property(month, fc.integer({ min: 1, max: 31 }), ({ year, month: m, zone }, day) => {
        const begins = Temporal.PlainYearMonth.from({ year, month: m });
        const one = billingCycle(begins, day, zone);
        const next = billingCycle(begins.add({ months: 1 }), day, zone);
        expect(one.end.equals(next.start)).toBe(true);
        expect(dateAt(one.start, zone).day).toBe(Math.min(day, begins.daysInMonth));
        const length = calendarDays(one, zone);
        expect(length >= 28 && length <= 31).toBe(true);
      }),
    );
  });

  it('property: instants on either side of midnight belong to neighbouring days', () => {
    fc.assert(
      fc.property(month, ({ year, month: m, zone }) => {
        const midnight = startOfDay(`${named(year, m)}-15`, zone);
        expect(dateAt(midnight, zone).day).toBe(15);
        expect(dateAt(midnight.subtract({ nanoseconds: 1 }), zone).day).toBe(14);
      }),
    );
  });
});

describe('every zone there is', () => {
  const anyZone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  const anyTime = fc.integer({ min: Date.UTC(1995, 0), max: Date.UTC(2037, 0) });
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms);

  it('days follow each other also where the clocks fall back past midnight', () => {
    const zone = 'America/St_Johns';
    const autumn = period('2010-11-05T00:00:00Z', '2010-11-10T00:00:00Z');
    const days = tile(autumn, DAY, zone).map(({ start }) => dateAt(start, zone).toString());
    expect(days).toEqual([
      '2010-11-04',
      '2010-11-05',
      '2010-11-06',
      '2010-11-07',
      '2010-11-08',
      '2010-11-09',
    ]);
    // 00:01 on the 7th became 23:01 on the 6th: the 7th goes on
    expect(dateAt(Temporal.Instant.from('2010-11-07T02:45:00Z'), zone).toString()).toBe('2010-11-07');
  });

  it('property: days tile a fortnight without gap, overlap or step back', () => {
    fc.assert(
      fc.property(anyZone, anyTime, (zone, from) => {
        const fortnight = { start: at(from), end: at(from + 14 * 86_400_000) };
        const days = tile(fortnight, DAY, zone);
        expect(days[0]?.start.equals(fortnight.start)).toBe(true);
        expect(days.at(-1)?.end.equals(fortnight.end)).toBe(true);
        days.forEach((day, index) => {
          expect(Temporal.Instant.compare(day.start, day.end)).toBe(-1);
          if (index > 0) expect(days[index - 1]?.end.equals(day.start)).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('property: a period cut anywhere has the days of its parts, no day twice and none lost', () => {
    const length = fc.integer({ min: 2, max: 90 * 86_400_000 });
    fc.assert(
      fc.property(
        anyZone,
        anyTime,
        length,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (zone, from, ms, share) => {
          const cut = at(from + Math.min(ms - 1, Math.max(1, Math.floor(ms * share))));
          const whole = { start: at(from), end: at(from + ms) };
          const parts = [
            { start: whole.start, end: cut },
            { start: cut, end: whole.end },
          ];
          const days = parts.map((part) => calendarDays(part, zone));
          expect(days.every((count) => count >= 0)).toBe(true);
          expect((days[0] ?? 0) + (days[1] ?? 0)).toBe(calendarDays(whole, zone));
        },
      ),
      { numRuns: 500 },
    );
  });
});
