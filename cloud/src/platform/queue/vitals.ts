import type { Queue } from 'bullmq';
import { type QueueBackend, reasonOf } from './backend.ts';
import { withDeadline } from './deadline.ts';
import type { Reporter } from './observer.ts';
import type { JobCatalogue } from './registry.ts';

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly completed: number;
}

export interface QueueHealth {
  readonly ok: boolean;
  /** A few words without addresses or credentials. */
  readonly detail: string;
}

const HEALTH_TIMEOUT_MS = 1_500;

export async function countsOf(queue: Queue): Promise<QueueCounts> {
  const counts = await queue.getJobCounts(
    'waiting',
    'prioritized',
    'active',
    'delayed',
    'failed',
    'completed',
  );
  const of = (state: string) => counts[state] ?? 0;
  return {
    waiting: of('waiting') + of('prioritized'),
    active: of('active'),
    delayed: of('delayed'),
    failed: of('failed'),
    completed: of('completed'),
  };
}

export async function healthOf(running: {
  readonly backend: QueueBackend;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly pool: { idle(): readonly string[] } | undefined;
}): Promise<QueueHealth> {
  const { backend, queues, pool } = running;
  try {
    await withDeadline(backend.ping(), HEALTH_TIMEOUT_MS, () => new Error('no answer'));
  } catch (error) {
    return { ok: false, detail: `${backend.kind} is unreachable (${briefly(error)})` };
  }
  const idle = pool?.idle() ?? [];
  if (idle.length > 0) return { ok: false, detail: `no worker runs for ${idle.join(', ')}` };
  return { ok: true, detail: `${backend.kind}, ${queues.size} queues` };
}

/** Jobs in a queue that no job is declared for any more: nothing would run them, or show them. */
export async function reportOrphans(
  backend: QueueBackend,
  catalogue: JobCatalogue,
  report: Reporter,
): Promise<void> {
  const stored = await backend.storedQueues();
  for (const name of stored.filter((candidate) => !catalogue.queues.has(candidate))) {
    const queue = backend.queue(name, {});
    queue.on('error', (error) => report.problem(`queue ${name}: ${reasonOf(error)}`, error));
    const { waiting, active, delayed, failed } = await countsOf(queue);
    await queue.close();
    const held = waiting + active + delayed + failed;
    if (held > 0) report.problem(`the queue ${name} holds ${held} jobs and is not declared`, undefined);
  }
}

/** readyz is open to anybody: a code or a few words, no address. */
function briefly(error: unknown): string {
  const reason = reasonOf(error);
  return /[:@/]|\d+\.\d+/.test(reason) ? 'connection failed' : reason;
}
