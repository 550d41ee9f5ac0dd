import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { GatewaysService } from './gateways.service.ts';
import { MetersService } from './meters.service.ts';
import { OperatorOnlyGuard, OrganisationGuard } from './organisation.guard.ts';
import {
  buildingListSchema,
  buildingQuery,
  gatewayDetailsSchema,
  gatewayListSchema,
  gatewayParams,
  installationListSchema,
  installationQuery,
  meterListSchema,
  organisationListSchema,
  organisationParams,
  placeListSchema,
  pointPageSchema,
  pointQuery,
} from './sites.schemas.ts';
import { SitesService } from './sites.service.ts';
import { written } from './written.ts';

type Scope = z.output<typeof organisationParams>;
type InBuilding = z.output<typeof buildingQuery>;

@Controller('organisations')
@UseGuards(OperatorOnlyGuard)
@NeedsOperator()
export class OrganisationsController {
  readonly #sites: SitesService;

  constructor(@Inject(SitesService) sites: SitesService) {
    this.#sites = sites;
  }

  @Get()
  @ApiOperation({ summary: 'All organisations of this hub', operationId: 'listOrganisations' })
  @Answers(organisationListSchema, { description: 'Every organisation' })
  @Refuses(401)
  async organisations() {
    return { items: written(await this.#sites.organisations()) };
  }
}

/** What an organisation has: buildings, places, gateways, meters, points. To change it: the command line, for now. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class SitesController {
  readonly #sites: SitesService;
  readonly #gateways: GatewaysService;
  readonly #meters: MetersService;

  constructor(
    @Inject(SitesService) sites: SitesService,
    @Inject(GatewaysService) gateways: GatewaysService,
    @Inject(MetersService) meters: MetersService,
  ) {
    this.#sites = sites;
    this.#gateways = gateways;
    this.#meters = meters;
  }

  @Get('buildings')
  @Needs('places.read')
  @ApiOperation({ summary: 'Buildings, each with its time zone', operationId: 'listBuildings' })
  @Answers(buildingListSchema, { description: 'The buildings' })
  @Refuses(401, 404)
  async buildings(@Param({ schema: organisationParams }) { organisation }: Scope) {
    return { items: written(await this.#sites.buildings(organisation)) };
  }

  @Get('places')
  @Needs('places.read')
  @ApiOperation({ summary: 'Floors, rooms and common areas', operationId: 'listPlaces' })
  @Answers(placeListSchema, { description: 'The places' })
  @Refuses(401, 404)
  async places(
    @Param({ schema: organisationParams }) { organisation }: Scope,
    @Query({ schema: buildingQuery }) { building }: InBuilding,
  ) {
    return { items: written(await this.#sites.places(organisation, building)) };
  }

  @Get('gateways')
  @Needs('gateways.read')
  @ApiOperation({ summary: 'Gateways, and when each was last heard', operationId: 'listGateways' })
  @Answers(gatewayListSchema, { description: 'The gateways' })
  @Refuses(401, 404)
  async gateways(
    @Param({ schema: organisationParams }) { organisation }: Scope,
    @Query({ schema: buildingQuery }) { building }: InBuilding,
  ) {
    return { items: written(await this.#gateways.list(organisation, building)) };
  }

  @Get('gateways/:gateway')
  @Needs('gateways.read')
  @ApiOperation({
    summary: 'One gateway with its credentials, none of them secret',
    operationId: 'showGateway',
  })
  @Answers(gatewayDetailsSchema, { description: 'The gateway' })
  @Refuses(401, 404)
  async gateway(@Param({ schema: gatewayParams }) params: z.output<typeof gatewayParams>) {
    return written(await this.#gateways.show(params.organisation, params.gateway));
  }

  @Get('meters')
  @Needs('meters.read')
  @ApiOperation({ summary: 'Meters', operationId: 'listMeters' })
  @Answers(meterListSchema, { description: 'The meters' })
  @Refuses(401, 404)
  async meters(
    @Param({ schema: organisationParams }) { organisation }: Scope,
    @Query({ schema: buildingQuery }) { building }: InBuilding,
  ) {
    return { items: written(await this.#meters.meters(organisation, building)) };
  }

  @Get('points')
  @Needs('meters.read')
  @ApiOperation({ summary: 'Points, page by page, in the order of their ids', operationId: 'listPoints' })
  @Answers(pointPageSchema, { description: 'A page of points' })
  @Refuses(401, 404)
  async points(
    @Param({ schema: organisationParams }) { organisation }: Scope,
    @Query({ schema: pointQuery }) query: z.output<typeof pointQuery>,
  ) {
    const items = await this.#meters.points(organisation, query);
    const last = items.length < query.limit ? undefined : items.at(-1);
    return { items: written(items), ...(last && { after: last.id }) };
  }

  @Get('installations')
  @Needs('meters.read')
  @ApiOperation({
    summary: 'Which meter a point was of, and where it hung, over time',
    operationId: 'listInstallations',
  })
  @Answers(installationListSchema, { description: 'The installations' })
  @Refuses(401, 404)
  async installations(
    @Param({ schema: organisationParams }) { organisation }: Scope,
    @Query({ schema: installationQuery }) { point }: z.output<typeof installationQuery>,
  ) {
    return { items: written(await this.#meters.installations(organisation, point)) };
  }
}
