import type { Queue, Job as StoredJob } from 'bullmq';
import { Temporal } from 'temporal-polyfill';
import type { AppError } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type Cursor, readCursor, writeCursor } from './cursor.ts';
import type { Job } from './job.ts';
import { parsePublicJobId, publicJobId } from './job-id.ts';
import type { Reporter } from './observer.ts';
import { queueError } from './queue.errors.ts';
import { redact } from './redact.ts';

export interface FailedJob {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly failedAt: Temporal.Instant;
  readonly attempts: number;
  /** `code: message` */
  readonly reason: string;
  readonly input: unknown;
}

export interface FailedJobPage {
  readonly jobs: readonly FailedJob[];
  /** There when there is more. */
  readonly cursor?: string;
}

export interface FailedJobQuery {
  readonly queue?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface FailedJobFilter {
  readonly queue?: string;
  readonly name?: string;
  readonly failedBefore?: Temporal.Instant;
}

const PAGE = 100;
const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 50;

/** The jobs that wait for a person: by queue, the newest first. */
export class FailedJobs {
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #report: Reporter;

  constructor(queues: ReadonlyMap<string, Queue>, jobs: ReadonlyMap<string, Job>, report: Reporter) {
    this.#queues = queues;
    this.#jobs = jobs;
    this.#report = report;
  }

  async list(query: FailedJobQuery): Promise<FailedJobPage> {
    const limit = Math.min(Math.max(query.limit ?? DEFAULT_LIMIT, 1), MAX_LIMIT);
    let from = query.cursor === undefined ? undefined : readCursor(query.cursor);
    const found: FailedJob[] = [];
    for (const name of this.#names(query.queue)) {
      if (from && name < from.queue) continue;
      const queue = this.#queues.get(name);
      if (queue === undefined) continue;
      const start = from?.queue === name ? from : undefined;
      from = undefined;
      for await (const { stored, cursor } of failedOf(queue, start)) {
        found.push(this.#shown(name, stored));
        // One more than asked for would tell whether there is more; an empty last page is cheaper.
        if (found.length === limit) return { jobs: found, cursor: writeCursor(cursor) };
      }
    }
    return { jobs: found };
  }

  /** Runs it again from the first attempt, with the input that it has. */
  async replay(id: string): Promise<Result<FailedJob, AppError>> {
    return this.#change(id, again);
  }

  /** Replays those that are there now; one that fails again meanwhile is not taken twice. */
  async replayAll(filter: FailedJobFilter): Promise<number> {
    const found: StoredJob[] = [];
    for (const name of this.#names(filter.queue)) {
      const queue = this.#queues.get(name);
      if (queue === undefined) continue;
      for await (const { stored } of failedOf(queue, undefined)) {
        if (matches(this.#shown(name, stored), filter)) found.push(stored);
      }
    }
    let replayed = 0;
    // The oldest first, as they came.
    for (const stored of found.reverse()) if (await changed(stored, again)) replayed += 1;
    return replayed;
  }

  /** Removes it for good. What it was comes back, so that the caller can write down who did it and why. */
  async discard(id: string, reason: string): Promise<Result<FailedJob, AppError>> {
    if (reason.trim() === '') {
      return err(queueError('job_discard_without_reason', { message: `say why ${id} is discarded` }));
    }
    const gone = await this.#change(id, (stored) => stored.remove());
    if (gone.ok) this.#report.discarded(id, reason);
    return gone;
  }

  async #change(
    id: string,
    change: (stored: StoredJob) => Promise<unknown>,
  ): Promise<Result<FailedJob, AppError>> {
    const found = await this.#failed(id);
    if (!found.ok || (await changed(found.value.stored, change))) {
      return found.ok ? ok(found.value.shown) : found;
    }
    // Somebody else replayed or discarded it in this moment.
    return err(
      queueError('job_not_failed', { message: `the job ${id} is no longer failed`, details: { id } }),
    );
  }

  async #failed(id: string): Promise<Result<{ stored: StoredJob; shown: FailedJob }, AppError>> {
    const address = parsePublicJobId(id);
    const queue = address && this.#queues.get(address.queue);
    const stored = address && (await queue?.getJob(address.stored));
    if (!stored)
      return err(queueError('job_not_found', { message: `there is no job ${id}`, details: { id } }));
    if (!(await stored.isFailed())) {
      return err(queueError('job_not_failed', { message: `the job ${id} is not failed`, details: { id } }));
    }
    return ok({ stored, shown: this.#shown(stored.queueName, stored) });
  }

  #names(only: string | undefined): readonly string[] {
    const all = [...this.#queues.keys()].sort();
    if (only === undefined) return all;
    if (this.#queues.has(only)) return [only];
    const there = all.length > 0 ? `there are ${all.join(', ')}` : 'there is none at all';
    throw queueError('queue_unknown', { message: `no queue is called ${JSON.stringify(only)}; ${there}` });
  }

  #shown(queue: string, stored: StoredJob): FailedJob {
    return {
      id: publicJobId({ queue, stored: stored.id ?? '' }),
      queue,
      name: stored.name,
      failedAt: Temporal.Instant.fromEpochMilliseconds(stored.finishedOn ?? stored.timestamp),
      attempts: stored.attemptsMade,
      reason: stored.failedReason ?? 'unknown',
      input: redact(stored.data, this.#jobs.get(stored.name)?.redact),
    };
  }
}

function again(stored: StoredJob): Promise<void> {
  return stored.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
}

/** False if the job is not failed any more; any other trouble is thrown. */
async function changed(stored: StoredJob, change: (stored: StoredJob) => Promise<unknown>): Promise<boolean> {
  try {
    await change(stored);
    return true;
  } catch (error) {
    if (await stored.isFailed()) throw error;
    return false;
  }
}

function matches(job: FailedJob, { name, failedBefore }: FailedJobFilter): boolean {
  if (name !== undefined && job.name !== name) return false;
  return failedBefore === undefined || Temporal.Instant.compare(job.failedAt, failedBefore) < 0;
}

/**
 * All failed jobs of a queue, newest first, each with the cursor that continues after it. Jobs that come, go or
 * are replayed while somebody pages neither repeat nor hide others.
 */
async function* failedOf(
  queue: Queue,
  after: Cursor | undefined,
): AsyncGenerator<{ readonly stored: StoredJob; readonly cursor: Cursor }> {
  let last = after;
  let offset = after === undefined ? 0 : await rewind(queue, after);
  for (;;) {
    const page = (await queue.getJobs(['failed'], offset, offset + PAGE - 1)).filter(
      (job) => job !== undefined,
    );
    for (const [index, stored] of page.entries()) {
      const failedMs = stored.finishedOn ?? stored.timestamp;
      const id = stored.id ?? '';
      if (last && (failedMs > last.failedMs || (failedMs === last.failedMs && last.shown.includes(id))))
        continue;
      const shown: readonly string[] = failedMs === last?.failedMs ? [...last.shown, id] : [id];
      last = { queue: queue.name, failedMs, shown: [...shown], offset: offset + index };
      yield { stored, cursor: last };
    }
    if (page.length < PAGE) return;
    offset += page.length;
  }
}

/** Jobs that went since the cursor was made moved the rest forward: go back until nothing can have been missed. */
async function rewind(queue: Queue, { offset, failedMs }: Cursor): Promise<number> {
  let start = offset;
  while (start > 0) {
    const [first] = await queue.getJobs(['failed'], start, start);
    if (first !== undefined && (first.finishedOn ?? 0) > failedMs) return start;
    start = Math.max(0, start - PAGE);
  }
  return 0;
}
