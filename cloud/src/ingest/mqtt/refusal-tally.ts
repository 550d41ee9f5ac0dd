/** How often something was turned away at the door; of nobody where no gateway was believed. */
export interface RefusalCount {
  readonly gateway: string | null;
  readonly reason: string;
  readonly count: number;
}

/** A gateway has a row for each reason; beyond so many at a time they are counted under nobody. */
const MOST = 2_000;

/**
 * Adds up what the door turns away until somebody writes it down: a flood costs a number here, and one row an hour in the
 * database. What could not be written is kept, and goes with the next.
 */
export class RefusalTally {
  readonly #most: number;
  #counts = new Map<string, RefusalCount>();

  constructor(most = MOST) {
    this.#most = most;
  }

  add(reason: string, gateway: string | undefined): void {
    this.#note({ reason, gateway: gateway ?? null, count: 1 });
  }

  /** Takes what there is to be written; at a failure it is as if it had not been taken. */
  async flush(write: (counts: readonly RefusalCount[]) => Promise<void>): Promise<void> {
    if (this.#counts.size === 0) return;
    const taken = [...this.#counts.values()];
    this.#counts = new Map();
    try {
      await write(taken);
    } catch (error) {
      for (const each of taken) this.#note(each);
      throw error;
    }
  }

  #note({ reason, gateway, count }: RefusalCount): void {
    const own = `${gateway ?? ''} ${reason}`;
    const isFull = this.#counts.size >= this.#most && !this.#counts.has(own);
    const key = isFull ? ` ${reason}` : own;
    const known = this.#counts.get(key);
    this.#counts.set(key, { reason, gateway: isFull ? null : gateway, count: (known?.count ?? 0) + count });
  }
}
