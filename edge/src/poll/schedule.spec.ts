import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaries, makeMeter, SECOND, START_US, VirtualLine } from '../../test/poll/virtual-line.ts';

/** Simulated buildings: more of them in make soak. */
const RUNS = process.env.METERLINE_SOAK ? 500 : 6;

/** A building with its troubles, as fast-check draws it. */
const building = fc.record({
  meters: fc.integer({ min: 1, max: 14 }),
  mains: fc.integer({ min: 0, max: 2 }),
  gaugeMs: fc.constantFrom(1_000, 10_000, 60_000),
  counterMs: fc.constantFrom(60_000, 300_000, 600_000),
  turnaroundMs: fc.integer({ min: 1, max: 150 }),
  dead: fc.integer({ min: 0, max: 3 }),
  noise: fc.integer({ min: 0, max: 5 }),
  seed: fc.nat(),
});

type Building = typeof building extends fc.Arbitrary<infer T> ? T : never;

function lineOf({ meters, mains, gaugeMs, counterMs, turnaroundMs, dead, noise, seed }: Building) {
  let state = seed;
  const draw = (of: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % of;
  };
  const made = Array.from({ length: meters }, (_, i) => {
    const one = makeMeter(i + 1, {
      of: meters,
      gaugeMs,
      counterMs,
      config: { role: i < mains ? 'main' : 'sub' },
    });
    one.real.turnaroundUs = turnaroundMs * 1000;
    const isDead = i >= meters - dead;
    one.real.fault = () => (isDead ? 'timeout' : draw(100) < noise ? 'crc' : undefined);
    return one;
  });
  const living = made.slice(0, Math.max(0, meters - dead));
  return { line: new VirtualLine(made), made, living };
}

describe('property: whatever the building', { timeout: 60_000 + RUNS * 2_000 }, () => {
  it('each quarter has exactly one reading of each living point (two of a main meter), and nothing is sent twice', () => {
    fc.assert(
      fc.property(building, (drawn) => {
        const { line, living } = lineOf(drawn);
        line.keepLog = false;
        const hours = 3;
        line.run(hours * 3600);
        const rows = boundaries(line);
        const quarters = new Set(rows.map(({ boundary }) => boundary));
        if (living.length > 0) expect(quarters.size).toBe(hours * 4);
        for (const { poll } of living) {
          const point = poll.points.get('energy_import_total')?.id;
          const own = rows.filter((row) => row.point === point);
          const passes = poll.isMain ? ['first', 'last'] : ['only'];
          for (const quarter of quarters) {
            const found = own.filter(({ boundary }) => boundary === quarter).map(({ pass }) => pass);
            // Noise may take away the first of two; never is there one too many.
            if (drawn.noise === 0) expect(found).toEqual(passes);
            else expect(found.length >= 1 && found.every((pass, i) => found.indexOf(pass) === i)).toBe(true);
          }
        }
        const keys = line.entries.map((entry) =>
          entry.kind === 'event' ? '' : `${entry.point}/${entry.at.mono}`,
        );
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('no class starves, and the line never idles while something is due', () => {
    fc.assert(
      fc.property(building, (drawn) => {
        const { line, living } = lineOf({ ...drawn, noise: 0 });
        line.run(3600);
        const demand = line.poll.demand();
        const roundMs = line.log.reduce((sum, { tookUs }) => sum + tookUs, 0) / 1000;
        for (const { poll } of living) {
          for (const [name, point] of poll.points) {
            const times = line.entries.flatMap((entry) =>
              entry.kind !== 'event' && entry.point === point.id ? [entry.at.mono] : [],
            );
            const everyMs = name.startsWith('energy') ? drawn.counterMs : drawn.gaugeMs;
            const gaps = times.map((at, i) => at - (times[i - 1] ?? START_US / 1000));
            // Overload makes all intervals longer by about the same time, never without bound.
            const mostMs = everyMs * 1.6 + (demand > 0.9 ? 20_000 * demand : 0) + 3_000;
            expect(Math.max(...gaps)).toBeLessThan(mostMs);
          }
        }
        if (demand > 1.2 && drawn.dead === 0) expect(line.idleUs / 1000).toBeLessThan(0.02 * roundMs + 3_000);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('too much for the line', { timeout: 60_000 }, () => {
  it('shows as overload, with the intervals that are kept', () => {
    const made = Array.from({ length: 100 }, (_, i) => makeMeter(i + 1, { of: 100, gaugeMs: 3_000 }));
    const line = new VirtualLine(made).run(1800);
    expect(line.poll.demand()).toBeGreaterThan(1);
    const slips = made.flatMap(({ poll }) =>
      poll.groups.filter(({ kind }) => kind === 'gauge').map(({ slip }) => slip),
    );
    expect(Math.min(...slips)).toBeGreaterThan(0.2);
    const counters = made.flatMap(({ poll }) => poll.groups.filter(({ kind }) => kind === 'counter'));
    expect(Math.max(...counters.map(({ slip }) => slip))).toBeLessThan(0.2);
    expect(line.idleUs).toBeLessThan(5 * SECOND);
    expect(new Set(boundaries(line).map(({ boundary }) => boundary)).size).toBe(2);
    expect(boundaries(line)).toHaveLength(200);
  });
});

describe('somebody who watches', { timeout: 60_000 }, () => {
  it('gets fast samples of the watched meters until it is over, and costs the others little', () => {
    const made = Array.from({ length: 30 }, (_, i) => makeMeter(i + 1, { of: 30 }));
    const line = new VirtualLine(made).run(100);
    const points = new Set([...(made[2]?.poll.points.values() ?? [])].map(({ id }) => id));
    line.poll.watch({ points, everyMs: 1_000, untilUs: line.us + 60 * SECOND }, line.now());
    line.run(120);
    const volts = line.live.filter(({ unit }) => unit === 'mV');
    expect(volts.length).toBeGreaterThanOrEqual(59);
    expect(volts.length).toBeLessThanOrEqual(63);
    expect(line.live.every(({ point }) => points.has(point))).toBe(true);
    expect(line.poll.watched).toBeNull();
    const stored = line.entries.filter((entry) => entry.kind === 'gauge' && points.has(entry.point));
    expect(stored.length).toBeLessThan(4 * 6);
  });

  it('takes no more than its share of a full line', () => {
    const made = Array.from({ length: 40 }, (_, i) => makeMeter(i + 1, { of: 40, gaugeMs: 1_000 }));
    const line = new VirtualLine(made).run(60);
    const points = new Set(made.flatMap(({ poll }) => [...poll.points.values()].map(({ id }) => id)));
    const from = line.log.length;
    line.poll.watch({ points, everyMs: 500, untilUs: line.us + 600 * SECOND }, line.now());
    line.run(600);
    const log = line.log.slice(from);
    const spent = log.filter(({ kind }) => kind === 'watch').reduce((sum, { tookUs }) => sum + tookUs, 0);
    expect(spent / (600 * SECOND)).toBeGreaterThan(0.3);
    expect(spent / (600 * SECOND)).toBeLessThan(0.43);
  });
});
