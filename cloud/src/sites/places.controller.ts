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
import { OrganisationGuard, requestContext } from './organisation.guard.ts';
import * as schema from './places.schemas.ts';
import { PlacesService } from './places.service.ts';
import { buildingQuery, organisationParams } from './sites.schemas.ts';
import { written } from './written.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;
const REMOVED = { removed: true };
const dayOf = (text: string) => Temporal.PlainDate.from(text);

/** Floors, rooms and common areas, and when they are out of service. */
@Controller('organisations/:organisation/places')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class PlacesController {
  readonly #places: PlacesService;

  constructor(@Inject(PlacesService) places: PlacesService) {
    this.#places = places;
  }

  @Get()
  @Needs('places.read', { own: true })
  @ApiOperation({
    summary: 'Floors, rooms and common areas, as one walks through',
    operationId: 'listPlaces',
  })
  @Answers(schema.placeListSchema, { description: 'The places' })
  @Refuses(401, 404)
  async list(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Query({ schema: buildingQuery }) { building }: In<typeof buildingQuery>,
    @Req() request: FastifyRequest,
  ) {
    return { items: written(await this.#places.places(organisation, building, requestContext(request))) };
  }

  @Post()
  @Needs('places.manage')
  @ApiOperation({ summary: 'Add a floor, a room or a common area', operationId: 'addPlace' })
  @Answers(schema.placeSchema, { status: 201, description: 'The place' })
  @Refuses(401, 403, 404, 409)
  async add(
    @Param({ schema: organisationParams }) { organisation }: In<typeof organisationParams>,
    @Body({ schema: schema.addPlaceBody }) given: In<typeof schema.addPlaceBody>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#places.addPlace(organisation, given, requestContext(request)));
  }

  @Get(':place')
  @Needs('places.read', { own: true })
  @ApiOperation({ summary: 'One place', operationId: 'showPlace' })
  @Answers(schema.placeSchema, { description: 'The place' })
  @Refuses(401, 404)
  async show(
    @Param({ schema: schema.placeParams }) { organisation, place }: In<typeof schema.placeParams>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#places.place(organisation, place, requestContext(request)));
  }

  @Patch(':place')
  @Needs('places.manage')
  @ApiOperation({
    summary: 'Rename a place, move it to another floor, say more of it',
    operationId: 'changePlace',
  })
  @Answers(schema.placeSchema, { description: 'The place as it is now' })
  @Refuses(401, 403, 404, 409)
  async change(
    @Param({ schema: schema.placeParams }) { organisation, place }: In<typeof schema.placeParams>,
    @Body({ schema: schema.changePlaceBody }) given: In<typeof schema.changePlaceBody>,
    @Req() request: FastifyRequest,
  ) {
    return written(await this.#places.changePlace(organisation, place, given, requestContext(request)));
  }

  @Delete(':place')
  @Needs('places.manage')
  @ApiOperation({ summary: 'Take back a place that was entered by mistake', operationId: 'removePlace' })
  @Answers(schema.removedSchema, { description: 'It is gone; nothing referred to it' })
  @Refuses(401, 403, 404, 409)
  async remove(
    @Param({ schema: schema.placeParams }) { organisation, place }: In<typeof schema.placeParams>,
    @Body({ schema: schema.reasonBody }) { reason }: In<typeof schema.reasonBody>,
    @Req() request: FastifyRequest,
  ) {
    await this.#places.removePlace(organisation, place, reason, requestContext(request));
    return REMOVED;
  }

  @Get(':place/outages')
  @Needs('places.read')
  @ApiOperation({ summary: 'When a place was, is or will be out of service', operationId: 'listOutages' })
  @Answers(schema.outageListSchema, { description: 'In the order of days' })
  @Refuses(401, 403, 404)
  async outages(
    @Param({ schema: schema.placeParams }) { organisation, place }: In<typeof schema.placeParams>,
    @Req() request: FastifyRequest,
  ) {
    return { items: written(await this.#places.outages(organisation, place, requestContext(request))) };
  }

  @Post(':place/outages')
  @Needs('places.manage')
  @ApiOperation({ summary: 'Put a place out of service', operationId: 'addOutage' })
  @Answers(schema.outageSchema, { status: 201, description: 'The outage' })
  @Refuses(401, 403, 404, 409)
  async addOutage(
    @Param({ schema: schema.placeParams }) { organisation, place }: In<typeof schema.placeParams>,
    @Body({ schema: schema.addOutageBody }) { from, to, reason }: In<typeof schema.addOutageBody>,
    @Req() request: FastifyRequest,
  ) {
    const outage = { from: dayOf(from), to: to == null ? null : dayOf(to), reason };
    return written(await this.#places.addOutage(organisation, place, outage, requestContext(request)));
  }

  @Post(':place/outages/:outage/end')
  @Needs('places.manage')
  @ApiOperation({ summary: 'Say from which day on a place is in use again', operationId: 'endOutage' })
  @Answers(schema.outageSchema, { description: 'The outage as it is now' })
  @Refuses(401, 403, 404, 409)
  async endOutage(
    @Param({ schema: schema.outageParams }) { organisation, ...at }: In<typeof schema.outageParams>,
    @Body({ schema: schema.endOutageBody }) { on }: In<typeof schema.endOutageBody>,
    @Req() request: FastifyRequest,
  ) {
    const end = { ...at, on: dayOf(on) };
    return written(await this.#places.endOutage(organisation, end, requestContext(request)));
  }

  @Delete(':place/outages/:outage')
  @Needs('places.manage')
  @ApiOperation({ summary: 'Take back an outage that was entered by mistake', operationId: 'removeOutage' })
  @Answers(schema.removedSchema, { description: 'It is gone' })
  @Refuses(401, 403, 404)
  async removeOutage(
    @Param({ schema: schema.outageParams }) { organisation, ...at }: In<typeof schema.outageParams>,
    @Body({ schema: schema.reasonBody }) { reason }: In<typeof schema.reasonBody>,
    @Req() request: FastifyRequest,
  ) {
    await this.#places.removeOutage(organisation, { ...at, reason }, requestContext(request));
    return REMOVED;
  }
}
