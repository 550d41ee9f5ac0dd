import { randomBytes } from 'node:crypto';
import type { Config } from '../config/index.ts';
import { loadProfiles, type Profiles } from '../ingest/index.ts';
import { systemClock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import type { CheckedRole, Database } from '../platform/db/index.ts';
import { createLogger } from '../platform/telemetry/index.ts';
import { GatewaysService, MetersService, type SitesParts, SitesService } from '../sites/index.ts';
import { Databases } from './databases.ts';
import { type AppDatabase, openAppDatabase, openWorkerDatabase } from './stores.ts';

/** What the ground needs of the hub. */
export function sitesParts(
  config: Config,
  { db, everybody, clock }: Pick<SitesParts, 'db' | 'everybody' | 'clock'>,
): SitesParts {
  let known: Profiles | undefined;
  const profiles = () => (known ??= loadProfiles(config.ingest.profilesFolder).profiles);
  return { db, everybody, clock, profiles, ids: createIds(clock), random: randomBytes };
}

export interface SitesAtHand {
  readonly db: AppDatabase;
  /** Where the configuration has database.workerUrl. */
  readonly everybody: Database | undefined;
  readonly sites: SitesService;
  readonly gateways: GatewaysService;
  readonly meters: MetersService;
}

function sitesAtHand(config: Config, db: AppDatabase, everybody: Database | undefined): SitesAtHand {
  const parts = sitesParts(config, { db, everybody, clock: systemClock });
  return {
    db,
    everybody,
    sites: new SitesService(parts),
    gateways: new GatewaysService(parts),
    meters: new MetersService(parts),
  };
}

/** Organisations and gateways without a hub: straight on the database, for the command line. */
export async function withSites<T>(config: Config, work: (at: SitesAtHand) => Promise<T>): Promise<T> {
  const logger = createLogger({ level: 'silent', format: 'json', secrets: [] });
  const sees = config.database.workerUrl !== undefined;
  const roles: readonly CheckedRole[] = sees ? ['app', 'worker'] : ['app'];
  const databases = new Databases({ ...config.database, migrateOnStart: false }, roles, logger);
  try {
    await databases.start();
    const db = openAppDatabase(config, databases.get('app'), systemClock, logger);
    const everybody = sees ? openWorkerDatabase(config, databases, logger) : undefined;
    return await work(sitesAtHand(config, db, everybody));
  } finally {
    await databases.stop();
  }
}
