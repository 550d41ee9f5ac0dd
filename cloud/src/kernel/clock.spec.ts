import { describe, expect, it } from 'vitest';
import { fixedClock, movableClock, systemClock } from './clock.ts';

describe('clocks', () => {
  it('the fixed one stands', () => {
    const clock = fixedClock('2026-11-05T00:00:00Z');
    expect(clock.now().toString()).toBe('2026-11-05T00:00:00Z');
    expect(clock.now()).toEqual(clock.now());
    expect(clock.monotonicMs()).toBe(clock.monotonicMs());
  });

  it('the movable one lets time pass on both hands', () => {
    const clock = movableClock('2026-11-05T00:00:00Z');
    clock.advance({ hours: 25, milliseconds: 5 });
    expect(clock.now().toString()).toBe('2026-11-06T01:00:00.005Z');
    expect(clock.monotonicMs()).toBe(25 * 3_600_000 + 5);
    clock.advance('PT1S');
    expect(clock.monotonicMs()).toBe(25 * 3_600_000 + 1005);
  });

  it('setting the wall clock lets no time pass', () => {
    const clock = movableClock('2026-11-05T00:00:00Z');
    clock.advance({ seconds: 1 });
    clock.set('2020-01-01T00:00:00Z');
    expect(clock.now().toString()).toBe('2020-01-01T00:00:00Z');
    expect(clock.monotonicMs()).toBe(1000);
  });

  it('time does not pass backwards', () => {
    const clock = movableClock('2026-11-05T00:00:00Z');
    expect(() => clock.advance({ seconds: -1 })).toThrow('does not pass backwards');
  });

  it('the monotonic hand of the system never goes back', () => {
    const first = systemClock.monotonicMs();
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(first);
    expect(systemClock.now().epochMilliseconds).toBeGreaterThan(Date.UTC(2026, 0, 1));
  });
});
