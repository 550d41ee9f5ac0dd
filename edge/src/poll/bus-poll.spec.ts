import { valueAt } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import {
  boundaries,
  makeMeter,
  START_US,
  START_UTC,
  truthWh,
  VirtualLine,
} from '../../test/poll/virtual-line.ts';

const building = (count: number, options: object = {}) =>
  Array.from({ length: count }, (_, i) =>
    makeMeter(i + 1, { of: count, config: { role: i === 0 ? 'main' : 'sub' }, ...options }),
  );

const QUARTER = 900_000;

describe('a line of meters', () => {
  it('reads everything at once after the start, and then each class at its interval', () => {
    const line = new VirtualLine(building(12)).run(3600);
    for (let n = 1; n <= 12; n += 1) {
      const gauges = line.entries.filter(
        ({ kind, ...entry }) =>
          kind === 'gauge' &&
          'point' in entry &&
          entry.point === line.poll.meters[n - 1]?.points.get('voltage')?.id,
      );
      expect(gauges.length).toBeGreaterThanOrEqual(60);
      expect(gauges.length).toBeLessThanOrEqual(62);
      for (const [i, gauge] of gauges.entries()) {
        const before = gauges[i - 1];
        if (before && i > 1) expect(gauge.at.mono - before.at.mono).toBeLessThan(66_000);
      }
    }
    expect(line.log.every(({ ok }) => ok)).toBe(true);
  });

  it('spreads the meters over the minute', () => {
    const line = new VirtualLine(building(30)).run(600);
    const perSecond = new Map<number, number>();
    for (const { kind, fromUs, tookUs } of line.log) {
      if (kind !== 'visit' || fromUs < START_US + 120e6) continue;
      const second = Math.floor(fromUs / 2e6);
      perSecond.set(second, (perSecond.get(second) ?? 0) + tookUs);
    }
    const loads = [...perSecond.values()].toSorted((a, b) => a - b);
    const median = loads[Math.floor(loads.length / 2)] ?? 0;
    expect(loads.at(-3)).toBeLessThan(12 * median);
  });

  it('sweeps every quarter hour: main meters first and last, all others once, each with its own time', () => {
    const made = building(20);
    const line = new VirtualLine(made).run(2 * 3600);
    const rows = boundaries(line);
    const quarters = [...new Set(rows.map(({ boundary }) => boundary))];
    expect(quarters).toHaveLength(8);
    expect(quarters.every((quarter) => quarter % QUARTER === 0)).toBe(true);
    expect(line.finished).toEqual(quarters);
    for (const quarter of quarters) {
      const own = rows.filter(({ boundary }) => boundary === quarter);
      expect(own.map(({ pass }) => pass)).toEqual(['first', ...Array(19).fill('only'), 'last']);
      expect(new Set(own.map(({ point }) => point)).size).toBe(20);
      for (const { at, bracket, value, quality, rereads } of own) {
        const late = at.mono + (line.offset ?? 0) - quarter;
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThan(3_000);
        expect(quality).toBe('good');
        expect(rereads).toEqual([]);
        const before = quarter - ((bracket?.at ?? 0) + (line.offset ?? 0));
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(4_000);
        expect(value).not.toBeNull();
      }
    }
  });

  it('interpolates to the count that the meter truly had', () => {
    const made = building(8);
    for (const { real } of made) real.watts = 15_000;
    const line = new VirtualLine(made).run(3600);
    for (const { boundary, at, value, bracket, point } of boundaries(line)) {
      const offset = line.offset ?? 0;
      const real = made.find(({ poll }) => [...poll.points.values()].some(({ id }) => id === point))?.real;
      const truth = real ? truthWh(real, (boundary - offset) * 1000) : 0n;
      const reading = { at: at.mono + offset, count: value ?? '' };
      const { value: found } = valueAt(
        boundary,
        reading,
        bracket && { at: bracket.at + offset, count: bracket.count },
      );
      const difference = Number(BigInt(found ?? 0) - truth);
      expect(Math.abs(difference)).toBeLessThanOrEqual(4);
    }
  });

  it('never sends one reading of a point twice', () => {
    const line = new VirtualLine(building(10)).run(4 * 3600);
    const seen = new Set<string>();
    for (const entry of line.entries) {
      if (entry.kind === 'event') continue;
      const key = `${entry.point}/${entry.at.mono}`;
      expect(seen.has(key)).toBe(false);
      seen.add(key);
    }
    expect(line.entries.length).toBeGreaterThan(10 * 4 * 60 * 4);
  });
});

it('begins in the middle of a quarter without sweeping for the one before', () => {
  const line = new VirtualLine(building(3)).run(90);
  expect(line.utc).toBeLessThan(START_UTC + 100_000);
  expect(boundaries(line)).toEqual([]);
});
