import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundaries,
  type MadeMeter,
  makeMeter,
  SECOND,
  START_US,
  VirtualLine,
} from '../../test/poll/virtual-line.ts';
import { DEAD_SHARE } from './breaker.ts';

/** Simulated hours: more of them in make soak. */
const RUNS = process.env.METERLINE_SOAK ? 200 : 2;

const line = (count: number, change: (made: MadeMeter, n: number) => void, options: object = {}) => {
  const made = Array.from({ length: count }, (_, i) => makeMeter(i + 1, { of: count, ...options }));
  for (const [i, one] of made.entries()) change(one, i + 1);
  return { made, line: new VirtualLine(made) };
};

const dead = ({ real }: MadeMeter, fromUs = 0, toUs = Number.POSITIVE_INFINITY): void => {
  real.fault = (us) => (us >= fromUs && us < toUs ? 'timeout' : undefined);
};

const shareOf = (virtual: VirtualLine, units: readonly number[], fromUs: number): number => {
  const log = virtual.log.filter((exchange) => exchange.fromUs >= fromUs);
  const spent = log.filter(({ unit, ok }) => units.includes(unit) && !ok);
  return spent.reduce((sum, { tookUs }) => sum + tookUs, 0) / (virtual.us - fromUs);
};

describe('dead meters', { timeout: 60_000 }, () => {
  it.each([
    [1, 12],
    [3, 32],
    [10, 32],
    [31, 32],
  ])('%i of %i cost no more than the budget, on a line that is always full', (some, all) => {
    const { line: virtual } = line(all, (made, n) => n <= some && dead(made), { gaugeMs: 500 });
    virtual.run(1800);
    const units = Array.from({ length: some }, (_, i) => i + 1);
    expect(shareOf(virtual, units, START_US + 120 * SECOND)).toBeLessThanOrEqual(0.05);
    expect(shareOf(virtual, units, START_US + 600 * SECOND)).toBeLessThanOrEqual(DEAD_SHARE + 0.002);
  });

  it('property: whoever dies when, and answers now and then, the share holds', {
    timeout: 60_000 + RUNS * 5_000,
  }, () => {
    const sickness = fc.record({
      from: fc.integer({ min: 0, max: 600 }),
      odds: fc.integer({ min: 30, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(sickness, { minLength: 1, maxLength: 6 }), fc.nat(), (sick, seed) => {
        const { line: virtual } = line(
          12,
          ({ real }, n) => {
            const own = sick[n - 1];
            if (!own) return;
            let state = seed + n;
            real.fault = (us) => {
              state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
              return us > own.from * SECOND && state % 100 < own.odds ? 'timeout' : undefined;
            };
          },
          { gaugeMs: 500 },
        );
        virtual.run(3600);
        expect(
          shareOf(
            virtual,
            sick.map((_, i) => i + 1),
            START_US + 900 * SECOND,
          ),
        ).toBeLessThanOrEqual(0.06);
      }),
      { numRuns: RUNS },
    );
  });

  it('are tried again however noisy the line of the others is', () => {
    let n = 0;
    const until = START_US + 60 * SECOND;
    const { line: virtual, made } = line(
      8,
      (one, i) => {
        if (i === 8) dead(one, 0, until);
        else one.real.fault = () => (n++ % 20 === 0 ? 'crc' : undefined);
      },
      { gaugeMs: 500 },
    );
    virtual.run(180);
    expect(made[7]?.poll.breaker.open).toBe(false);
  });

  it.each([1, 3, 10])('%i of them come back by themselves within the bound', (some) => {
    const until = START_US + 1_000 * SECOND;
    const { line: virtual, made } = line(32, (one, n) => n <= some && dead(one, 0, until));
    virtual.run(1_000);
    expect(made.slice(0, some).every(({ poll }) => poll.breaker.open)).toBe(true);
    // Each try costs half a second of waiting, every fourth a whole one, and 3 % of the time is for tries.
    virtual.run(Math.max(60, (some * 1.01) / DEAD_SHARE) + 2);
    expect(made.every(({ poll }) => !poll.breaker.open)).toBe(true);
    expect(virtual.notices.filter(({ kind }) => kind === 'back')).toHaveLength(some);
  });

  it('are all tried at once when the line itself was cut and is back', () => {
    const until = START_US + 3_000 * SECOND;
    const { line: virtual, made } = line(40, (one) => dead(one, START_US + 500 * SECOND, until));
    virtual.run(3_000);
    expect(made.every(({ poll }) => poll.breaker.open)).toBe(true);
    virtual.run(75);
    expect(made.filter(({ poll }) => poll.breaker.open)).toHaveLength(0);
  });

  it('hold up the sweep by one time-out each at the most, and none once they are known', () => {
    const { line: virtual, made } = line(20, (one, n) => n === 5 && dead(one, START_US + 90 * SECOND));
    virtual.run(3600);
    const rows = boundaries(virtual);
    const offset = virtual.offset ?? 0;
    for (const boundary of new Set(rows.map((row) => row.boundary))) {
      const own = rows.filter((row) => row.boundary === boundary);
      expect(own).toHaveLength(19);
      const last = Math.max(...own.map(({ at }) => at.mono)) + offset - boundary;
      const sweepMs = 20 * 43;
      expect(last).toBeLessThan(sweepMs + (made[4]?.poll.turnaround.capMs ?? 0) + 600);
    }
  });

  it('are read for their boundary when they come back while it is near', () => {
    const { line: virtual, made } = line(
      10,
      (one, n) => n === 4 && dead(one, START_US, START_US + 130 * SECOND),
    );
    virtual.run(400);
    const rows = boundaries(virtual);
    const late = rows.filter(({ point }) => point === made[3]?.poll.points.get('energy_import_total')?.id);
    expect(rows).toHaveLength(10);
    expect(late).toHaveLength(1);
    expect(late[0]?.bracket).toBeNull();
  });

  it('does not hold meters to account for a port that is gone', () => {
    const { line: virtual, made } = line(5, () => {});
    virtual.run(60);
    virtual.portDown = true;
    virtual.run(600);
    expect(virtual.log.filter(({ ok }) => !ok).length).toBeLessThan(650);
    virtual.portDown = false;
    virtual.run(10);
    expect(made.every(({ poll }) => !poll.breaker.open && poll.lastRead !== null)).toBe(true);
    expect(virtual.notices.filter(({ kind }) => kind === 'silent')).toEqual([]);
  });
});

describe('time-outs', () => {
  it('follow what each meter takes, within floor and cap, and go back to the cap when it becomes slower', () => {
    const { line: virtual, made } = line(3, ({ real }, n) => {
      real.turnaroundUs = [5_000, 60_000, 700_000][n - 1] ?? 0;
      // Slower than what is waited for is silent.
      real.fault = (_, step) => (real.turnaroundUs / 1000 > step.timeoutMs ? 'timeout' : undefined);
    });
    virtual.run(3600);
    const timeouts = made.map(({ poll }) => poll.turnaround.timeoutMs);
    expect(timeouts[0]).toBe(42);
    expect(timeouts[1]).toBeGreaterThan(120);
    expect(timeouts[1]).toBeLessThan(180);
    const [quick] = made;
    if (quick) quick.real.turnaroundUs = 300_000;
    virtual.run(600);
    expect(quick?.poll.breaker.open).toBe(false);
    expect(quick?.poll.turnaround.timeoutMs).toBeGreaterThan(300);
  });
});
