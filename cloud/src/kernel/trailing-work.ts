/**
 * Work that an answer must not wait for, since the time it takes would tell what was found. One after another and only so
 * much of it; whoever stops the process waits for `settled`. What has trouble is told there, and lost otherwise.
 */
export class TrailingWork {
  readonly #most: number;
  readonly #trouble: unknown[] = [];
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(most = 1_000) {
    this.#most = most;
  }

  /** False: there is so much to do that this is not taken on. */
  add(work: () => Promise<unknown>): boolean {
    if (this.#waiting >= this.#most) return false;
    this.#waiting += 1;
    this.#last = this.#last.then(async () => {
      try {
        // The answer goes out first.
        await new Promise(setImmediate);
        await work();
      } catch (error) {
        if (this.#trouble.length < MOST_TROUBLE) this.#trouble.push(error);
      } finally {
        this.#waiting -= 1;
      }
    });
    return true;
  }

  /** When all that was taken on until now is done. Throws what went wrong since it was asked before. */
  async settled(): Promise<void> {
    await this.#last;
    const trouble = this.#trouble.splice(0);
    if (trouble.length > 0) throw new AggregateError(trouble, 'work after an answer failed');
  }
}

const MOST_TROUBLE = 20;
