/** pino's number of `warn`, and of `fatal`. */
const WARN = 40;
const FATAL = 60;

/**
 * Keeps warnings and errors back while a process starts. A start that fails ends with one line of its own, which says
 * the same in words for a person; a start that succeeds in spite of them shows them in the log, in their order.
 */
export class LogHold {
  #held: (() => void)[] | undefined = [];

  /** Progress is shown as it happens, and what ends the process is never kept from anybody. */
  take(level: number, write: () => void): void {
    if (level >= FATAL) this.release();
    if (this.#held !== undefined && level >= WARN) this.#held.push(write);
    else write();
  }

  /** Shows what was held, and holds nothing from now on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }
}
