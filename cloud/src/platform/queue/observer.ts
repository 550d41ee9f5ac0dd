import type { AppError } from '../../kernel/errors.ts';

export type JobOutcome =
  | 'completed'
  /** Failed, and will be tried again. */
  | 'retried'
  /** Failed for good: it waits for a person. */
  | 'failed'
  /** Given back untouched because this process stops. */
  | 'released';

export interface JobRun {
  readonly queue: string;
  readonly job: string;
  readonly id: string;
  readonly outcome: JobOutcome;
  readonly attempt: number;
  /** Time in the handler. */
  readonly durationMs: number;
  /** From when it could have run to when it did; known of the first attempt. */
  readonly waitMs?: number;
  readonly error?: AppError;
}

/** What happens in the queue, for logs and metrics. A listener that throws disturbs no job. */
export interface QueueObserver {
  enqueued?(event: { readonly queue: string; readonly job: string; readonly count: number }): void;
  finished?(run: JobRun): void;
  /** Its process died or hung: the job runs again. */
  stalled?(event: { readonly queue: string; readonly id: string }): void;
  /** A person threw a failed job away. */
  discarded?(event: { readonly id: string; readonly reason: string }): void;
  /** Trouble outside of any job, mostly with the connection; it heals by itself or shows up in health(). */
  problem?(event: { readonly reason: string; readonly error: unknown }): void;
}

const REPEAT_SILENCE_MS = 30_000;

/** Guards against listeners that throw, and says the same trouble once in half a minute instead of every second. */
export class Reporter {
  readonly #observer: QueueObserver;
  readonly #monotonicMs: () => number;
  readonly #saidAt = new Map<string, number>();

  constructor(observer: QueueObserver, monotonicMs: () => number) {
    this.#observer = observer;
    this.#monotonicMs = monotonicMs;
  }

  enqueued(queue: string, job: string, count: number): void {
    this.#guard(() => this.#observer.enqueued?.({ queue, job, count }));
  }

  finished(run: JobRun): void {
    this.#guard(() => this.#observer.finished?.(run));
  }

  stalled(queue: string, id: string): void {
    this.#guard(() => this.#observer.stalled?.({ queue, id }));
  }

  discarded(id: string, reason: string): void {
    this.#guard(() => this.#observer.discarded?.({ id, reason }));
  }

  problem(reason: string, error: unknown): void {
    const now = this.#monotonicMs();
    const last = this.#saidAt.get(reason);
    if (last !== undefined && now - last < REPEAT_SILENCE_MS) return;
    if (this.#saidAt.size > 100) this.#saidAt.clear();
    this.#saidAt.set(reason, now);
    this.#guard(() => this.#observer.problem?.({ reason, error }));
  }

  #guard(tell: () => void): void {
    try {
      tell();
    } catch {
      // A metric that cannot be counted must not fail the job that it counts.
    }
  }
}
