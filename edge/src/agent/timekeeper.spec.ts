import { describe, expect, it } from 'vitest';
import { type Anchor, type Confirmation, movableClock } from '../clock.ts';
import { Timekeeper } from './timekeeper.ts';

const NOON = Date.UTC(2026, 0, 31, 12);

function keeper(confirmed: () => Confirmation | undefined, resume?: Anchor) {
  const clock = movableClock(NOON);
  const [written, lines]: [Anchor[], string[]] = [[], []];
  const disk = { full: false };
  const time = new Timekeeper({
    ...{ clock, resume },
    sources: [confirmed],
    journal: (anchor) => {
      if (disk.full) return false;
      written.push(anchor);
      return true;
    },
    log: (level, line) => lines.push(`${level} ${line}`),
  });
  return { clock, time, written, lines, disk };
}
const ntp = (mark = 'a'): Confirmation => ({ source: 'ntp', uncertainty: 50, mark });

describe('the timekeeper', () => {
  it('knows no time before somebody has said it', () => {
    const { time, written } = keeper(() => undefined);
    time.check();
    expect(time.utc()).toBeUndefined();
    expect(time.state()).toEqual({ synced: false, uncertainty: null, source: 'none' });
    expect(written).toEqual([]);
  });

  it('journals what it learns', () => {
    const { time, written, lines } = keeper(ntp);
    time.check();
    expect(written).toEqual([{ mono: 1_000, utc: NOON, uncertainty: 50, source: 'ntp' }]);
    expect(lines).toEqual(['info the time is 2026-01-31T12:00:00.000Z ± 50 ms, says ntp']);
  });

  it('tries again while the journal has no room, with the newest only', () => {
    let mark = 'a';
    const { clock, time, written, disk } = keeper(() => ntp(mark));
    disk.full = true;
    time.check();
    clock.advance(3_600_000);
    mark = 'b';
    time.check();
    expect(time.utc()).toBe(NOON + 3_600_000);
    disk.full = false;
    time.check();
    time.check();
    expect(written.map(({ utc }) => utc)).toEqual([NOON + 3_600_000]);
  });

  it('does not follow a wall clock that somebody moved', () => {
    const { clock, time, lines } = keeper(ntp);
    time.check();
    clock.setWall(NOON + 86_400_000);
    clock.advance(1_000);
    time.check();
    expect(time.utc()).toBe(NOON + 1_000);
    expect(lines).toContain('warn the wall clock was moved by 86400.0 s');
  });

  it('says once an hour that the hub is of another opinion', () => {
    const { clock, time, lines } = keeper(ntp);
    time.check();
    for (let minute = 0; minute < 61; minute += 1) {
      clock.advance(60_000);
      time.hear(clock.wallMs() + 600_000, 10, clock.now().mono);
    }
    expect(lines.filter((line) => line.includes("the hub's clock is 600.0 s away"))).toHaveLength(2);
  });

  it('goes on after a restart with what the journal holds', () => {
    const resume: Anchor = { mono: 500, utc: NOON - 500, uncertainty: 20, source: 'ntp' };
    const { time } = keeper(() => undefined, resume);
    expect(time.utc()).toBe(NOON);
  });
});
