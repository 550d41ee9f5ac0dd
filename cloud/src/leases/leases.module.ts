import { type DynamicModule, Module } from '@nestjs/common';
import { LeasesController, MovesController } from './leases.controller.ts';
import { LeasesService } from './leases.service.ts';
import type { LeasesParts } from './leases.types.ts';
import { MovesService } from './moves.service.ts';
import { OccupancyService } from './occupancy.service.ts';
import { PartiesController } from './parties.controller.ts';
import { PartiesService } from './parties.service.ts';
import { PartyDataService } from './party-data.service.ts';

@Module({})
class LeasesModule {}

/** Needs the sites' module beside it: its guard decides for which organisation a request may speak. */
export function leasesModule(parts: LeasesParts): DynamicModule {
  return {
    module: LeasesModule,
    controllers: [LeasesController, MovesController, PartiesController],
    providers: [
      { provide: LeasesService, useFactory: () => new LeasesService(parts) },
      { provide: MovesService, useFactory: () => new MovesService(parts) },
      { provide: OccupancyService, useFactory: () => new OccupancyService(parts) },
      { provide: PartyDataService, useFactory: () => new PartyDataService(parts) },
      { provide: PartiesService, useFactory: () => new PartiesService(parts) },
    ],
  };
}
