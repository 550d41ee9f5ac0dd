import type { Config } from '../config/index.ts';
import { loadProfiles, type Profiles } from '../ingest/index.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import { DecisionsService, type MeteringParts, probeMetering, UsageWorker } from '../metering/index.ts';
import { type Database, Listener } from '../platform/db/index.ts';
import type { Logger, Metrics } from '../platform/telemetry/index.ts';
import { USAGE_CHANNEL } from '../readings/index.ts';
import type { Databases } from './databases.ts';
import type { Step } from './lifecycle.ts';
import { type SitesAtHand, withSites } from './sites.ts';
import type { AppDatabase } from './stores.ts';

/** What the ledger needs of the hub. `profiles`: those that the pipeline has read already, where there is one. */
export function meteringParts(
  { config, clock }: { readonly config: Config; readonly clock: Clock },
  db: AppDatabase,
  profiles: Profiles | undefined,
): MeteringParts {
  const known = profiles ?? loadProfiles(config.ingest.profilesFolder).profiles;
  return { db, clock, ids: createIds(clock), profiles: known };
}

export interface UsageStepOptions {
  readonly parts: MeteringParts;
  readonly everybody: Database;
  readonly databases: Databases;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Usage follows readings: woken by their commits, and looking by itself in between. */
export function usageStep({ parts, everybody, databases, logger, metrics }: UsageStepOptions): Step {
  probeMetering(metrics, everybody);
  const worker = new UsageWorker({
    ...parts,
    everybody,
    onError: (error) => logger.warn({ err: error }, 'usage cannot be worked out at the moment'),
  });
  const listener = new Listener({
    url: databases.urlOf('worker'),
    setting: 'database.workerUrl',
    channel: USAGE_CHANNEL,
    onNotify: worker.wake,
    onLost: (error) =>
      logger.warn({ err: error }, 'usage looks for changes by itself until its listener is back'),
  });
  return {
    name: 'usage',
    async start() {
      worker.start();
      listener.start();
    },
    async stop() {
      await Promise.all([listener.stop(), worker.stop()]);
    },
  };
}

export interface MeteringAtHand extends SitesAtHand {
  readonly decisions: DecisionsService;
  readonly parts: MeteringParts;
}

/** Epochs and suspicions without a hub: straight on the database, for the command line. */
export function withMetering<T>(config: Config, work: (at: MeteringAtHand) => Promise<T>): Promise<T> {
  return withSites(config, (at) => {
    const { profiles } = loadProfiles(config.ingest.profilesFolder);
    const parts: MeteringParts = { db: at.db, clock: systemClock, ids: createIds(systemClock), profiles };
    return work({ ...at, parts, decisions: new DecisionsService(parts) });
  });
}
