import { type Job as StoredJob, UnrecoverableError, WaitingError } from 'bullmq';
import { Temporal } from 'temporal-polyfill';
import type { Clock } from '../../kernel/clock.ts';
import { type AppError, toAppError } from '../../kernel/errors.ts';
import { describeIssues } from './input.ts';
import type { JobContext, JobHandler } from './job.ts';
import { dueMsOfRun, publicJobId } from './job-id.ts';
import type { JobOutcome, Reporter } from './observer.ts';
import { queueError } from './queue.errors.ts';
import { redactText, shorten } from './redact.ts';

/** How long a handler whose signal was aborted may take to end by itself. */
const ABORT_GRACE_MS = 2_000;
const REASON_LENGTH = 1_000;
const STACK_LENGTH = 4_000;

export interface StopSignals {
  /** Handlers should end soon. */
  readonly stopping: AbortSignal;
  /** Handlers that have not ended are given up: their jobs go back to the queue. */
  readonly abandon: AbortSignal;
}

export interface RunnerParts extends StopSignals {
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly clock: Clock;
  readonly report: Reporter;
}

class Abandoned extends Error {}

/** Runs one stored job: finds its handler, reads its input, bounds its time, and sorts what comes out. */
export class JobRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  async run(stored: StoredJob, token: string | undefined, lockLost: AbortSignal | undefined): Promise<void> {
    const { clock, report, stopping } = this.#parts;
    const startedAt = clock.monotonicMs();
    const tell = (outcome: JobOutcome, error?: AppError) =>
      report.finished({
        queue: stored.queueName,
        job: stored.name,
        id: idOf(stored),
        outcome,
        attempt: stored.attemptsMade + 1,
        durationMs: clock.monotonicMs() - startedAt,
        waitMs: Math.max(0, (stored.processedOn ?? stored.timestamp) - stored.timestamp - stored.delay),
        ...(error ? { error } : {}),
      });
    try {
      await this.#handle(stored, lockLost);
      tell('completed');
    } catch (thrown) {
      if (thrown instanceof Abandoned || stopping.aborted) {
        // A stop is nobody's fault: no attempt is used up, and another process may take the job at once.
        await stored.moveToWait(token);
        tell('released');
        throw new WaitingError();
      }
      const error = toAppError(thrown);
      const last = !error.retryable || stored.attemptsMade + 1 >= (stored.opts.attempts ?? 1);
      tell(last ? 'failed' : 'retried', error);
      throw storable(error);
    }
  }

  async #handle(stored: StoredJob, lockLost: AbortSignal | undefined): Promise<void> {
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
    await this.#supervise(handler, input.data, stored, lockLost);
  }

  async #supervise(
    handler: JobHandler,
    input: unknown,
    stored: StoredJob,
    lockLost?: AbortSignal,
  ): Promise<void> {
    const { stopping, abandon } = this.#parts;
    const { timeoutMs, name } = handler.job;
    const timeout = new AbortController();
    const done = new AbortController();
    const late = queueError('job_timeout', {
      message: `${name} ran for more than ${timeoutMs} ms`,
      details: { timeoutMs },
    });
    const signal = AbortSignal.any([timeout.signal, stopping, ...(lockLost ? [lockLost] : [])]);
    const timers = [setTimeout(() => timeout.abort(late), timeoutMs)];
    const givenUp = new Promise<never>((_, reject) => {
      const once = { once: true, signal: done.signal };
      abandon.addEventListener('abort', () => reject(new Abandoned()), once);
      timeout.signal.addEventListener(
        'abort',
        () => timers.push(setTimeout(() => reject(late), ABORT_GRACE_MS)),
        once,
      );
    });
    const work = (async () => handler.run(input, contextOf(stored, signal)))();
    // A handler that was given up may still fail: nobody is listening by then.
    work.catch(() => {});
    givenUp.catch(() => {});
    try {
      await Promise.race([work, givenUp]);
    } catch (error) {
      if (error instanceof Abandoned || !timeout.signal.aborted) throw error;
      throw late;
    } finally {
      done.abort();
      for (const timer of timers) clearTimeout(timer);
    }
  }
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
  const message = `${error.code}: ${shorten(redactText(error.message), REASON_LENGTH)}`;
  const kept = error.retryable ? new Error(message) : new UnrecoverableError(message);
  const origin = error.cause instanceof Error ? error.cause : error;
  kept.stack = `${message}\n${shorten(redactText(framesOf(origin)), STACK_LENGTH)}`;
  return kept;
}

function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
