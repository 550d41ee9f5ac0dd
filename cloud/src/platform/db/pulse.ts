/** The waiting of a loop: ends after a time, or at once when something happened or the loop is to stop. */
export class Pulse {
  readonly #end = Promise.withResolvers<void>();
  #stopped = false;
  #beaten = false;
  #wakeUp: (() => void) | undefined;

  get stopped(): boolean {
    return this.#stopped;
  }

  get untilStopped(): Promise<void> {
    return this.#end.promise;
  }

  /** A beat between two waits is not lost: the next wait does not wait. */
  beat(): void {
    this.#beaten = true;
    this.#wakeUp?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#end.resolve();
    this.#wakeUp?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#beaten && !this.#stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wakeUp = undefined;
    }
    this.#beaten = false;
  }
}
