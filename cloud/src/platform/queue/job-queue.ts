import type { Queue } from 'bullmq';
import type { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { type AppError, isAppError } from '../../kernel/errors.ts';
import { createIds, type Ids } from '../../kernel/ids.ts';
import type { Result } from '../../kernel/result.ts';
import { CONNECT_TIMEOUT_MS, type QueueBackend, type QueueBackendSettings, reasonOf } from './backend.ts';
import { settlesWithin, withDeadline } from './deadline.ts';
import {
  type FailedJob,
  type FailedJobFilter,
  type FailedJobPage,
  type FailedJobQuery,
  FailedJobs,
} from './failed-jobs.ts';
import type { Job } from './job.ts';
import { type QueueObserver, Reporter } from './observer.ts';
import type { Queryable } from './postgres-add.ts';
import { postgresBackend } from './postgres-backend.ts';
import { type Enqueued, type EnqueueOptions, Producer } from './producer.ts';
import { queueError } from './queue.errors.ts';
import { redisBackend } from './redis-backend.ts';
import type { JobCatalogue, JobRegistry } from './registry.ts';
import { DEFAULT_RETENTION, type Retention } from './retention.ts';
import { syncSchedules } from './schedule-sync.ts';
import { countsOf, healthOf, type QueueCounts, type QueueHealth, reportOrphans } from './vitals.ts';
import { DEFAULT_RECOVERY, type Recovery, repeatStrategy, WorkerPool } from './worker-pool.ts';

export interface JobQueueOptions {
  readonly backend: QueueBackendSettings;
  readonly registry: JobRegistry;
  readonly clock: Clock;
  readonly ids?: Ids;
  /** Jobs of one queue that this process runs at once, where no job of it says otherwise. */
  readonly concurrency?: number;
  readonly observer?: QueueObserver;
  readonly retention?: Partial<Retention>;
  readonly recovery?: Partial<Recovery>;
  /** For adding a job and for looking at the queue. */
  readonly timeoutMs?: number;
}

export type EnqueueWithin = <S extends z.ZodType>(
  client: Queryable,
  job: Job<S>,
  input: z.input<S>,
  options?: EnqueueOptions,
) => Promise<Enqueued>;

const DEFAULT_CONCURRENCY = 5;
/** BullMQ's own event stream, which nothing here reads. */
const EVENTS_KEPT = 100;

interface Running {
  readonly backend: QueueBackend;
  readonly catalogue: JobCatalogue;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly producer: Producer;
  readonly failed: FailedJobs;
  readonly pool: WorkerPool | undefined;
}

/** The one door to background work: add jobs, run them, look after those that failed. */
export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #report: Reporter;
  #running: Running | undefined;
  #starting: Promise<Running> | undefined;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#report = new Reporter(options.observer ?? {}, () => options.clock.monotonicMs());
  }

  /** With `work` this process also runs jobs and keeps the schedules. Fails within seconds if it cannot. */
  async start(options: { readonly work: boolean }): Promise<void> {
    if (this.#starting || this.#running) {
      throw queueError('queue_stopped', { message: 'the queue was started before' });
    }
    this.#starting = this.#start(options);
    try {
      this.#running = await this.#starting;
    } finally {
      this.#starting = undefined;
    }
  }

  async #start({ work }: { readonly work: boolean }): Promise<Running> {
    const catalogue = this.#options.registry.seal();
    const backend = openBackend(this.#options.backend, work ? catalogue.queues.size : 0);
    backend.onError((error) => this.#report.problem(`connection: ${reasonOf(error)}`, error));
    const queues = new Map<string, Queue>();
    let pool: WorkerPool | undefined;
    try {
      await backend.open();
      for (const name of catalogue.queues.keys()) queues.set(name, this.#queue(backend, name));
      await this.#bounded(backend, Promise.all([...queues.values()].map((queue) => queue.waitUntilReady())));
      if (work) {
        await this.#bounded(backend, this.#syncSchedules(catalogue, queues));
        // A look around, not a condition: a slow one must not keep the process from starting.
        await this.#bounded(backend, reportOrphans(backend, catalogue, this.#report)).catch(
          (error: unknown) =>
            this.#report.problem(`looking for undeclared queues: ${reasonOf(error)}`, error),
        );
        pool = this.#pool(backend, catalogue, queues);
        await this.#bounded(backend, pool.start());
      }
    } catch (error) {
      await pool?.stop(0);
      await close(queues, backend);
      throw isAppError(error) ? error : unreachable(backend, error);
    }
    return this.#assemble(backend, catalogue, queues, pool);
  }

  /** Runs out what runs, at most for `graceMs`, gives the rest back and lets go of all connections. */
  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    const running = this.#running ?? (await this.#starting?.catch(() => undefined));
    this.#running = undefined;
    if (!running) return;
    await running.pool?.stop(graceMs);
    await close(running.queues, running.backend);
  }

  /** At least once: after an error of doubt (`retryable`) repeat it with the same id. */
  async enqueue<S extends z.ZodType>(
    job: Job<S>,
    input: z.input<S>,
    options: EnqueueOptions = {},
  ): Promise<Enqueued> {
    return this.#started().producer.enqueue(job, input, options);
  }

  async enqueueMany<S extends z.ZodType>(
    job: Job<S>,
    items: readonly { readonly input: z.input<S>; readonly options?: EnqueueOptions }[],
  ): Promise<readonly Enqueued[]> {
    return this.#started().producer.enqueueMany(job, items);
  }

  /** On PostgreSQL: adds the job in the caller's own transaction. On Redis undefined: use the outbox. */
  get enqueueWithin(): EnqueueWithin | undefined {
    const { producer, backend } = this.#started();
    if (backend.kind !== 'postgres') return undefined;
    return (client, job, input, options = {}) => producer.enqueueWithin(client, job, input, options);
  }

  async listFailed(query: FailedJobQuery = {}): Promise<FailedJobPage> {
    return this.#ask((running) => running.failed.list(query));
  }

  async replay(id: string): Promise<Result<FailedJob, AppError>> {
    return this.#ask((running) => running.failed.replay(id));
  }

  async replayAll(filter: FailedJobFilter = {}): Promise<number> {
    const { backend, failed } = this.#started();
    try {
      return await failed.replayAll(filter);
    } catch (error) {
      throw isAppError(error) ? error : unreachable(backend, error);
    }
  }

  async discard(id: string, reason: string): Promise<Result<FailedJob, AppError>> {
    return this.#ask((running) => running.failed.discard(id, reason));
  }

  async counts(): Promise<Readonly<Record<string, QueueCounts>>> {
    return this.#ask(async ({ queues }) => {
      const counted = [...queues].map(async ([name, queue]) => [name, await countsOf(queue)] as const);
      return Object.fromEntries(await Promise.all(counted));
    });
  }

  async health(): Promise<QueueHealth> {
    const running = this.#running;
    return running ? healthOf(running) : { ok: false, detail: 'not started' };
  }

  #assemble(
    backend: QueueBackend,
    catalogue: JobCatalogue,
    queues: ReadonlyMap<string, Queue>,
    pool: WorkerPool | undefined,
  ): Running {
    const { clock, ids = createIds(clock) } = this.#options;
    const parts = {
      backend,
      queues,
      jobs: catalogue.jobs,
      clock,
      ids,
      report: this.#report,
      timeoutMs: this.#timeoutMs,
    };
    const failed = new FailedJobs(queues, catalogue.jobs, this.#report);
    return { backend, catalogue, queues, producer: new Producer(parts), failed, pool };
  }

  #queue(backend: QueueBackend, name: string): Queue {
    const queue = backend.queue(name, {
      streams: { events: { maxLen: EVENTS_KEPT } },
      settings: { repeatStrategy },
    });
    queue.on('error', (error) => this.#report.problem(`queue ${name}: ${reasonOf(error)}`, error));
    return queue;
  }

  #pool(backend: QueueBackend, catalogue: JobCatalogue, queues: ReadonlyMap<string, Queue>): WorkerPool {
    const { clock, concurrency = DEFAULT_CONCURRENCY, recovery, retention } = this.#options;
    return new WorkerPool({
      backend,
      catalogue,
      queues,
      clock,
      report: this.#report,
      concurrency,
      recovery: { ...DEFAULT_RECOVERY, ...recovery },
      retention: { ...DEFAULT_RETENTION, ...retention },
    });
  }

  async #syncSchedules(catalogue: JobCatalogue, queues: ReadonlyMap<string, Queue>): Promise<void> {
    for (const [name, queue] of queues) {
      await syncSchedules(
        queue,
        catalogue.schedules.filter((schedule) => schedule.job.queue === name),
      );
    }
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  }

  #started(): Running {
    if (!this.#running) throw queueError('queue_stopped');
    return this.#running;
  }

  #ask<T>(question: (running: Running) => Promise<T>): Promise<T> {
    const running = this.#started();
    return this.#bounded(running.backend, question(running));
  }

  async #bounded<T>(backend: QueueBackend, work: Promise<T>): Promise<T> {
    try {
      return await withDeadline(
        work,
        this.#timeoutMs,
        () => new Error(`no answer within ${this.#timeoutMs} ms`),
      );
    } catch (error) {
      throw isAppError(error) ? error : unreachable(backend, error);
    }
  }
}

function openBackend(settings: QueueBackendSettings, workers: number): QueueBackend {
  return settings.kind === 'postgres'
    ? postgresBackend(settings.url, workers, settings.poolSize)
    : redisBackend(settings.url, settings.prefix);
}

async function close(queues: ReadonlyMap<string, Queue>, backend: QueueBackend): Promise<void> {
  await settlesWithin(Promise.allSettled([...queues.values()].map((queue) => queue.close())), 1_000);
  await settlesWithin(backend.close(), 2_000);
}

function unreachable(backend: QueueBackend, error: unknown): AppError {
  return queueError('queue_unreachable', {
    message: `the queue at ${backend.address} cannot be reached: ${reasonOf(error)}`,
    cause: error,
    details: { address: backend.address },
  });
}
