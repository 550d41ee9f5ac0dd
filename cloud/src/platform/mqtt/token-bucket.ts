/**
 * A rate with a reserve. What is spent may exceed what is there; then the answer is how long to wait before anything
 * more is taken, so that a sender is slowed down and never cut off.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #level: number;
  #at: number;

  constructor(perSecond: number, most: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#level = most;
    this.#at = nowMs;
  }

  /** How many milliseconds to wait until it is paid. */
  spend(amount: number, nowMs: number): number {
    this.#fill(nowMs);
    this.#level -= amount;
    return this.#level >= 0 ? 0 : Math.ceil((-this.#level * 1_000) / this.#perSecond);
  }

  /** Takes it if it is there, and nothing if it is not. */
  take(amount: number, nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  isFull(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#level >= this.#most;
  }

  #fill(nowMs: number): void {
    const passed = Math.max(0, nowMs - this.#at);
    this.#at = Math.max(nowMs, this.#at);
    this.#level = Math.min(this.#most, this.#level + (passed * this.#perSecond) / 1_000);
  }
}
