import { lifecycleError } from './boot.errors.ts';

/** One part of the hub, by the name that an operator reads when it does not come up or does not stop. */
export interface Step {
  readonly name: string;
  readonly start?: () => Promise<void>;
  readonly stop?: () => Promise<void>;
  /** How long the start may take; most take milliseconds, migrations take as long as they take. */
  readonly startTimeoutMs?: number;
  /** What it waits for, in the words of the configuration: told when the wait is in vain. */
  readonly waitsFor?: string;
}

export interface StopReport {
  /** Steps that had not stopped when the time was up; the first of them held up the others. */
  readonly hung: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

export interface LifecycleListener {
  started?(name: string, milliseconds: number): void;
  stopped?(name: string, milliseconds: number): void;
}

const START_TIMEOUT_MS = 30_000;

/** Starts parts in order and stops those that were started in reverse: what a part stands on outlives it. */
export class Lifecycle {
  readonly #steps: readonly Step[];
  readonly #listener: LifecycleListener;
  readonly #started: Step[] = [];
  #aborted = false;
  #starting: Promise<void> | undefined;
  #stopping: Promise<StopReport> | undefined;

  constructor(steps: readonly Step[], listener: LifecycleListener = {}) {
    this.#steps = steps;
    this.#listener = listener;
  }

  /** Rejects with the error of the step that failed, or with `boot_interrupted` if a stop came between. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    for (const step of this.#steps) {
      if (this.#aborted) throw lifecycleError('boot_interrupted');
      const since = performance.now();
      // Before it starts: a step that fails half-way must still be able to let go of what it took.
      this.#started.push(step);
      const timeoutMs = step.startTimeoutMs ?? START_TIMEOUT_MS;
      await within(step.start?.(), timeoutMs, () => lateStart(step, timeoutMs));
      this.#listener.started?.(step.name, performance.now() - since);
    }
    if (this.#aborted) throw lifecycleError('boot_interrupted');
  }

  /** The time is for all steps together. A step that fails does not keep the others from stopping. */
  stop(graceMs: number): Promise<StopReport> {
    this.#aborted = true;
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<StopReport> {
    const failed: { name: string; error: unknown }[] = [];
    const deadline = performance.now() + graceMs;
    // A step that is still starting is not pulled away from under itself.
    const settled = this.#starting?.catch(() => {});
    const inTime = await within(settled, graceMs, () => new Late()).then(
      () => true,
      () => false,
    );
    if (!inTime) return { hung: this.#started.map(({ name }) => name).reverse(), failed };
    while (this.#started.length > 0) {
      const step = this.#started.at(-1);
      if (!step) break;
      const since = performance.now();
      try {
        await within(step.stop?.(), Math.max(0, deadline - since), () => new Late());
      } catch (error) {
        if (error instanceof Late) {
          return { hung: this.#started.map(({ name }) => name).reverse(), failed };
        }
        failed.push({ name: step.name, error });
      }
      this.#started.pop();
      this.#listener.stopped?.(step.name, performance.now() - since);
    }
    return { hung: [], failed };
  }
}

class Late extends Error {}

function lateStart({ name, waitsFor }: Step, timeoutMs: number): Error {
  const what = waitsFor === undefined ? '' : `: no answer from ${waitsFor}`;
  return lifecycleError('boot_step_timeout', {
    message: `${name} did not start within ${timeoutMs / 1000} s${what}`,
  });
}

async function within(work: Promise<void> | undefined, ms: number, late: () => Error): Promise<void> {
  if (work === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  work.catch(() => {});
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
