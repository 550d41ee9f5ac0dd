import { type DynamicModule, Module } from '@nestjs/common';
import type { Gate } from '../identity/index.ts';
import { GatewaysService } from './gateways.service.ts';
import { MetersService } from './meters.service.ts';
import {
  OperatorOnlyGuard,
  ORGANISATION_ACCESS,
  type OrganisationAccess,
  OrganisationGuard,
} from './organisation.guard.ts';
import type { SitesParts } from './site-change.ts';
import { OrganisationsController, SitesController } from './sites.controller.ts';
import { SitesService } from './sites.service.ts';

@Module({})
class SitesModule {}

export interface SitesModuleParts extends SitesParts {
  readonly operatorToken: string;
  /** Who signs in besides the operator. */
  readonly gate?: Gate;
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
    controllers: [OrganisationsController, SitesController],
    providers: [
      { provide: SitesService, useFactory: () => new SitesService(parts) },
      { provide: GatewaysService, useFactory: () => new GatewaysService(parts) },
      { provide: MetersService, useFactory: () => new MetersService(parts) },
      { provide: ORGANISATION_ACCESS, useFactory: access, inject: [SitesService] },
      OrganisationGuard,
      OperatorOnlyGuard,
    ],
    exports: [
      SitesService,
      GatewaysService,
      MetersService,
      ORGANISATION_ACCESS,
      OrganisationGuard,
      OperatorOnlyGuard,
    ],
  };
}
