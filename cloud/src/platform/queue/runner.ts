import { type Job as StoredJob, UnrecoverableError, WaitingError } from 'bullmq';
import { Temporal } from 'temporal-polyfill';
import type { Clock } from '../../kernel/clock.ts';
import { type AppError, toAppError } from '../../kernel/errors.ts';
import { describeIssues } from './input.ts';
import type { JobContext, JobHandler } from './job.ts';
import { dueMsOfRun, publicJobId } from './job-id.ts';
import type { JobOutcome, Reporter } from './observer.ts';
import { queueError } from './queue.errors.ts';
import { redactText } from './redact.ts';

/** How long a handler whose signal was aborted may take to end by itself. */
const ABORT_GRACE_MS = 2_000;
const REASON_LENGTH = 1_000;
const STACK_LENGTH = 4_000;

export interface RunnerParts {
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly clock: Clock;
  readonly report: Reporter;
}

class Abandoned extends Error {}

/** A handler at work: its signal, and the way to stop waiting for it. */
interface ActiveRun {
  readonly id: string;
  readonly signal: AbortController;
  giveUp(error: Error): void;
}

/** Runs stored jobs: finds the handler, reads the input, bounds the time, and sorts what comes out. */
export class JobRunner {
  readonly #parts: RunnerParts;
  readonly #active = new Set<ActiveRun>();
  #stopping: Error | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  async run(stored: StoredJob, token: string | undefined): Promise<void> {
    const { clock } = this.#parts;
    const startedAt = clock.monotonicMs();
    try {
      await this.#handle(stored);
      this.#tell(stored, 'completed', startedAt);
    } catch (thrown) {
      if (thrown instanceof Abandoned || this.#stopping) {
        // A stop is nobody's fault: no attempt is used up, and another process may take the job at once.
        await stored.moveToWait(token);
        this.#tell(stored, 'released', startedAt);
        throw new WaitingError();
      }
      const error = toAppError(thrown);
      const last = !error.retryable || stored.attemptsMade + 1 >= (stored.opts.attempts ?? 1);
      this.#tell(stored, last ? 'failed' : 'retried', startedAt, error);
      throw storable(error);
    }
  }

  /** Handlers should end soon. A job that comes in after this goes straight back. */
  stop(): void {
    this.#stopping = new Error('the process is stopping');
    for (const run of this.#active) run.signal.abort(this.#stopping);
  }

  /** Handlers that have not ended are given up: their jobs go back to the queue. */
  abandon(): void {
    for (const run of this.#active) run.giveUp(new Abandoned());
  }

  /** Another process may have taken the job: this one should end its run. */
  lockLost(id: string): void {
    for (const run of this.#active)
      if (run.id === id) run.signal.abort(new Error('the lock of the job was lost'));
  }

  async #handle(stored: StoredJob): Promise<void> {
    if (this.#stopping) throw new Abandoned();
    const handler = this.#parts.handlers.get(stored.name);
    if (handler === undefined) {
      throw queueError('job_unknown', { message: `this version has no handler for the job ${stored.name}` });
    }
    const input = await handler.job.input.safeParseAsync(stored.data);
    if (!input.success) {
      throw queueError('job_input_invalid', {
        message: `the input no longer matches the schema of ${stored.name}: ${describeIssues(input.error)}`,
      });
    }
    await this.#supervise(handler, input.data, stored);
  }

  async #supervise(handler: JobHandler, input: unknown, stored: StoredJob): Promise<void> {
    const { name, timeoutMs } = handler.job;
    const signal = new AbortController();
    const given = Promise.withResolvers<never>();
    const active: ActiveRun = { id: idOf(stored), signal, giveUp: given.reject };
    let late: AppError | undefined;
    let timer = setTimeout(() => {
      const error = queueError('job_timeout', {
        message: `${name} ran for more than ${timeoutMs} ms`,
        details: { timeoutMs },
      });
      late = error;
      timer = setTimeout(() => given.reject(error), ABORT_GRACE_MS);
      signal.abort(error);
    }, timeoutMs);
    this.#active.add(active);
    const work = (async () => handler.run(input, contextOf(stored, signal.signal)))();
    // A handler that was given up may still fail: nobody is listening by then.
    work.catch(() => {});
    try {
      await Promise.race([work, given.promise]);
    } catch (error) {
      throw error instanceof Abandoned ? error : (late ?? error);
    } finally {
      clearTimeout(timer);
      this.#active.delete(active);
    }
  }

  #tell(stored: StoredJob, outcome: JobOutcome, startedAt: number, error?: AppError): void {
    this.#parts.report.finished({
      queue: stored.queueName,
      job: stored.name,
      id: idOf(stored),
      outcome,
      attempt: stored.attemptsMade + 1,
      durationMs: this.#parts.clock.monotonicMs() - startedAt,
      ...(stored.attemptsMade === 0 ? { waitMs: waitOf(stored) } : {}),
      ...(error ? { error } : {}),
    });
  }
}

function waitOf({ processedOn, timestamp, delay }: StoredJob): number {
  return Math.max(0, (processedOn ?? timestamp) - timestamp - delay);
}

function contextOf(stored: StoredJob, signal: AbortSignal): JobContext {
  const dueMs = dueMsOfRun(stored.id ?? '');
  return {
    id: idOf(stored),
    attempt: stored.attemptsMade + 1,
    attempts: stored.opts.attempts ?? 1,
    signal,
    dueAt: dueMs === undefined ? undefined : Temporal.Instant.fromEpochMilliseconds(dueMs),
  };
}

function idOf(stored: StoredJob): string {
  return publicJobId({ queue: stored.queueName, stored: stored.id ?? '' });
}

/** The reason is kept with the job for weeks and read by people: short, with its code, and without secrets. */
function storable(error: AppError): Error {
  const message = `${error.code}: ${redactText(error.message, REASON_LENGTH)}`;
  const kept = error.retryable ? new Error(message) : new UnrecoverableError(message);
  const origin = error.cause instanceof Error ? error.cause : error;
  kept.stack = `${message}\n${redactText(framesOf(origin), STACK_LENGTH)}`;
  return kept;
}

function framesOf(error: Error): string {
  const stack = error.stack ?? '';
  // The message stands before the frames, and may be long.
  const first = Math.max(0, stack.indexOf('\n    at '));
  return stack
    .slice(first, first + 2 * STACK_LENGTH)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
