import { z } from 'zod';
import type { EventHandler } from '../../platform/db/index.ts';
import { defineJob, handleJob, type JobHandler, type JobQueue } from '../../platform/queue/index.ts';
import type { ImportRunner } from './import-runner.ts';
import { IMPORT_QUEUED } from './imports.service.ts';

/** As often as a day of crashes could need; each attempt goes on where the last one was killed. */
export const runImport = defineJob({
  name: 'imports.run',
  queue: 'imports',
  input: z.strictObject({ organisation: z.uuid(), import: z.uuid() }),
  attempts: 30,
  backoff: { firstMs: 5_000, maxMs: 300_000 },
  timeoutMs: 3_600_000,
  concurrency: 2,
});

export function importHandler(runner: ImportRunner | undefined): JobHandler {
  return handleJob(runImport, async (input, { signal }) => {
    if (!runner) throw new TypeError('this process runs no jobs');
    await runner.run(input.organisation, input.import, signal);
  });
}

const payload = z.object({ import: z.uuid() });

/** Each start is an event of its own, and its id is the job's: delivered twice it is one job. */
export function importEvents(queue: Pick<JobQueue, 'enqueue'>): Readonly<Record<string, EventHandler>> {
  return {
    [IMPORT_QUEUED]: async (event) => {
      const told = payload.safeParse(event.payload);
      if (!told.success) return { kind: 'reject', reason: 'the payload names no import' };
      const input = { organisation: event.organisation, import: told.data.import };
      await queue.enqueue(runImport, input, { id: event.id });
      return { kind: 'done' };
    },
    // Nobody waits for these yet; they stand for what comes downstream.
    'import.done': async () => ({ kind: 'done' }),
  };
}
