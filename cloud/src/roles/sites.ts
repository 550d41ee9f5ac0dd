import { randomBytes } from 'node:crypto';
import type { Config } from '../config/index.ts';
import { loadProfiles, type Profiles } from '../ingest/index.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import type { CheckedRole, Database } from '../platform/db/index.ts';
import { createLogger } from '../platform/telemetry/index.ts';
import {
  GatewaysService,
  InstallationsService,
  MetersService,
  PlacesService,
  SearchService,
  type SitesParts,
  SitesService,
  siteSources,
} from '../sites/index.ts';
import { Databases } from './databases.ts';
import { SEARCH_SOURCES } from './search.ts';
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
  readonly clock: Clock;
  /** Where the configuration has database.workerUrl. */
  readonly everybody: Database | undefined;
  readonly sites: SitesService;
  readonly places: PlacesService;
  readonly installations: InstallationsService;
  readonly search: SearchService;
  readonly gateways: GatewaysService;
  readonly meters: MetersService;
}

/** The services of the ground, without a hub around them. */
export function sitesAtHand(
  config: Config,
  { db, everybody, clock }: { readonly db: AppDatabase } & Pick<SitesParts, 'everybody' | 'clock'>,
): SitesAtHand {
  const parts = sitesParts(config, { db, everybody, clock });
  return {
    db,
    clock,
    everybody,
    sites: new SitesService(parts),
    places: new PlacesService(parts),
    installations: new InstallationsService(parts),
    search: new SearchService(parts, [...siteSources, ...SEARCH_SOURCES]),
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
    return await work(sitesAtHand(config, { db, everybody, clock: systemClock }));
  } finally {
    await databases.stop();
  }
}
