import { expect, it } from 'vitest';
import { calendarOf, DAY_MS, HOUR_MS, isWeekend, weekdayOf } from './calendar.ts';
import type { PlaceConfig } from './config.schema.ts';
import { electricsOf } from './electrics.ts';
import type { Medium } from './flow.ts';
import { plantPlaces } from './places.ts';
import { Supply } from './supply.ts';
import { temperatures } from './weather.ts';

const SINCE = Date.parse('2026-01-01T00:00:00+07:00');
const calendar = calendarOf('+07:00');
const rooms: PlaceConfig[] = Array.from({ length: 60 }, (_, i) => ({
  id: `r-${i}`,
  kind: 'room',
  in: 'house',
  people: 1 + (i % 2),
  pattern: 'worker',
}));
const tree = plantPlaces([{ id: 'house', kind: 'group' }, ...rooms], { seed: 11, calendar });
const supplies = {
  electricity: new Supply('electricity', tree, calendar, SINCE),
  water: new Supply('water', tree, calendar, SINCE),
};

/** kWh or m³ of all rooms. */
function between(medium: Medium, from: number, to: number): number {
  const house = tree.byId.get('house') ?? expect.fail();
  const grains = supplies[medium].quantity(house, 0, to) - supplies[medium].quantity(house, 0, from);
  return Number(grains / 60_000n) / (medium === 'water' ? 1e9 : 1e6);
}

const day = (text: string): number => Date.parse(`${text}T00:00:00+07:00`);

it('a room of a worker takes what such rooms take', () => {
  const perRoomAndDay = between('electricity', day('2026-04-01'), day('2026-05-01')) / 60 / 30;
  expect(perRoomAndDay).toBeGreaterThan(3);
  expect(perRoomAndDay).toBeLessThan(9);
  // Thai homes: 100 to 250 L a person and day.
  const litres = (1_000 * between('water', day('2026-04-01'), day('2026-05-01'))) / 90 / 30;
  expect(litres).toBeGreaterThan(80);
  expect(litres).toBeLessThan(250);
}, 60_000);

it('nights are for cooling, mornings for showers, afternoons of weekdays for nothing', () => {
  const tuesday = day('2026-04-07');
  const hour = (medium: Medium, at: number): number =>
    between(medium, tuesday + at * HOUR_MS, tuesday + (at + 1) * HOUR_MS);
  expect(hour('electricity', 2)).toBeGreaterThan(2 * hour('electricity', 10));
  expect(hour('electricity', 6)).toBeGreaterThan(3 * hour('electricity', 10));
  expect(hour('water', 6)).toBeGreaterThan(5 * hour('water', 3));
  const sunday = day('2026-04-12');
  expect(between('electricity', sunday + 13 * HOUR_MS, sunday + 17 * HOUR_MS)).toBeGreaterThan(
    1.5 * between('electricity', tuesday + 13 * HOUR_MS, tuesday + 17 * HOUR_MS),
  );
});

it('the hot season takes more than the cool one', () => {
  expect(between('electricity', day('2026-04-01'), day('2026-05-01'))).toBeGreaterThan(
    1.15 * between('electricity', day('2026-01-01'), day('2026-01-31')),
  );
});

it('an empty room has only what stays plugged in, and no water', () => {
  const empty = [{ from: '2026-02-01T00:00:00+07:00', to: '2026-03-01T00:00:00+07:00' }];
  const one = plantPlaces([{ id: 'r', kind: 'room', people: 2, pattern: 'home', empty }], {
    seed: 1,
    calendar,
  });
  const place = one.byId.get('r') ?? expect.fail();
  const electricity = new Supply('electricity', one, calendar, SINCE);
  const water = new Supply('water', one, calendar, SINCE);
  const [from, to] = [day('2026-02-01'), day('2026-03-01')];
  // 5 W, as whole mWh a minute.
  expect(electricity.quantity(place, 0, to) - electricity.quantity(place, 0, from)).toBe(
    28n * 1_440n * 83n * 60_000n,
  );
  expect(water.quantity(place, 0, to)).toBe(water.quantity(place, 0, from));
  expect(water.quantity(place, 0, to + 3 * DAY_MS)).toBeGreaterThan(water.quantity(place, 0, to));
});

it.each([0, 300, 5_000, 90_000, 3_500_000, 40_000_000])(
  '%i mW: P = V · I · PF within the last digits',
  (power) => {
    for (let at = SINCE; at < SINCE + DAY_MS; at += 997_000) {
      const seen = electricsOf(3, power, 1, at);
      const { voltageMv, currentMa, powerMw, powerFactor, apparentMva, reactiveMvar, frequencyMhz } = seen;
      expect(powerMw).toBe(power);
      const product = (voltageMv * currentMa * powerFactor) / 1e7;
      // Half a mA and half a ten-thousandth.
      expect(Math.abs(product - power)).toBeLessThanOrEqual(voltageMv / 1_000 + apparentMva / 10_000);
      expect(Math.abs(Math.hypot(power, reactiveMvar) - apparentMva)).toBeLessThanOrEqual(1);
      expect(powerFactor).toBeGreaterThan(0);
      expect(powerFactor).toBeLessThanOrEqual(10_000);
      expect(voltageMv).toBeGreaterThan(200_000);
      expect(voltageMv).toBeLessThan(240_000);
      expect(Math.abs(frequencyMhz - 50_000)).toBeLessThan(100);
    }
  },
);

it('weeks and weather are those of Bangkok', () => {
  const thursday = Math.floor(Date.parse('2026-11-19') / DAY_MS);
  expect(weekdayOf(thursday)).toBe(4);
  expect([0, 1, 2, 3].map((later) => isWeekend(thursday + later))).toEqual([false, false, true, true]);
  for (let at = thursday - 400; at < thursday; at += 1) {
    const heat = temperatures(9, at);
    expect(Math.max(...heat)).toBeLessThan(40);
    expect(Math.min(...heat)).toBeGreaterThan(15);
    expect(heat[14]).toBeGreaterThan(heat[4] ?? 99);
  }
});
