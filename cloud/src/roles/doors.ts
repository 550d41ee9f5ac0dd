import type { Config } from '../config/index.ts';
import {
  CorrectionsService,
  type DirectDoorParts,
  ImportRunner,
  ImportsService,
  ManualService,
  WebhookSourcesService,
  webhookSealingKey,
} from '../ingest/index.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import { registerEpochs } from '../metering/index.ts';
import { OnboardingService } from '../onboarding/index.ts';
import type { CheckedRole } from '../platform/db/index.ts';
import type { FileStore } from '../platform/files/index.ts';
import { createLogger, createMetrics } from '../platform/telemetry/index.ts';
import { Databases } from './databases.ts';
import { type ComposedIngest, composeIngest } from './ingest.ts';
import { masterKey } from './keys.ts';
import { type SitesAtHand, sitesAtHand } from './sites.ts';
import { type AppDatabase, filesOf, openAppDatabase, openWorkerDatabase } from './stores.ts';

/** What the doors for people and other systems need of the hub. */
export function directDoorParts(
  { config, clock }: { readonly config: Config; readonly clock: Clock },
  parts: { readonly db: AppDatabase; readonly files: FileStore; readonly ingest: ComposedIngest },
): DirectDoorParts {
  return {
    db: parts.db,
    files: parts.files,
    intake: parts.ingest.pipeline,
    profiles: parts.ingest.profiles,
    ids: createIds(clock),
    clock,
    epochsOf: registerEpochs,
    sealing: webhookSealingKey(masterKey(config.keys.master)),
  };
}

export interface DoorsAtHand extends SitesAtHand {
  readonly imports: ImportsService;
  readonly runner: ImportRunner;
  readonly manual: ManualService;
  readonly corrections: CorrectionsService;
  readonly webhooks: WebhookSourcesService;
  readonly onboarding: OnboardingService;
}

/** The doors without a hub: straight on database and files, for the command line. */
export async function withDoors<T>(config: Config, work: (at: DoorsAtHand) => Promise<T>): Promise<T> {
  const logger = createLogger({ level: 'silent', format: 'json', secrets: [] });
  const sees = config.database.workerUrl !== undefined;
  const roles: readonly CheckedRole[] = sees ? ['app', 'worker', 'ingest'] : ['app', 'ingest'];
  const databases = new Databases({ ...config.database, migrateOnStart: false }, roles, logger);
  const files = filesOf(config);
  try {
    await databases.start();
    await files.start();
    const db = openAppDatabase(config, databases.get('app'), systemClock, logger);
    const everybody = sees ? openWorkerDatabase(config, databases, logger) : undefined;
    const base = { config, clock: systemClock, logger, metrics: createMetrics('cli'), databases };
    // Its queue and its upkeep stay unstarted: readings of one's own need neither.
    const ingest = composeIngest(base, { door: false });
    const parts = directDoorParts(base, { db, files, ingest });
    return await work({
      ...sitesAtHand(config, { db, everybody, clock: systemClock }),
      imports: new ImportsService(parts),
      runner: new ImportRunner(parts),
      manual: new ManualService(parts),
      corrections: new CorrectionsService(parts),
      webhooks: new WebhookSourcesService(parts),
      onboarding: new OnboardingService(parts),
    });
  } finally {
    await files.stop();
    await databases.stop();
  }
}
