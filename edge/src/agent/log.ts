export type Log = (level: 'info' | 'warn', line: string) => void;

/** Says what failed once, not at each of its repeats; a success in between makes it news again. */
export class Complaints {
  readonly #log: Log;
  readonly #said = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs it; what it throws is told and not passed on. */
  async guard(what: string, work: () => unknown): Promise<void> {
    try {
      await work();
      this.#said.delete(what);
    } catch (error) {
      this.tell(what, error instanceof Error ? error.message : String(error));
    }
  }

  tell(what: string, problem: string): void {
    if (this.#said.get(what) === problem) return;
    this.#said.set(what, problem);
    this.#log('warn', `${what}: ${problem}`);
  }

  /** A condition that lasts: told when it begins, when it becomes another, and when it is over. */
  state(what: string, problem: string | undefined, over: string): void {
    if (problem !== undefined) this.tell(what, problem);
    else if (this.#said.delete(what)) this.#log('info', `${what}: ${over}`);
  }
}
