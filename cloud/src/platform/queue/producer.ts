import type { Queue } from 'bullmq';
import type { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { isAppError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { type QueueBackend, reasonOf } from './backend.ts';
import { withDeadline } from './deadline.ts';
import { inputAsStored } from './input.ts';
import type { Job } from './job.ts';
import { publicJobId, storedJobId } from './job-id.ts';
import type { Reporter } from './observer.ts';
import { addWithin, type Queryable } from './postgres-add.ts';
import { queueError } from './queue.errors.ts';
import { type JobToStore, optionsOf } from './stored-job.ts';

export interface EnqueueOptions {
  /**
   * The same id is the same job: a repeat does nothing, also after the job has completed, for as long as it is
   * retained. Without it every call is a job of its own.
   */
  readonly id?: string;
  readonly delayMs?: number;
  readonly runAt?: Temporal.Instant;
  /** 0, the default, goes first; then 1, 2, … up to 1000. */
  readonly priority?: number;
}

export interface Enqueued {
  readonly id: string;
}

export interface ProducerParts {
  readonly backend: QueueBackend;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly report: Reporter;
  readonly timeoutMs: number;
}

/** One statement or pipeline must not hold a connection for long. */
const CHUNK = 1_000;

export class Producer {
  readonly #parts: ProducerParts;

  constructor(parts: ProducerParts) {
    this.#parts = parts;
  }

  async enqueue<S extends z.ZodType>(
    job: Job<S>,
    input: z.input<S>,
    options: EnqueueOptions,
  ): Promise<Enqueued> {
    const stored = this.#prepare(job, input, options);
    const queue = this.#queueOf(job);
    await this.#within(async () => {
      await queue.add(stored.name, stored.data, { ...stored.options, jobId: stored.id });
    });
    this.#parts.report.enqueued(job.queue, job.name, 1);
    return { id: publicJobId({ queue: job.queue, stored: stored.id }) };
  }

  /** In chunks, each of them whole or not at all: after an error repeat all, with the same ids. */
  async enqueueMany<S extends z.ZodType>(
    job: Job<S>,
    items: readonly { readonly input: z.input<S>; readonly options?: EnqueueOptions }[],
  ): Promise<readonly Enqueued[]> {
    if (items.length === 0) return [];
    const stored = items.map((item) => this.#prepare(job, item.input, item.options ?? {}));
    const queue = this.#queueOf(job);
    for (let start = 0; start < stored.length; start += CHUNK) {
      await this.#within(() => this.#addMany(queue, stored.slice(start, start + CHUNK)));
    }
    this.#parts.report.enqueued(job.queue, job.name, items.length);
    return stored.map(({ id }) => ({ id: publicJobId({ queue: job.queue, stored: id }) }));
  }

  /** In the caller's transaction: the job exists if, and only if, it commits. PostgreSQL alone can do that. */
  async enqueueWithin<S extends z.ZodType>(
    client: Queryable,
    job: Job<S>,
    input: z.input<S>,
    options: EnqueueOptions,
  ): Promise<Enqueued> {
    this.#queueOf(job);
    const stored = this.#prepare(job, input, options);
    await addWithin(client, [stored], Date.now());
    this.#parts.report.enqueued(job.queue, job.name, 1);
    return { id: publicJobId({ queue: job.queue, stored: stored.id }) };
  }

  async #addMany(queue: Queue, stored: readonly JobToStore[]): Promise<void> {
    const { pool } = this.#parts.backend;
    if (pool) {
      await addWithin(pool, stored, Date.now());
      return;
    }
    await queue.addBulk(
      stored.map(({ name, data, id, options }) => ({ name, data, opts: { ...options, jobId: id } })),
    );
  }

  #queueOf(job: Pick<Job, 'name' | 'queue'>): Queue {
    const queue = this.#parts.queues.get(job.queue);
    if (queue === undefined || this.#parts.jobs.get(job.name) !== (job as Job)) {
      throw queueError('job_unknown', { message: `the job ${job.name} is not registered` });
    }
    return queue;
  }

  #prepare<S extends z.ZodType>(job: Job<S>, input: z.input<S>, options: EnqueueOptions): JobToStore {
    const priority = options.priority ?? 0;
    if (!Number.isInteger(priority) || priority < 0 || priority > 1_000) {
      throw queueError('job_input_invalid', { message: `the priority ${priority} is not 0 to 1000` });
    }
    return {
      queue: job.queue,
      name: job.name,
      id: storedJobId(job.name, options.id ?? this.#parts.ids.next()),
      data: inputAsStored(job, input),
      options: { ...optionsOf(job), priority, delay: this.#delayMs(options) },
    };
  }

  #delayMs({ delayMs, runAt }: EnqueueOptions): number {
    const delay =
      runAt === undefined
        ? (delayMs ?? 0)
        : runAt.epochMilliseconds - this.#parts.clock.now().epochMilliseconds;
    if (!Number.isFinite(delay))
      throw queueError('job_input_invalid', { message: `the delay ${delay} is no number` });
    return Math.max(0, Math.round(delay));
  }

  async #within(send: () => Promise<void>): Promise<void> {
    const { backend, timeoutMs } = this.#parts;
    const failure = (error: unknown) =>
      queueError('queue_unreachable', {
        message: `the queue at ${backend.address} did not take the job: ${reasonOf(error)}`,
        cause: error,
        details: { address: backend.address },
      });
    try {
      await backend.ready(timeoutMs);
      await withDeadline(send(), timeoutMs, () => failure(new Error(`no answer within ${timeoutMs} ms`)));
    } catch (error) {
      throw isAppError(error) ? error : failure(error);
    }
  }
}
