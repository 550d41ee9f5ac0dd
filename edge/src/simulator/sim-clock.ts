import type { WireClock } from '../wire/moment.ts';

/** The building’s time: real, or faster. Follows the monotonic clock, so that a stepping wall clock cannot bend it. */
export class SimClock {
  readonly start: number;
  readonly speed: number;
  readonly #clock: WireClock;
  readonly #begunNs: bigint;

  constructor(clock: WireClock, start: number, speed: number) {
    this.#clock = clock;
    this.start = start;
    this.speed = speed;
    this.#begunNs = clock.monoNs();
  }

  /** Whole UTC ms. */
  readonly now = (): number =>
    this.start + Math.floor((Number(this.#clock.monoNs() - this.#begunNs) / 1e6) * this.speed);
}
