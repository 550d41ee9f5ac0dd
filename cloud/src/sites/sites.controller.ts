import { Controller, Get, Inject, Param, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { GatewaysService } from './gateways.service.ts';
import { MetersService } from './meters.service.ts';
import { OperatorOnlyGuard, OrganisationGuard, requestContext } from './organisation.guard.ts';
import {
  buildingQuery,
  gatewayDetailsSchema,
  gatewayListSchema,
  gatewayParams,
  organisationListSchema,
  organisationParams,
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

/** Gateways and points; to change a gateway is for the command line, since it hands out credentials. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class SitesController {
  readonly #gateways: GatewaysService;
  readonly #meters: MetersService;

  constructor(
    @Inject(GatewaysService) gateways: GatewaysService,
    @Inject(MetersService) meters: MetersService,
  ) {
    this.#gateways = gateways;
    this.#meters = meters;
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

  @Get('points')
  @Needs('meters.read', { own: true })
  @ApiOperation({ summary: 'Points, page by page, in the order of their ids', operationId: 'listPoints' })
  @Answers(pointPageSchema, { description: 'A page of points' })
  @Refuses(401, 404)
  async points(
    @Param({ schema: organisationParams }) { organisation }: Scope,
    @Query({ schema: pointQuery }) query: z.output<typeof pointQuery>,
    @Req() request: FastifyRequest,
  ) {
    const items = await this.#meters.points(organisation, query, requestContext(request));
    const last = items.length < query.limit ? undefined : items.at(-1);
    return { items: written(items), ...(last && { after: last.id }) };
  }
}
