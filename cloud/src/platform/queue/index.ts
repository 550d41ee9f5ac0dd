export type { QueueBackendSettings } from './backend.ts';
export { type Backoff, backoffDelayMs } from './backoff.ts';
export type { FailedJob, FailedJobFilter, FailedJobPage, FailedJobQuery } from './failed-jobs.ts';
export {
  defineJob,
  type HandlerFunction,
  handleJob,
  type Job,
  type JobContext,
  type JobDeclaration,
  type JobHandler,
} from './job.ts';
export {
  type EnqueueWithin,
  JobQueue,
  type JobQueueOptions,
} from './job-queue.ts';
export { grantQueue, migrateQueue, queueSchema } from './migrations.ts';
export type { JobOutcome, JobRun, QueueObserver } from './observer.ts';
export type { Queryable } from './postgres-add.ts';
export type { Enqueued, EnqueueOptions } from './producer.ts';
export { type JobModule, JobRegistry } from './registry.ts';
export { defineSchedule, nextRuns, type Schedule, type ScheduleDeclaration } from './schedule.ts';
export type { QueueCounts, QueueHealth } from './vitals.ts';
