import { setTimeout as sleep } from 'node:timers/promises';
import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Schedule } from './schedule.ts';
import { optionsOf } from './stored-job.ts';

export interface ScheduleChanges {
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Makes the stored schedules of one queue those that are declared. One that is as declared is not touched:
 * writing it again would drop the run that fell due while no process was up.
 */
export async function syncSchedules(queue: Queue, declared: readonly Schedule[]): Promise<ScheduleChanges> {
  const stored = new Map((await queue.getJobSchedulers()).map((schedule) => [schedule.key, schedule]));
  const written: string[] = [];
  for (const schedule of declared) {
    const current = stored.get(schedule.id);
    stored.delete(schedule.id);
    if (current && same(current, schedule) && (await hasNextRun(queue, current))) continue;
    await write(queue, schedule);
    written.push(schedule.id);
  }
  const removed = [...stored.keys()];
  for (const id of removed) await queue.removeJobScheduler(id);
  return { written, removed };
}

const ATTEMPTS = 5;

/** Of two processes that boot together, one finds the run of the other in its way: then the work is done already. */
async function write(queue: Queue, schedule: Schedule): Promise<void> {
  const { id, job, input, cron, zone } = schedule;
  for (let attempt = 1; ; attempt++) {
    try {
      await queue.upsertJobScheduler(
        id,
        { pattern: cron, tz: zone },
        { name: job.name, data: input, opts: optionsOf(job) },
      );
      return;
    } catch (error) {
      const current = (await queue.getJobScheduler(id)) as JobSchedulerJson | undefined;
      if (current && same(current, schedule) && (await hasNextRun(queue, current))) return;
      if (attempt === ATTEMPTS) throw error;
      await sleep(50 * attempt);
    }
  }
}

function same(current: JobSchedulerJson, { job, input, cron, zone }: Schedule): boolean {
  return (
    current.name === job.name &&
    current.pattern === cron &&
    current.tz === zone &&
    current.template?.opts?.attempts === job.attempts &&
    canonical(current.template.data ?? {}) === canonical(input ?? {})
  );
}

/** A schedule lives by the run that waits: whoever removed that by hand stopped it for ever. */
async function hasNextRun(queue: Queue, { key, next }: JobSchedulerJson): Promise<boolean> {
  return (await queue.getJob(`repeat:${key}:${next}`)) !== undefined;
}

/** JSON with sorted keys: PostgreSQL gives objects back in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
