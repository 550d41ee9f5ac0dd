import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Anchor,
  ClockWatch,
  type Confirmation,
  movableClock,
  type SyncSource,
  systemClock,
  uncertaintyAt,
} from './clock.ts';

const NOON = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the system clock', () => {
  const kernel = (over: object) => ({
    bootId: () => 'b1',
    hrtimeNs: () => 5_000_000_000n,
    wallMs: () => NOON,
    uptimeNs: () => 5_000_000_000n as bigint | undefined,
    ...over,
  });

  it('counts on over processes of one boot', () => {
    const [a, b] = [
      systemClock(kernel({})),
      systemClock(kernel({ hrtimeNs: () => 9_000_000_000n, uptimeNs: () => 9_000_000_000n })),
    ];
    expect(a.now()).toEqual({ boot: 'b1', mono: 5_000, wall: NOON });
    expect(b.now().mono - a.now().mono).toBe(4_000);
  });

  it('counts the time that the machine slept, and never goes back', () => {
    let [raw, up] = [5_000_000_000n, 5_000_000_000n];
    const clock = systemClock(kernel({ hrtimeNs: () => raw, uptimeNs: () => up }));
    expect(clock.now().mono).toBe(5_000);
    raw += 2_000_000_000n;
    up += 3_602_000_000_000n;
    expect(clock.now().mono).toBe(7_000 + HOUR);
    // The coarse grain of the other counter is no sleep.
    raw += 2_000_000_000n;
    up += 1_990_000_000n;
    expect(clock.now().mono).toBe(9_000 + HOUR);
    // A container may be told an uptime of its own.
    const jailed = systemClock(kernel({ uptimeNs: () => 1_000_000_000n }));
    expect(jailed.now().mono).toBe(5_000);
    expect(systemClock(kernel({ uptimeNs: () => undefined })).now().mono).toBe(5_000);
  });

  it('takes no pause of its own process for sleep of the machine', () => {
    let raw = 5_000_000_000n;
    // Another process has the processor for half a second, between one counter and the other.
    const uptimeNs = () => {
      raw += 500_000_000n;
      return raw;
    };
    const clock = systemClock(kernel({ hrtimeNs: () => raw, uptimeNs }));
    clock.now();
    raw = 60_000_000_000n;
    const { mono } = clock.now();
    expect(mono).toBeGreaterThanOrEqual(60_000);
    expect(mono).toBeLessThanOrEqual(60_500);
    expect(Number(clock.monoNs() / 1_000_000n)).toBe(60_500);
  });

  it('reads both counters at one moment', () => {
    let [passed, paused] = [0, 3];
    const at = () => 5_000_000_000n + BigInt(passed) * 1_000_000n;
    const wallMs = () => {
      // Three times in a row somebody else has the processor in between.
      if (paused > 0) {
        paused -= 1;
        passed += 300;
      }
      return NOON + passed;
    };
    const clock = systemClock(kernel({ hrtimeNs: at, uptimeNs: () => undefined, wallMs }));
    const { mono, wall } = clock.now();
    expect(wall - NOON).toBe(mono - 5_000);
  });

  it('does not wait for ever for a quiet moment', () => {
    let passed = 0;
    const wallMs = () => {
      passed += 300;
      return NOON + passed;
    };
    const hrtimeNs = () => 5_000_000_000n + BigInt(passed) * 1_000_000n;
    const { mono, wall } = systemClock(kernel({ hrtimeNs, uptimeNs: () => undefined, wallMs })).now();
    expect(Math.abs(wall - NOON - (mono - 5_000))).toBeLessThanOrEqual(150);
  });

  it('runs on this machine', () => {
    const clock = systemClock();
    const [a, b] = [clock.monoNs(), clock.monoNs()];
    expect(b >= a).toBe(true);
    expect(clock.boot).not.toBe('');
    expect(Math.abs(clock.now().wall - Date.now())).toBeLessThan(1_000);
  });
});

describe('the watch', () => {
  function watched(resume?: Anchor) {
    const clock = movableClock(NOON);
    let said: Confirmation | undefined;
    let n = 0;
    const watch = new ClockWatch(clock, { sources: [() => said], resume });
    const confirm = (uncertainty = 50) => {
      n += 1;
      said = { source: 'ntp', uncertainty, mark: `mark ${n}` };
    };
    const silence = () => {
      said = undefined;
    };
    return { clock, watch, confirm, silence };
  }

  it('knows nothing until somebody confirms the time', () => {
    const { clock, watch, confirm } = watched();
    expect(watch.check()).toEqual([]);
    expect(watch.state()).toEqual({ synced: false, uncertainty: null, source: 'none' });
    expect(watch.utc()).toBeUndefined();
    clock.advance(60_000);
    confirm();
    expect(watch.check()).toMatchObject([
      { kind: 'anchored', anchor: { utc: NOON + 60_000, source: 'ntp', uncertainty: 50 } },
    ]);
    clock.advance(1_000);
    expect(watch.check()).toEqual([]);
    expect(watch.utc()).toBe(NOON + 61_000);
  });

  it('anchors anew every hour, and when the clock has been corrected', () => {
    const { clock, watch, confirm } = watched();
    confirm();
    watch.check();
    clock.advance(HOUR - 1);
    expect(watch.check()).toEqual([]);
    clock.advance(1);
    expect(watch.check()).toHaveLength(1);
    clock.setWall(clock.wallMs() + 400);
    expect(watch.check()).toMatchObject([{ kind: 'anchored', anchor: { utc: NOON + HOUR + 400 } }]);
  });

  it.each([DAY, -DAY, HOUR, -HOUR, 1_500, -1_500])(
    'does not follow a wall clock that is moved by %i ms',
    (by) => {
      const { clock, watch, confirm } = watched();
      confirm();
      watch.check();
      clock.advance(10_000);
      clock.setWall(clock.wallMs() + by);
      expect(watch.check()).toEqual([{ kind: 'stepped', by }]);
      clock.advance(2 * HOUR);
      expect(watch.check()).toEqual([]);
      expect(watch.utc()).toBe(NOON + 10_000 + 2 * HOUR);
      // The source puts it right and says so.
      clock.setWall(NOON + 10_000 + 2 * HOUR + 30);
      confirm();
      const events = watch.check();
      expect(events).toMatchObject([
        { kind: 'stepped', by: -by + 30 },
        { kind: 'anchored', anchor: { utc: NOON + 10_000 + 2 * HOUR + 30, step: 30 } },
      ]);
    },
  );

  it('takes the first correction of a clock that came up wrong', () => {
    const { clock, watch, confirm } = watched();
    clock.setWall(Date.UTC(2020, 0, 1));
    watch.check();
    clock.advance(5_000);
    clock.setWall(NOON);
    confirm();
    expect(watch.check()).toMatchObject([{ kind: 'stepped' }, { kind: 'anchored', anchor: { utc: NOON } }]);
  });

  it('goes on after a restart of the process, and sees what was moved in between', () => {
    const anchor: Anchor = { mono: 0, utc: NOON - 1_000, uncertainty: 20, source: 'ntp' };
    const quiet = watched(anchor);
    quiet.confirm();
    expect(quiet.watch.check()).toEqual([]);
    expect(quiet.watch.utc()).toBe(NOON);
    const moved = watched(anchor);
    moved.clock.setWall(NOON + DAY);
    moved.confirm();
    expect(moved.watch.check()).toEqual([{ kind: 'stepped', by: DAY }]);
    expect(moved.watch.utc()).toBe(NOON);
  });

  it('writes down what it learns from the hub, not each of its receipts', () => {
    const clock = movableClock(NOON);
    const watch = new ClockWatch(clock, { sources: [] });
    let records = 0;
    for (let minute = 0; minute < 240; minute += 1) {
      const jitter = (minute * 37) % 50;
      records += watch.hear(clock.wallMs(), 130 + jitter, clock.now().mono).length;
      clock.advance(60_000);
    }
    expect(records).toBeLessThanOrEqual(4);
    expect(watch.hear(clock.wallMs(), 20, clock.now().mono)).toHaveLength(1);
  });

  it('takes no turns between a time server and a hub that is near', () => {
    const clock = movableClock(NOON);
    let mark = 0;
    const ntp: SyncSource = () => ({ source: 'ntp', uncertainty: 50, mark: `at ${mark}` });
    const watch = new ClockWatch(clock, { sources: [ntp] });
    let records = watch.check().length;
    for (let second = 0; second < 1_800; second += 1) {
      clock.advance(1_000);
      if (second % 64 === 0) mark += 1;
      records += watch.check().length + watch.hear(clock.wallMs(), 5, clock.now().mono).length;
    }
    expect(records).toBe(1);
    expect(watch.state().source).toBe('ntp');
  });

  it('takes the word of a time server over that of a person at once', () => {
    const clock = movableClock(NOON);
    let asked = false;
    const person: SyncSource = () => ({ source: 'person', uncertainty: 1_000, mark: 'trusted' });
    const ntp: SyncSource = () => (asked ? { source: 'ntp', uncertainty: 50, mark: 'a' } : undefined);
    const watch = new ClockWatch(clock, { sources: [ntp, person] });
    watch.check();
    expect(watch.state().source).toBe('person');
    asked = true;
    clock.advance(1_000);
    expect(watch.check()).toMatchObject([{ anchor: { source: 'ntp' } }]);
  });

  it('does not go back to the word of a person when the hub knows better', () => {
    const clock = movableClock(NOON);
    const person: SyncSource = () => ({ source: 'person', uncertainty: 1_000, mark: 'trusted' });
    const watch = new ClockWatch(clock, { sources: [person] });
    expect(watch.check()).toMatchObject([{ anchor: { source: 'person' } }]);
    clock.advance(3_000);
    expect(watch.hear(clock.wallMs(), 150, clock.now().mono)).toMatchObject([{ anchor: { source: 'hub' } }]);
    for (let second = 0; second < 7_200; second += 1) {
      clock.advance(1_000);
      expect(watch.check()).toEqual([]);
    }
    expect(watch.state().source).toBe('hub');
  });

  it('takes the hub for want of better, and says when they disagree', () => {
    const { clock, watch, confirm } = watched();
    clock.setWall(0);
    expect(watch.hear(NOON, 2_000, clock.now().mono)).toMatchObject([
      { kind: 'anchored', anchor: { source: 'hub', utc: NOON, uncertainty: 2_000 } },
    ]);
    expect(watch.hear(NOON + 500, 2_000, clock.now().mono)).toEqual([]);
    clock.setWall(NOON + 300);
    confirm();
    expect(watch.check()).toMatchObject([{ kind: 'anchored', anchor: { source: 'ntp', utc: NOON + 300 } }]);
    clock.advance(1_000);
    expect(watch.hear(NOON + DAY, 2_000, clock.now().mono)).toMatchObject([
      { kind: 'disagrees', source: 'hub' },
    ]);
    expect(watch.state().source).toBe('ntp');
  });

  it('says how far it may be off, more with every hour without a source', () => {
    const { clock, watch, confirm, silence } = watched();
    confirm(20);
    watch.check();
    silence();
    clock.advance(DAY);
    watch.check();
    expect(watch.state()).toEqual({ synced: true, uncertainty: 20 + 1_728, source: 'ntp' });
    fc.assert(
      fc.property(fc.nat(DAY), fc.nat(DAY), (a, b) => {
        const anchor = { mono: 0, utc: NOON, uncertainty: 5 };
        const [near, far] = [Math.min(a, b), Math.max(a, b)];
        expect(uncertaintyAt(anchor, near)).toBeLessThanOrEqual(uncertaintyAt(anchor, far));
      }),
    );
  });
});
