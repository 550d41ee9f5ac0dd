import type { DynamicModule } from '@nestjs/common';
import type { EventHandler } from '../platform/db/index.ts';
import type { FileStore } from '../platform/files/index.ts';
import type { JobModule, JobQueue } from '../platform/queue/index.ts';
import type { Profiles } from './domain/decode-check.ts';
import type { DoorParts } from './door-parts.ts';
import { ImportRunner } from './files/import-runner.ts';
import { importEvents, importHandler, runImport } from './files/imports.jobs.ts';
import { importsModule } from './files/imports.module.ts';
import { READING_CORRECTED } from './manual/corrections.service.ts';
import { manualModule } from './manual/manual.module.ts';
import type { EpochsOf } from './manual/register-epochs.ts';
import { webhookModule } from './webhook/webhook.module.ts';
import type { SealingKey } from './webhook/webhook-secret.ts';

export interface DirectDoorParts extends DoorParts {
  readonly files: FileStore;
  readonly profiles: Profiles;
  readonly sealing: SealingKey;
  readonly epochsOf: EpochsOf;
}

/** The doors for people and other systems: files, webhooks, readings entered by hand. */
export const directDoors = (parts: DirectDoorParts): readonly DynamicModule[] => [
  importsModule(parts),
  webhookModule(parts),
  manualModule(parts),
];

/** Without parts: a process that lists jobs and runs none. */
export const doorJobs = (parts: DirectDoorParts | undefined): JobModule => ({
  jobs: [runImport],
  handlers: [importHandler(parts && new ImportRunner(parts))],
});

/** Which events of theirs go where. */
export const doorEvents = (queue: Pick<JobQueue, 'enqueue'>): Readonly<Record<string, EventHandler>> => ({
  ...importEvents(queue),
  // Told for whoever will listen: the ledger hears of it from the database itself.
  [READING_CORRECTED]: async () => ({ kind: 'done' }),
});
