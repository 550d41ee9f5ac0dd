import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { isZone } from '../../kernel/period.ts';
import { nextCronRun } from './cron.ts';
import type { Job } from './job.ts';
import { queueError } from './queue.errors.ts';

/** A job that runs by the wall clock of a place. Declared as data; what is no longer declared is removed at boot. */
export interface Schedule {
  readonly id: string;
  readonly job: Job;
  readonly input: unknown;
  /** Five fields (minute, hour, day of month, month, day of week), or six with seconds first. */
  readonly cron: string;
  readonly zone: string;
}

export interface ScheduleDeclaration<S extends z.ZodType> {
  readonly id: string;
  readonly job: Job<S>;
  readonly input: z.input<S>;
  readonly cron: string;
  readonly zone: string;
}

const ID = /^[a-z][a-z0-9]*([./_-][A-Za-z0-9]+)*$/;

export function defineSchedule<S extends z.ZodType>(declaration: ScheduleDeclaration<S>): Schedule {
  const { id, cron, zone } = declaration;
  const wrong = (problem: string) =>
    queueError('job_declared_wrongly', { message: `schedule ${id}: ${problem}` });
  if (!ID.test(id) || id.length > 100) throw wrong('the id is not of the form words.and-words');
  if (!isZone(zone)) throw wrong(`"${zone}" is not a time zone`);
  if (nextCronRun(cron, zone, 0) === undefined) throw wrong(`"${cron}" is not a cron expression`);
  return { ...declaration, job: declaration.job as unknown as Job };
}

/** The next moments at which a schedule is due, strictly after `after`. */
export function nextRuns(
  schedule: Schedule,
  after: Temporal.Instant,
  count: number,
): readonly Temporal.Instant[] {
  const runs: Temporal.Instant[] = [];
  let ms: number | undefined = after.epochMilliseconds;
  while (runs.length < count) {
    ms = nextCronRun(schedule.cron, schedule.zone, ms);
    if (ms === undefined) break;
    runs.push(Temporal.Instant.fromEpochMilliseconds(ms));
  }
  return runs;
}
