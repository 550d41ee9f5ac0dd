import { z } from 'zod';
import { defineErrors } from '../kernel/errors.ts';
import { defineJob, defineSchedule, handleJob, type JobModule } from '../platform/queue/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';
import { auditUsage, type UsageAuditOptions } from './usage-audit.ts';

const auditError = defineErrors({
  usage_differs: {
    kind: 'internal',
    retryable: false,
    meaning: 'usage was worked out anew and is not what stands: see the newest row of usage_audit',
  },
});

const audit = defineJob({
  name: 'metering.audit',
  queue: 'maintenance',
  input: z.strictObject({}),
  attempts: 2,
  timeoutMs: 3_600_000,
});

export interface MeteringJobsParts extends Omit<UsageAuditOptions, 'everybody'> {
  readonly logger: Logger;
  /** Absent in a process that lists jobs and runs none. */
  readonly everybody: UsageAuditOptions['everybody'] | undefined;
}

/** Once a night. A difference fails the job, so that it stands where somebody looks. */
export function meteringJobs(parts: MeteringJobsParts | undefined): JobModule {
  return {
    jobs: [audit],
    handlers: [
      handleJob(audit, async (_input, { signal }) => {
        if (!parts?.everybody) throw new TypeError('this process runs no jobs');
        const { points, quarters, differences } = await auditUsage(
          { ...parts, everybody: parts.everybody },
          signal,
        );
        parts.logger.info({ points, quarters, differences: differences.length }, 'usage audited');
        if (differences.length > 0) {
          const [first] = differences;
          const message = `${differences.length} of ${quarters} quarters and their days differ, the first at ${first?.at} of point ${first?.point}`;
          throw auditError('usage_differs', { message });
        }
      }),
    ],
    schedules: [
      defineSchedule({
        id: 'metering.audit',
        job: audit,
        input: {},
        cron: '40 2 * * *',
        zone: 'Asia/Bangkok',
      }),
    ],
  };
}
