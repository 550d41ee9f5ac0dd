import { Temporal } from 'temporal-polyfill';

/** The only source of time. Injected, so that a test, a replay and a re-rating decide what "now" is. */
export interface Clock {
  now(): Temporal.Instant;
  /** Milliseconds of a counter that never steps, for durations and deadlines; its zero means nothing. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Temporal.Now.instant(),
  monotonicMs: () => performance.now(),
};

export interface MovableClock extends Clock {
  /** Time passes. */
  advance(duration: Temporal.DurationLike | string): void;
  /** The wall clock is set, as by NTP or by hand: no time passes. */
  set(instant: Temporal.Instant | string): void;
}

export function movableClock(start: Temporal.Instant | string): MovableClock {
  let now = Temporal.Instant.from(start);
  let monotonic = 0;
  return {
    now: () => now,
    monotonicMs: () => monotonic,
    advance(duration) {
      const length = Temporal.Duration.from(duration);
      if (length.sign < 0) throw new RangeError('time does not pass backwards; use set() to step the clock');
      now = now.add(length);
      monotonic += length.total({ unit: 'millisecond' });
    },
    set(instant) {
      now = Temporal.Instant.from(instant);
    },
  };
}

export function fixedClock(instant: Temporal.Instant | string): Clock {
  const now = Temporal.Instant.from(instant);
  return { now: () => now, monotonicMs: () => 0 };
}
