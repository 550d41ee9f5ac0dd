import type { Config } from '../config/index.ts';
import { type IdentityServices, identityServices } from '../identity/index.ts';
import { type DirectDoorParts, ManualService } from '../ingest/index.ts';
import { systemClock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import {
  type LeasesParts,
  LeasesService,
  MovesService,
  OccupancyService,
  PartiesService,
  PartyDataService,
} from '../leases/index.ts';
import { type DoorsAtHand, withDoors } from './doors.ts';
import { identityParts } from './identity.ts';

/** What leases need of the hub: readings of a handover go through the door of those that people enter. */
export function leasesParts(
  doors: DirectDoorParts,
  { people }: Pick<IdentityServices, 'people'>,
): LeasesParts {
  const { db, clock, ids } = doors;
  return { db, clock, ids, manual: new ManualService(doors), people };
}

export interface LeasesAtHand extends DoorsAtHand {
  readonly leases: LeasesService;
  readonly moves: MovesService;
  readonly parties: PartiesService;
  readonly partyData: PartyDataService;
  readonly occupancy: OccupancyService;
}

/** Leases without a hub: straight on the database, for the command line. */
export function withLeases<T>(config: Config, work: (at: LeasesAtHand) => Promise<T>): Promise<T> {
  return withDoors(config, (at) => {
    const { people } = identityServices(identityParts(config, at.db, systemClock));
    const ids = createIds(systemClock);
    const parts: LeasesParts = { db: at.db, clock: systemClock, ids, manual: at.manual, people };
    return work({
      ...at,
      leases: new LeasesService(parts),
      moves: new MovesService(parts),
      parties: new PartiesService(parts),
      partyData: new PartyDataService(parts),
      occupancy: new OccupancyService(parts),
    });
  });
}
