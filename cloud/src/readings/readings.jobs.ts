import { z } from 'zod';
import { defineErrors } from '../kernel/errors.ts';
import { defineJob, defineSchedule, handleJob, type JobModule } from '../platform/queue/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';
import { expireReadings, type RetentionOptions } from './retention.ts';

const retentionError = defineErrors({
  retention_busy: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'readings that have expired are being read or written; they go the next time',
  },
});

const expire = defineJob({
  name: 'readings.expire',
  queue: 'maintenance',
  input: z.strictObject({}),
  attempts: 6,
  timeoutMs: 3_600_000,
});

export interface ReadingsJobsParts extends Omit<RetentionOptions, 'everybody'> {
  /** Absent in a process that lists jobs and runs none. */
  readonly everybody: RetentionOptions['everybody'] | undefined;
  readonly logger: Logger;
}

/** Once a night, when the buildings of these longitudes sleep. */
export function readingsJobs({ everybody, keep, clock, logger }: ReadingsJobsParts): JobModule {
  return {
    jobs: [expire],
    handlers: [
      handleJob(expire, async (_input, { signal }) => {
        if (!everybody) throw new TypeError('this process runs no jobs');
        const done = await expireReadings({ everybody, keep, clock }, signal);
        for (const { class: type, cutoff, dropped, rows } of done)
          if (dropped.length > 0 || rows > 0)
            logger.info({ class: type, before: cutoff.toString(), dropped, rows }, 'readings expired');
        if (done.some(({ busy }) => busy)) throw retentionError('retention_busy');
      }),
    ],
    schedules: [
      defineSchedule({
        id: 'readings.expire',
        job: expire,
        input: {},
        cron: '20 3 * * *',
        zone: 'Asia/Bangkok',
      }),
    ],
  };
}
