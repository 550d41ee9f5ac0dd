import {
  Body,
  Controller,
  Delete,
  Get,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { InstallationsService } from './installations.service.ts';
import * as schema from './meters.schemas.ts';
import { MetersService } from './meters.service.ts';
import { OrganisationGuard, requestContext } from './organisation.guard.ts';
import { reasonBody, removedSchema } from './places.schemas.ts';
import { buildingQuery, organisationParams } from './sites.schemas.ts';
import { written } from './written.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;
const REMOVED = { removed: true };
const instantOf = (text: string | undefined) =>
  text === undefined ? undefined : Temporal.Instant.from(text);

/** Meters, what main meters sum, and where meters hang over time. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class MetersController {
  readonly #meters: MetersService;
  readonly #installations: InstallationsService;

  constructor(
    @Inject(MetersService) meters: MetersService,
    @Inject(InstallationsService) installations: InstallationsService,
  ) {
    this.#meters = meters;
    this.#installations = installations;
  }

  @Get('meters')
  @Needs('meters.read', { own: true })
  @ApiOperation({ summary: 'Meters', operationId: 'listMeters' })
  @Answers(schema.meterListSchema, { description: 'The meters' })
  @Refuses(401, 404)
  async list(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Query({ schema: buildingQuery }) { building }: In<typeof buildingQuery>,
    @Req() request: FastifyRequest,
  ) {
    return { items: written(await this.#meters.meters(organisation, building, requestContext(request))) };
  }

  @Post('meters')
  @Needs('meters.manage')
  @ApiOperation({ summary: 'Add a meter', operationId: 'addMeter' })
  @Answers(schema.meterSchema, { status: 201, description: 'The meter' })
  @Refuses(401, 403, 404, 409)
  async add(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Body({ schema: schema.addMeterBody }) given: In<typeof schema.addMeterBody>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#meters.addMeter(organisation, given, requestContext(request)));
  }

  @Patch('meters/:meter')
  @Needs('meters.manage')
  @ApiOperation({ summary: 'Change what is said of a meter, or what sums it', operationId: 'changeMeter' })
  @Answers(schema.meterSchema, { description: 'The meter as it is now' })
  @Refuses(401, 403, 404, 409)
  async change(
    @Param({ schema: schema.meterParams }) { organisation, meter }: In<typeof schema.meterParams>,
    @Body({ schema: schema.changeMeterBody }) given: In<typeof schema.changeMeterBody>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#meters.changeMeter(organisation, meter, given, requestContext(request)));
  }

  @Get('meters/:meter/sums')
  @Needs('meters.read')
  @ApiOperation({
    summary: 'What a main meter should sum, and which of it lacks what a sum needs',
    operationId: 'listSums',
  })
  @Answers(schema.summedListSchema, { description: 'The meters below it' })
  @Refuses(401, 403, 404, 409)
  async sums(
    @Param({ schema: schema.meterParams }) { organisation, meter }: In<typeof schema.meterParams>,
    @Req() request: FastifyRequest,
  ) {
    return { items: written(await this.#meters.sums(organisation, meter, requestContext(request))) };
  }

  @Post('meters/:meter/end')
  @Needs('meters.manage')
  @ApiOperation({ summary: 'Say that a meter hangs nowhere from an instant on', operationId: 'endMeter' })
  @Answers(schema.installationListSchema, { description: 'What ended' })
  @Refuses(401, 403, 404)
  async end(
    @Param({ schema: schema.meterParams }) { organisation, meter }: In<typeof schema.meterParams>,
    @Body({ schema: schema.endBody }) { at }: In<typeof schema.endBody>,
    @Req() request: FastifyRequest,
  ) {
    const given = { meter, at: instantOf(at) };
    return { items: written(await this.#installations.end(organisation, given, requestContext(request))) };
  }

  @Post('meters/:meter/replace')
  @Needs('meters.manage')
  @ApiOperation({ summary: 'Put another meter in the place of one', operationId: 'replaceMeter' })
  @Answers(schema.installationListSchema, { description: 'Where the new one hangs' })
  @Refuses(401, 403, 404, 409)
  async replace(
    @Param({ schema: schema.meterParams }) { organisation, meter }: In<typeof schema.meterParams>,
    @Body({ schema: schema.replaceBody }) { by, at }: In<typeof schema.replaceBody>,
    @Req() request: FastifyRequest,
  ) {
    const given = { by, at: instantOf(at) };
    const asking = requestContext(request);
    return { items: written(await this.#installations.replace(organisation, meter, given, asking)) };
  }

  @Get('installations')
  @Needs('meters.read', { own: true })
  @ApiOperation({
    summary: 'Which meter a point was of, and where it hung, over time',
    operationId: 'listInstallations',
  })
  @Answers(schema.installationListSchema, { description: 'The installations' })
  @Refuses(401, 404)
  async installations(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Query({ schema: schema.installationQuery }) query: In<typeof schema.installationQuery>,
    @Req() request: FastifyRequest,
  ) {
    return { items: written(await this.#installations.list(organisation, query, requestContext(request))) };
  }

  @Post('installations')
  @Needs('meters.manage')
  @ApiOperation({ summary: 'Hang a meter, with all of its points, in a place', operationId: 'hangMeter' })
  @Answers(schema.installationListSchema, { status: 201, description: 'One a point' })
  @Refuses(401, 403, 404, 409)
  async hang(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Body({ schema: schema.hangBody }) { meter, place, from }: In<typeof schema.hangBody>,
    @Req() request: FastifyRequest,
  ) {
    const given = { meter, place, from: instantOf(from) };
    return { items: written(await this.#installations.hang(organisation, given, requestContext(request))) };
  }

  @Delete('installations/:installation')
  @Needs('meters.manage')
  @ApiOperation({
    summary: 'Take back an installation that was entered by mistake',
    operationId: 'removeInstallation',
  })
  @Answers(removedSchema, { description: 'As if it had never been' })
  @Refuses(401, 403, 404)
  async remove(
    @Param({ schema: schema.installationParams }) params: In<typeof schema.installationParams>,
    @Body({ schema: reasonBody }) { reason }: In<typeof reasonBody>,
    @Req() request: FastifyRequest,
  ) {
    const { organisation, installation } = params;
    await this.#installations.remove(organisation, installation, reason, requestContext(request));
    return REMOVED;
  }
}
