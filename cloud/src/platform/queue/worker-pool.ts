import type { Queue, Job as StoredJob, Worker } from 'bullmq';
import type { Clock } from '../../kernel/clock.ts';
import type { QueueBackend } from './backend.ts';
import { reasonOf } from './backend.ts';
import { backoffDelayMs, DEFAULT_BACKOFF } from './backoff.ts';
import { nextCronRun } from './cron.ts';
import { settlesWithin } from './deadline.ts';
import { publicJobId } from './job-id.ts';
import type { Reporter } from './observer.ts';
import type { JobCatalogue } from './registry.ts';
import { type Retention, trimFinished } from './retention.ts';
import { JobRunner } from './runner.ts';

export interface Recovery {
  /** A job whose process has not been heard of for so long may be taken by another. */
  readonly lockMs: number;
  /** How often the workers look for such jobs; it takes two looks. */
  readonly checkEveryMs: number;
  /** A job that brings its process down so often is given up as failed. */
  readonly maxStalls: number;
}

export const DEFAULT_RECOVERY: Recovery = { lockMs: 30_000, checkEveryMs: 15_000, maxStalls: 3 };

export interface WorkerPoolParts {
  readonly backend: QueueBackend;
  readonly catalogue: JobCatalogue;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly clock: Clock;
  readonly report: Reporter;
  readonly concurrency: number;
  readonly recovery: Recovery;
  readonly retention: Retention;
}

/** Between the signal to handlers and giving them up. */
const ABORT_GRACE_MS = 500;
/** A backend that is away must not keep the process from ending. */
const CLOSE_TIMEOUT_MS = 3_000;
const SWEEP_EVERY_MS = 60_000;
const RECONNECT_PAUSE_MS = 2_000;

/** One worker per queue, and the sweep that removes finished jobs. */
export class WorkerPool {
  readonly #parts: WorkerPoolParts;
  readonly #runner: JobRunner;
  readonly #workers: Worker[] = [];
  #stopped = false;
  #sweep: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
    const { clock, report } = parts;
    this.#runner = new JobRunner({ handlers: parts.catalogue.handlers, clock, report });
  }

  async start(): Promise<void> {
    const { catalogue, concurrency, report } = this.#parts;
    for (const [name, queue] of catalogue.queues) {
      const worker = this.#worker(name, queue.concurrency ?? concurrency);
      this.#workers.push(worker);
      await worker.waitUntilReady();
    }
    for (const worker of this.#workers) {
      worker
        .run()
        .catch((error: unknown) =>
          report.problem(`worker of ${worker.name} ended: ${reasonOf(error)}`, error),
        );
    }
    this.#sweep = setInterval(() => {
      this.#sweeping = this.#trim();
    }, SWEEP_EVERY_MS);
    this.#sweep.unref();
  }

  /** Names of queues whose worker is not running. */
  idle(): readonly string[] {
    return this.#workers.filter((worker) => !worker.isRunning()).map((worker) => worker.name);
  }

  /**
   * Takes no more jobs and waits for those that run. At the deadline their signals are aborted, and what still
   * runs is given back to the queue for other processes.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#sweep);
    const closing = Promise.allSettled(this.#workers.map((worker) => worker.close()));
    if (!(await settlesWithin(closing, graceMs))) {
      this.#runner.stop();
      if (!(await settlesWithin(closing, ABORT_GRACE_MS))) {
        this.#runner.abandon();
        if (!(await settlesWithin(closing, CLOSE_TIMEOUT_MS))) {
          // The backend does not answer. Its connections go, so that what waits for them ends.
          this.#parts.backend.sever();
          await settlesWithin(closing, CLOSE_TIMEOUT_MS);
        }
      }
    }
    await settlesWithin(this.#sweeping, CLOSE_TIMEOUT_MS);
  }

  #worker(queue: string, concurrency: number): Worker {
    const { backend, report, recovery } = this.#parts;
    const runner = this.#runner;
    const worker = backend.worker(queue, (job, token) => runner.run(job, token), {
      autorun: false,
      concurrency,
      lockDuration: recovery.lockMs,
      stalledInterval: recovery.checkEveryMs,
      maxStalledCount: recovery.maxStalls,
      runRetryDelay: RECONNECT_PAUSE_MS,
      settings: { backoffStrategy: this.#pause, repeatStrategy },
    });
    worker.on('error', (error) => report.problem(`worker of ${queue}: ${reasonOf(error)}`, error));
    worker.on('stalled', (stored) => report.stalled(queue, publicJobId({ queue, stored })));
    worker.on('lockRenewalFailed', (ids) => {
      for (const stored of ids) runner.lockLost(publicJobId({ queue, stored }));
    });
    return worker;
  }

  readonly #pause = (
    attemptsMade: number,
    _type?: string,
    _error?: Error,
    job?: Pick<StoredJob, 'name'>,
  ): number => {
    const policy = this.#parts.catalogue.jobs.get(job?.name ?? '')?.backoff ?? DEFAULT_BACKOFF;
    return backoffDelayMs(attemptsMade, policy, Math.random());
  };

  /** By BullMQ's own clock, the system's: it wrote the times that are compared. */
  async #trim(): Promise<void> {
    const { queues, retention, report } = this.#parts;
    for (const queue of queues.values()) {
      if (this.#stopped) return;
      try {
        await trimFinished(queue, retention, Date.now());
      } catch (error) {
        report.problem(`retention of ${queue.name}: ${reasonOf(error)}`, error);
      }
    }
  }
}

/** How BullMQ finds the next run of a schedule. */
export function repeatStrategy(
  nowMs: number,
  options: { pattern?: string; tz?: string },
): number | undefined {
  return nextCronRun(options.pattern ?? '', options.tz ?? 'UTC', nowMs);
}
