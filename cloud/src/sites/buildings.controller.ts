import { Body, Controller, Get, Inject, Param, Patch, Post, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { OrganisationGuard, requestContext } from './organisation.guard.ts';
import * as schema from './places.schemas.ts';
import { organisationParams } from './sites.schemas.ts';
import { SitesService } from './sites.service.ts';
import { written } from './written.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;

/** Buildings, and the rules under which each lets. */
@Controller('organisations/:organisation/buildings')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class BuildingsController {
  readonly #sites: SitesService;

  constructor(@Inject(SitesService) sites: SitesService) {
    this.#sites = sites;
  }

  @Get()
  @Needs('places.read', { own: true })
  @ApiOperation({ summary: 'Buildings, each with its time zone', operationId: 'listBuildings' })
  @Answers(schema.buildingListSchema, { description: 'The buildings' })
  @Refuses(401, 404)
  async list(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Req() request: FastifyRequest,
  ) {
    return { items: written(await this.#sites.buildings(organisation, requestContext(request))) };
  }

  @Post()
  @Needs('places.manage')
  @ApiOperation({ summary: 'Add a building', operationId: 'addBuilding' })
  @Answers(schema.buildingSchema, { status: 201, description: 'The building' })
  @Refuses(401, 403, 404)
  async add(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Body({ schema: schema.addBuildingBody }) given: In<typeof schema.addBuildingBody>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#sites.addBuilding(organisation, given, requestContext(request)));
  }

  @Get(':building')
  @Needs('places.read', { own: true })
  @ApiOperation({ summary: 'One building', operationId: 'showBuilding' })
  @Answers(schema.buildingSchema, { description: 'The building' })
  @Refuses(401, 404)
  async show(
    @Param({ schema: schema.buildingParams }) { organisation, building }: In<typeof schema.buildingParams>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#sites.building(organisation, building, requestContext(request)));
  }

  @Patch(':building')
  @Needs('places.manage')
  @ApiOperation({ summary: 'Change what is said of a building', operationId: 'changeBuilding' })
  @Answers(schema.buildingSchema, { description: 'The building as it is now' })
  @Refuses(401, 403, 404, 409)
  async change(
    @Param({ schema: schema.buildingParams }) { organisation, building }: In<typeof schema.buildingParams>,
    @Body({ schema: schema.changeBuildingBody }) given: In<typeof schema.changeBuildingBody>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#sites.changeBuilding(organisation, building, given, requestContext(request)));
  }

  @Get(':building/regimes')
  @Needs('places.read')
  @ApiOperation({ summary: 'Under which rules a building lets, since when', operationId: 'listRegimes' })
  @Answers(schema.regimeListSchema, { description: 'In the order of days' })
  @Refuses(401, 403, 404)
  async regimes(
    @Param({ schema: schema.buildingParams }) { organisation, building }: In<typeof schema.buildingParams>,
    @Req() request: FastifyRequest,
  ) {
    return { items: written(await this.#sites.regimes(organisation, building, requestContext(request))) };
  }

  @Post(':building/regimes')
  @Needs('places.manage')
  @ApiOperation({ summary: 'Say under which rules a building lets from a day on', operationId: 'sayRegime' })
  @Answers(schema.regimeListSchema, { description: 'What holds now, in the order of days' })
  @Refuses(401, 403, 404)
  async sayRegime(
    @Param({ schema: schema.buildingParams }) { organisation, building }: In<typeof schema.buildingParams>,
    @Body({ schema: schema.sayRegimeBody }) given: In<typeof schema.sayRegimeBody>,
    @Req() request: FastifyRequest,
  ) {
    const word = { ...given, from: Temporal.PlainDate.from(given.from) };
    const asking = requestContext(request);
    return { items: written(await this.#sites.sayRegime(organisation, building, word, asking)) };
  }
}
