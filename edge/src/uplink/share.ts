/** No more than this of an unused share is saved up. */
const BURST_MS = 2_000;

/** Bytes a second. A large piece may go when anything is left, and is paid off before the next. */
export class Share {
  #perSecond: number;
  #left: number;
  #at: number;

  constructor(bytesPerSecond: number, now: number) {
    this.#perSecond = bytesPerSecond;
    this.#left = 0;
    this.#at = now;
  }

  set perSecond(bytes: number) {
    this.#perSecond = bytes;
    this.#left = Math.min(this.#left, this.#burst);
  }

  /** 0: something may go now. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#left > 0 ? 0 : Math.ceil(((1 - this.#left) * 1_000) / this.#perSecond);
  }

  /** Pieces of this size that have been saved up for; one may always go on credit. */
  afford(bytes: number): number {
    return Math.max(1, Math.floor(this.#left / bytes));
  }

  spend(bytes: number, now: number): void {
    this.#refill(now);
    this.#left -= bytes;
  }

  get #burst(): number {
    return (this.#perSecond * BURST_MS) / 1_000;
  }

  #refill(now: number): void {
    const passed = Math.max(0, now - this.#at);
    this.#left = Math.min(this.#burst, this.#left + (passed * this.#perSecond) / 1_000);
    this.#at = Math.max(this.#at, now);
  }
}
