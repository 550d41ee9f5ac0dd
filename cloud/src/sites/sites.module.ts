import { type DynamicModule, Module } from '@nestjs/common';
import type { Gate } from '../identity/index.ts';
import { BuildingsController } from './buildings.controller.ts';
import { GatewaysService } from './gateways.service.ts';
import { InstallationsService } from './installations.service.ts';
import { MetersController } from './meters.controller.ts';
import { MetersService } from './meters.service.ts';
import {
  OperatorOnlyGuard,
  ORGANISATION_ACCESS,
  type OrganisationAccess,
  OrganisationGuard,
} from './organisation.guard.ts';
import { PlacesController } from './places.controller.ts';
import { PlacesService } from './places.service.ts';
import { SearchController } from './search.controller.ts';
import { SearchService, type SearchSource, siteSources } from './search.service.ts';
import type { SitesParts } from './site-change.ts';
import { OrganisationsController, SitesController } from './sites.controller.ts';
import { SitesService } from './sites.service.ts';

@Module({})
class SitesModule {}

export interface SitesModuleParts extends SitesParts {
  readonly operatorToken: string;
  /** Who signs in besides the operator. */
  readonly gate?: Gate;
  /** What features further down the stream let be found. */
  readonly searchSources?: readonly SearchSource[];
}

/** Known to every feature: its guard decides for which organisation a request may speak. */
export function sitesModule(parts: SitesModuleParts): DynamicModule {
  const access = (sites: SitesService): OrganisationAccess => ({
    operatorToken: parts.operatorToken,
    gate: parts.gate,
    knows: (organisation) => sites.knows(organisation),
  });
  return {
    module: SitesModule,
    global: true,
    controllers: [
      OrganisationsController,
      SitesController,
      BuildingsController,
      PlacesController,
      MetersController,
      SearchController,
    ],
    providers: [
      { provide: SitesService, useFactory: () => new SitesService(parts) },
      { provide: GatewaysService, useFactory: () => new GatewaysService(parts) },
      { provide: MetersService, useFactory: () => new MetersService(parts) },
      { provide: PlacesService, useFactory: () => new PlacesService(parts) },
      { provide: InstallationsService, useFactory: () => new InstallationsService(parts) },
      {
        provide: SearchService,
        useFactory: () => new SearchService(parts, [...siteSources, ...(parts.searchSources ?? [])]),
      },
      { provide: ORGANISATION_ACCESS, useFactory: access, inject: [SitesService] },
      OrganisationGuard,
      OperatorOnlyGuard,
    ],
    exports: [
      SitesService,
      GatewaysService,
      MetersService,
      PlacesService,
      InstallationsService,
      ORGANISATION_ACCESS,
      OrganisationGuard,
      OperatorOnlyGuard,
    ],
  };
}
