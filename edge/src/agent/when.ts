import type { Status } from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../store/index.ts';
import type { Timekeeper } from './timekeeper.ts';

export type Order = NonNullable<Status['order']>;

/** What puts a message into its place: the time, or, while nobody knows it, the boot and a number that grows. */
export class When {
  readonly #clock: Clock;
  readonly #time: Timekeeper;
  readonly #journal: Pick<Journal, 'id' | 'boot'>;
  #last = 0;

  constructor(clock: Clock, time: Timekeeper, journal: Pick<Journal, 'id' | 'boot'>) {
    this.#clock = clock;
    this.#time = time;
    this.#journal = journal;
  }

  /** Milliseconds since the boot began: a restarted agent goes on where it was. */
  order(): Order {
    this.#last = Math.max(this.#last + 1, this.#clock.now().mono);
    return { journal: this.#journal.id, boot: this.#journal.boot, n: this.#last };
  }

  said(): { at: number } | { at: null; order: Order } {
    const utc = this.#time.utc();
    return utc === undefined ? { at: null, order: this.order() } : { at: Math.trunc(utc) };
  }
}
