import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { ALL_ORGANISATIONS, type Database } from '../platform/db/index.ts';
import type { FileStore } from '../platform/files/index.ts';
import { defineJob, defineSchedule, handleJob, type JobModule } from '../platform/queue/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';

export interface UnusedUploadsOptions {
  /** Of meterline_worker. */
  readonly everybody: Database;
  readonly files: Pick<FileStore, 'delete'>;
  readonly clock: Clock;
  readonly keepDays: number;
}

const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'retention' } };
const DELETE_SQL = 'select delete_unused_upload($1) as key';

/**
 * Lets go of files that were uploaded for an import that nobody started, and of photos that no reading names. A row goes
 * when its file has gone: stopped in between, it goes the next time.
 */
export async function dropUnusedUploads(
  { everybody, files, clock, keepDays }: UnusedUploadsOptions,
  signal?: AbortSignal,
): Promise<number> {
  const before = clock.now().subtract({ hours: 24 * keepDays });
  for (let dropped = 0; ; dropped += 1) {
    if (signal?.aborted) return dropped;
    const found = await everybody.transaction(WHO, async (tx) => {
      const { rows } = await tx.query<{ key: string | null }>(DELETE_SQL, [before]);
      const key = rows[0]?.key ?? null;
      if (key !== null) await files.delete(key);
      return key !== null;
    });
    if (!found) return dropped;
  }
}

const dropUnused = defineJob({
  name: 'uploads.expire',
  queue: 'maintenance',
  input: z.strictObject({}),
  attempts: 6,
  timeoutMs: 3_600_000,
});

export type UnusedUploadsParts = {
  /** Absent in a process that lists jobs and runs none. */
  readonly [Key in 'everybody' | 'files']: UnusedUploadsOptions[Key] | undefined;
} & Pick<UnusedUploadsOptions, 'clock' | 'keepDays'> & { readonly logger: Logger };

/** In the same night as the readings that have expired. */
export const unusedUploadsJobs = ({
  everybody,
  files,
  clock,
  keepDays,
  logger,
}: UnusedUploadsParts): JobModule => ({
  jobs: [dropUnused],
  handlers: [
    handleJob(dropUnused, async (_input, { signal }) => {
      if (!everybody || !files) throw new TypeError('this process runs no jobs');
      const dropped = await dropUnusedUploads({ everybody, files, clock, keepDays }, signal);
      if (dropped > 0) logger.info({ dropped }, 'uploads that nobody used have gone');
    }),
  ],
  schedules: [
    defineSchedule({
      id: 'uploads.expire',
      job: dropUnused,
      input: {},
      cron: '30 3 * * *',
      zone: 'Asia/Bangkok',
    }),
  ],
});
