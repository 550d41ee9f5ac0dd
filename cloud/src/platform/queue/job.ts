import type { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { type Backoff, DEFAULT_BACKOFF } from './backoff.ts';
import { queueError } from './queue.errors.ts';

export interface JobDeclaration<S extends z.ZodType> {
  /** Stored with every job that waits: never renamed without handling both names for a while. */
  readonly name: string;
  readonly queue: string;
  /** Of JSON: what arrives at the handler has been written to the database and read again. */
  readonly input: S;
  /** Runs in all, the first included. */
  readonly attempts?: number;
  readonly backoff?: Backoff;
  /** After this the handler's signal is aborted and the attempt has failed. */
  readonly timeoutMs?: number;
  /** How many jobs of the queue one process runs at once; all jobs of a queue that say it must agree. */
  readonly concurrency?: number;
  /** Dotted paths of the input that operators must not read. */
  readonly redact?: readonly string[];
}

export interface Job<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly queue: string;
  readonly input: S;
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly timeoutMs: number;
  readonly concurrency: number | undefined;
  readonly redact: readonly string[];
}

export interface JobContext {
  /** As shown to operators; stable over attempts. */
  readonly id: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly attempts: number;
  /** Aborted on a time-out and when the process stops: pass it on, or look at it between chunks. */
  readonly signal: AbortSignal;
  /** For a run of a schedule: when it was due, which may be long before now. */
  readonly dueAt: Temporal.Instant | undefined;
}

/** Must be idempotent: a job runs again when its process dies in the middle of it. */
export type HandlerFunction<S extends z.ZodType> = (input: z.output<S>, context: JobContext) => Promise<void>;

export interface JobHandler {
  readonly job: Job;
  readonly run: HandlerFunction<z.ZodType>;
}

const NAME = /^[a-z][a-z0-9]*([._-][a-z0-9]+)*$/;
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_TIMEOUT_MS = 15 * 60_000;
/** setTimeout's limit: beyond it fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

export function defineJob<S extends z.ZodType>(declaration: JobDeclaration<S>): Job<S> {
  const job: Job<S> = {
    name: declaration.name,
    queue: declaration.queue,
    input: declaration.input,
    attempts: declaration.attempts ?? DEFAULT_ATTEMPTS,
    backoff: declaration.backoff ?? DEFAULT_BACKOFF,
    timeoutMs: declaration.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    concurrency: declaration.concurrency,
    redact: declaration.redact ?? [],
  };
  const { name, queue, backoff } = job;
  demand(job, NAME.test(name) && name.length <= 100, `the name "${name}" is not of the form words.and-words`);
  demand(
    job,
    NAME.test(queue) && queue.length <= 60,
    `the queue "${queue}" is not of the form words.and-words`,
  );
  demand(job, within(job.attempts, 1, 100), 'attempts must be 1 to 100');
  demand(job, within(job.timeoutMs, 1, MAX_TIMER_MS), 'timeoutMs must be 1 ms to 24 days');
  demand(
    job,
    job.concurrency === undefined || within(job.concurrency, 1, 1_000),
    'concurrency must be 1 to 1000',
  );
  demand(
    job,
    within(backoff.firstMs, 0, backoff.maxMs) && within(backoff.maxMs, 0, MAX_TIMER_MS),
    'backoff must grow',
  );
  return job;
}

export function handleJob<S extends z.ZodType>(job: Job<S>, run: HandlerFunction<S>): JobHandler {
  // The registry hands a handler only what its own job's schema has parsed.
  return { job: job as unknown as Job, run: run as unknown as HandlerFunction<z.ZodType> };
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function demand(job: Job, condition: boolean, problem: string): void {
  if (!condition) throw queueError('job_declared_wrongly', { message: `job ${job.name}: ${problem}` });
}
