interface Waiting {
  readonly bytes: number;
  readonly granted: () => void;
}

/** Bytes that all connections together may hold of large packets. Who comes first is served first. */
export class ByteBudget {
  readonly #most: number;
  #free: number;
  readonly #waiting = new Set<Waiting>();

  constructor(most: number) {
    this.#most = most;
    this.#free = most;
  }

  /**
   * True: taken. False: `granted` is called when it was, unless `cancel` came before. What is more than there ever is,
   * takes all there is.
   */
  take(bytes: number, granted: () => void): { readonly taken: boolean; cancel(): void } {
    const wanted = Math.min(bytes, this.#most);
    if (this.#waiting.size === 0 && this.#free >= wanted) {
      this.#free -= wanted;
      return { taken: true, cancel: () => {} };
    }
    const waiting = { bytes: wanted, granted };
    this.#waiting.add(waiting);
    return { taken: false, cancel: () => this.#forget(waiting) };
  }

  give(bytes: number): void {
    this.#free += Math.min(bytes, this.#most);
    this.#serve();
  }

  get used(): number {
    return this.#most - this.#free;
  }

  #forget(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    this.#serve();
  }

  #serve(): void {
    for (const waiting of this.#waiting) {
      if (waiting.bytes > this.#free) return;
      this.#waiting.delete(waiting);
      this.#free -= waiting.bytes;
      waiting.granted();
    }
  }
}
