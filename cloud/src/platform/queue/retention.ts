import type { Queue } from 'bullmq';

export interface Retention {
  /** A completed job is kept so that its id stays known: a repeated enqueue of it does nothing. */
  readonly completedMs: number;
  readonly completedCount: number;
  /** A failed job is kept for a person. */
  readonly failedMs: number;
  readonly failedCount: number;
}

export const DEFAULT_RETENTION: Retention = {
  completedMs: 24 * 3_600_000,
  completedCount: 10_000,
  failedMs: 90 * 24 * 3_600_000,
  failedCount: 10_000,
};

const CHUNK = 1_000;

/** Removes what is too old and, oldest first, what is too many. Returns how many jobs went. */
export async function trimFinished(queue: Queue, retention: Retention, nowMs: number): Promise<number> {
  const completed = await trim(queue, 'completed', retention.completedMs, retention.completedCount, nowMs);
  const failed = await trim(queue, 'failed', retention.failedMs, retention.failedCount, nowMs);
  return completed + failed;
}

async function trim(
  queue: Queue,
  state: 'completed' | 'failed',
  keepMs: number,
  keepCount: number,
  nowMs: number,
): Promise<number> {
  // The newest of those that are too many: it, and all that finished before it, go.
  const [surplus] = await queue.getJobs([state], keepCount, keepCount);
  const tooMany = surplus?.finishedOn === undefined ? Number.POSITIVE_INFINITY : nowMs - surplus.finishedOn;
  const grace = Math.max(0, Math.min(keepMs, tooMany));
  let removed = 0;
  for (;;) {
    const gone = await queue.clean(grace, CHUNK, state);
    removed += gone.length;
    if (gone.length < CHUNK) return removed;
  }
}
