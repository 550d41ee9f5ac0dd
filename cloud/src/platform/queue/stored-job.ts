import type { JobsOptions } from 'bullmq';
import type { Job } from './job.ts';

export interface JobToStore {
  readonly queue: string;
  readonly name: string;
  readonly id: string;
  readonly data: unknown;
  readonly options: JobsOptions & {
    readonly delay: number;
    readonly priority: number;
    readonly attempts: number;
  };
}

/** BullMQ asks the worker's own strategy for every pause: the policy is read from the code, not from the job. */
const BACKOFF_TYPE = 'declared';

/** Finished jobs are removed by the retention sweep: on PostgreSQL a count kept here costs a scan per job. */
export function optionsOf(job: Pick<Job, 'attempts'>): JobsOptions & { readonly attempts: number } {
  return {
    attempts: job.attempts,
    backoff: { type: BACKOFF_TYPE },
    removeOnComplete: false,
    removeOnFail: false,
    stackTraceLimit: 2,
  };
}
