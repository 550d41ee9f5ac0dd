import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { allocate, allocateUnits } from './allocate.ts';
import { add, formatMoney, type Money, money, negate, parseMoney, subtract, sum } from './money.ts';
import {
  billingCycle,
  calendarDays,
  cycle,
  intersect,
  localMonth,
  MONTH,
  millisecondsIn,
  type Period,
  QUARTER_HOUR,
  startOfDay,
  tile,
} from './period.ts';
import { formatQuantity, quantity, quantitySince, ratio, sumQuantity } from './quantity.ts';
import { divideRounded } from './rounding.ts';

// A room over a year: what people argue about is where days, months and registers meet.

const BANGKOK = 'Asia/Bangkok';
const baht = (text: string): Money => parseMoney(text, 'THB');
const days = (whole: Period, zone = BANGKOK) => calendarDays(whole, zone);
const stay = (from: string, to: string, zone = BANGKOK): Period => ({
  start: startOfDay(from, zone),
  end: startOfDay(to, zone),
});

describe('a year of billing cycles', () => {
  it.each([
    [1, 2026, 365],
    [25, 2026, 365],
    [31, 2026, 365],
    [29, 2028, 366],
    [30, 2028, 366],
  ])('from day %i in %i has each day once', (day, year, total) => {
    const cycles = Array.from({ length: 12 }, (_, month) =>
      billingCycle(Temporal.PlainYearMonth.from({ year, month: month + 1 }), day, BANGKOK),
    );
    // From day 31 the February cycle begins on the 28th, and so on: short months borrow from nobody.
    expect(cycles.map((each) => days(each)).reduce((a, b) => a + b, 0)).toBe(total);
    for (const [index, each] of cycles.slice(1).entries()) expect(each.start).toEqual(cycles[index]?.end);
  });

  it('a tenant who leaves on the 10th and one who comes on the 10th pay for the month between them', () => {
    // 1–9 January: 9 days; 10–31 January: 22 days; 4 500.00 × 9/31 = 1 306.4516, × 22/31 = 3 193.5484
    const month = localMonth('2026-01', BANGKOK);
    const [out, into] = [stay('2026-01-01', '2026-01-10'), stay('2026-01-10', '2026-02-01')];
    expect([days(out), days(into), days(month)]).toEqual([9, 22, 31]);
    const shares = allocate(
      baht('4500.00'),
      [
        { name: 'out', weight: '9' },
        { name: 'in', weight: '22' },
      ],
      'name',
    );
    expect(shares.map(({ amount }) => formatMoney(amount))).toEqual(['1306.45', '3193.55']);
  });

  it('property: the days of a stay are the days of its months, and of its cycles from any day', () => {
    const first = Temporal.PlainDate.from('2025-01-01');
    const dates = fc.tuple(fc.nat({ max: 700 }), fc.integer({ min: 1, max: 400 }));
    const zone = fc.constantFrom(BANGKOK, 'Asia/Jakarta', 'Asia/Kathmandu', 'Europe/Berlin');
    fc.assert(
      fc.property(dates, fc.integer({ min: 1, max: 31 }), zone, ([begin, length], day, place) => {
        const from = first.add({ days: begin });
        const whole = stay(from.toString(), from.add({ days: length }).toString(), place);
        expect(days(whole, place)).toBe(length);
        for (const unit of [MONTH, cycle(day)]) {
          const parts = tile(whole, unit, place);
          expect(parts.reduce((total, part) => total + days(part, place), 0)).toBe(length);
        }
      }),
    );
  });
});

describe('time of use', () => {
  /** Monday to Friday, 09:00 to 22:00, half-open, by the clock on the wall. */
  const isPeak = ({ start }: Period, zone: string): boolean => {
    const { dayOfWeek, hour } = start.toZonedDateTimeISO(zone);
    return dayOfWeek <= 5 && hour >= 9 && hour < 22;
  };
  const quarters = (from: string, to: string, zone: string) => tile(stay(from, to, zone), QUARTER_HOUR, zone);

  it.each([
    // 13 h × 4 × 5 days of 7 × 24 h × 4
    ['2026-01-05', '2026-01-12', BANGKOK, 260, 672],
    // UTC quarters fit where the offset is 5:45 as well
    ['2026-01-05', '2026-01-12', 'Asia/Kathmandu', 260, 672],
    // the night of the clock change takes an hour of the Sunday and nothing of the peak
    ['2026-03-23', '2026-03-30', 'Europe/Berlin', 260, 668],
    ['2026-10-19', '2026-10-26', 'Europe/Berlin', 260, 676],
  ])('a week from %s to %s in %s has %i peak quarters of %i', (from, to, zone, peak, all) => {
    const tiles = quarters(from, to, zone);
    expect([tiles.filter((each) => isPeak(each, zone)).length, tiles.length]).toEqual([peak, all]);
  });

  it('22:00 is off-peak and 21:45 is not: the period between is cut there', () => {
    const edge = quarters('2026-01-05', '2026-01-06', BANGKOK).filter((each) => isPeak(each, BANGKOK));
    expect([edge.at(0)?.start.toString(), edge.at(-1)?.end.toString()]).toEqual([
      '2026-01-05T02:00:00Z',
      '2026-01-05T15:00:00Z',
    ]);
  });

  it('the highest demand is four times the largest quarter: 7.125 kWh in 15 minutes are 28.5 kW', () => {
    const wh = [6_900n, 7_125n, 7_124n];
    const largest = wh.reduce((a, b) => (b > a ? b : a));
    const [quarter] = quarters('2026-01-05', '2026-01-06', BANGKOK);
    const perHour = 3_600_000 / millisecondsIn(quarter ?? stay('2026-01-05', '2026-01-06'));
    expect(formatQuantity(quantity(largest * BigInt(perHour), 'Wh'))).toBe('28.500');
  });
});

describe('what changes after the bill', () => {
  it('a reading that came late is billed as the difference, and both bills stay true', () => {
    // 100 kWh × 4.2218 = 422.18; 112 kWh × 4.2218 = 472.8416 → 472.84; the note is 50.66
    const rated = (kwh: bigint) => money(divideRounded(kwh * 42_218n * 100n, 10_000n), 'THB');
    const [issued, corrected] = [rated(100n), rated(112n)];
    const note = subtract(corrected, issued);
    expect([issued, corrected, note].map(formatMoney)).toEqual(['422.18', '472.84', '50.66']);
    expect(add(issued, note)).toEqual(corrected);
    expect(formatMoney(add(note, negate(note)))).toBe('0.00');
  });

  it('a meter that was replaced in mid-month: each epoch counts from its own opening', () => {
    // old: 99 990 → 99 998.5 at 0.1 kWh a count; new: 12 → 40 at 1 kWh a count: 8.5 + 28 = 36.5 kWh
    const old = quantitySince(999_900n, 999_985n, ratio(100n, 1n));
    const replaced = quantitySince(12n, 40n, ratio(1_000n, 1n));
    const used = sumQuantity('Wh', [quantity(old, 'Wh'), quantity(replaced, 'Wh')]);
    expect(formatQuantity(used)).toBe('36.500');
  });

  it('a register of six digits that rolled over: the count goes on above its modulus', () => {
    // 999 990 → 15 is 999 990 → 1 000 015: 25 counts of 10 Wh
    expect(quantitySince(999_990n, 15n + 1_000_000n, ratio(10n, 1n))).toBe(250n);
  });

  it('property: a month shared by days sums to the rent, whoever moves in or out on any day', () => {
    const moves = fc.uniqueArray(fc.integer({ min: 2, max: 31 }), { maxLength: 6 });
    const rent = fc.bigInt({ min: 1n, max: 10_000_000n });
    fc.assert(
      fc.property(moves, rent, (cuts, amount) => {
        const month = localMonth('2026-01', BANGKOK);
        const edges = [1, ...cuts.toSorted((a, b) => a - b)].map((day) =>
          startOfDay(Temporal.PlainDate.from({ year: 2026, month: 1, day }), BANGKOK),
        );
        const stays = edges.map((start, index) => ({ start, end: edges[index + 1] ?? month.end }));
        const weights = stays.map((each) => BigInt(days(intersect(month, each) ?? each)));
        const parts = allocateUnits(amount, weights, [...weights.keys()]);
        expect(weights.reduce((a, b) => a + b)).toBe(31n);
        expect(
          sum(
            'THB',
            parts.map((part) => money(part, 'THB')),
          ),
        ).toEqual(money(amount, 'THB'));
      }),
    );
  });
});
