import { microseconds, type WireClock } from './moment.ts';

/** A timer of the event loop fires up to this much late: the rest of a wait is spent looking at the clock. */
const TIMER_SLACK_US = 1_300;
const LONGEST_MS = 60_000;

/** Waits until a moment or until rung, whichever is first. */
export class Alarm {
  readonly #clock: WireClock;
  #rung = false;
  #wake: (() => void) | null = null;

  constructor(clock: WireClock) {
    this.#clock = clock;
  }

  /** Also cuts short the next wait when nobody waits now, so that no ring is ever lost. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async until(atUs: number, precise: boolean): Promise<void> {
    while (!this.#rung) {
      const left = atUs - microseconds(this.#clock);
      if (left <= 0) break;
      if (precise && left <= TIMER_SLACK_US) await this.#turn();
      else await this.#timer(precise ? left - TIMER_SLACK_US : left);
    }
    this.#rung = false;
  }

  /** One round of the event loop: bytes that are there are read. */
  #turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  #timer(us: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.min(LONGEST_MS, Math.max(1, Math.floor(us / 1000))));
      const wake = done;
      function done() {
        clearTimeout(timer);
        resolve();
      }
      this.#wake = wake;
    });
  }
}
