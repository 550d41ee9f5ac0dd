import { Body, Controller, Get, Inject, Param, Patch, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { OrganisationGuard, requestContext } from '../sites/index.ts';
import * as schemas from './leases.schemas.ts';
import { LeasesService } from './leases.service.ts';
import { saidHandover, saidLease, saidListed, saidMove, saidOccupancy } from './leases.words.ts';
import { type MoveGiven, MovesService } from './moves.service.ts';
import { OccupancyService } from './occupancy.service.ts';

type Out<S extends z.ZodType> = z.output<S>;

/** Contracts, and what becomes of them. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class LeasesController {
  readonly #leases: LeasesService;
  readonly #occupancy: OccupancyService;

  constructor(
    @Inject(LeasesService) leases: LeasesService,
    @Inject(OccupancyService) occupancy: OccupancyService,
  ) {
    this.#leases = leases;
    this.#occupancy = occupancy;
  }

  @Get('leases')
  @Needs('leases.read', { own: true })
  @ApiOperation({ summary: 'Leases by their numbers; a tenant’s own', operationId: 'listLeases' })
  @Answers(schemas.leasePageSchema, { description: 'A page of them' })
  @Refuses(401, 404)
  async list(
    @Query({ schema: schemas.leaseQuery }) query: Out<typeof schemas.leaseQuery>,
    @Req() request: FastifyRequest,
  ) {
    const items = (await this.#leases.list(requestContext(request), query)).map(saidListed);
    const last = items.length < query.limit ? undefined : items.at(-1);
    return { items, ...(last && { after: last.id }) };
  }

  @Post('leases')
  @Needs('leases.manage')
  @ApiOperation({ summary: 'Agree on a lease; its room is kept', operationId: 'addLease' })
  @Answers(schemas.leaseSchema, { status: 201, description: 'The draft' })
  @Refuses(401, 404, 409)
  async add(
    @Body({ schema: schemas.addLeaseSchema }) body: Out<typeof schemas.addLeaseSchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidLease(await this.#leases.add(requestContext(request), body));
  }

  @Get('leases/:lease')
  @Needs('leases.read', { own: true })
  @ApiOperation({ summary: 'A lease with its rooms, people and prices', operationId: 'showLease' })
  @Answers(schemas.leaseSchema, { description: 'The lease' })
  @Refuses(401, 404)
  async show(
    @Param({ schema: schemas.leaseParams }) { lease }: Out<typeof schemas.leaseParams>,
    @Req() request: FastifyRequest,
  ) {
    return saidLease(await this.#leases.show(requestContext(request), lease));
  }

  @Patch('leases/:lease')
  @Needs('leases.manage')
  @ApiOperation({
    summary: 'Change its terms, give notice by its last day, or take that back',
    operationId: 'changeLease',
  })
  @Answers(schemas.leaseSchema, { description: 'The lease as it is now' })
  @Refuses(401, 404, 409)
  async change(
    @Param({ schema: schemas.leaseParams }) { lease }: Out<typeof schemas.leaseParams>,
    @Body({ schema: schemas.changeLeaseSchema }) body: Out<typeof schemas.changeLeaseSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { version, ...terms } = body;
    return saidLease(await this.#leases.change(requestContext(request), lease, version, terms));
  }

  @Post('leases/:lease/cancel')
  @Needs('leases.manage')
  @ApiOperation({ summary: 'A draft that comes to nothing; its room is free', operationId: 'cancelLease' })
  @Answers(schemas.leaseSchema, { description: 'The lease' })
  @Refuses(401, 404, 409)
  async cancel(
    @Param({ schema: schemas.leaseParams }) { lease }: Out<typeof schemas.leaseParams>,
    @Body({ schema: schemas.reasonSchema }) { reason }: Out<typeof schemas.reasonSchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidLease(await this.#leases.cancel(requestContext(request), lease, reason));
  }

  @Get('buildings/:building/occupancy')
  @Needs('leases.read')
  @ApiOperation({
    summary: 'Which room is whose, and how many days each was lived in',
    operationId: 'occupancy',
  })
  @Answers(schemas.occupancySchema, { description: 'Every room of the building' })
  @Refuses(401, 404)
  async occupancy(
    @Param({ schema: schemas.buildingParams }) { building }: Out<typeof schemas.buildingParams>,
    @Query({ schema: schemas.occupancyQuery }) { at, from, to }: Out<typeof schemas.occupancyQuery>,
    @Req() request: FastifyRequest,
  ) {
    const asked = {
      at: at === undefined ? undefined : Temporal.Instant.from(at),
      firstDay: from,
      lastDay: to,
    };
    return saidOccupancy(await this.#occupancy.building(requestContext(request), building, asked));
  }
}

/** Moves, each in one step with its readings. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class MovesController {
  readonly #moves: MovesService;

  constructor(@Inject(MovesService) moves: MovesService) {
    this.#moves = moves;
  }

  @Post('move-ins')
  @Needs('leases.manage')
  @ApiOperation({
    summary: 'Lease, people, room and readings in one step',
    operationId: 'moveInto',
  })
  @Answers(schemas.movedSchema, { status: 201, description: 'The lease and the handover' })
  @Refuses(401, 404, 409)
  async moveInto(
    @Body({ schema: schemas.moveIntoSchema }) body: Out<typeof schemas.moveIntoSchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidMove(await this.#moves.moveInto(requestContext(request), body.lease, moveOf(body)));
  }

  @Post('leases/:lease/move-in')
  @Needs('leases.manage')
  @ApiOperation({ summary: 'Hand over the keys of a lease that was agreed', operationId: 'moveIn' })
  @Answers(schemas.movedSchema, { description: 'The lease and the handover' })
  @Refuses(401, 404, 409)
  async moveIn(
    @Param({ schema: schemas.leaseParams }) { lease }: Out<typeof schemas.leaseParams>,
    @Body({ schema: schemas.moveInSchema }) body: Out<typeof schemas.moveInSchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidMove(await this.#moves.move(requestContext(request), lease, 'move-in', moveOf(body)));
  }

  @Post('leases/:lease/change-room')
  @Needs('leases.manage')
  @ApiOperation({ summary: 'Leave one room and enter another', operationId: 'changeRoom' })
  @Answers(schemas.movedSchema, { description: 'The lease and the handover' })
  @Refuses(401, 404, 409)
  async changeRoom(
    @Param({ schema: schemas.leaseParams }) { lease }: Out<typeof schemas.leaseParams>,
    @Body({ schema: schemas.changeRoomSchema }) body: Out<typeof schemas.changeRoomSchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidMove(await this.#moves.move(requestContext(request), lease, 'room-change', moveOf(body)));
  }

  @Post('leases/:lease/move-out')
  @Needs('leases.manage')
  @ApiOperation({ summary: 'Take the keys back', operationId: 'moveOut' })
  @Answers(schemas.movedSchema, { description: 'The lease and the handover' })
  @Refuses(401, 404, 409)
  async moveOut(
    @Param({ schema: schemas.leaseParams }) { lease }: Out<typeof schemas.leaseParams>,
    @Body({ schema: schemas.moveOutSchema }) body: Out<typeof schemas.moveOutSchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidMove(await this.#moves.move(requestContext(request), lease, 'move-out', moveOf(body)));
  }

  @Get('leases/:lease/handovers')
  @Needs('leases.read', { own: true })
  @ApiOperation({ summary: 'Its moves with what the registers stood at', operationId: 'listHandovers' })
  @Answers(schemas.handoverListSchema, { description: 'In the order in which they were written' })
  @Refuses(401, 404)
  async handovers(
    @Param({ schema: schemas.leaseParams }) { lease }: Out<typeof schemas.leaseParams>,
    @Req() request: FastifyRequest,
  ) {
    return { items: (await this.#moves.handovers(requestContext(request), lease)).map(saidHandover) };
  }

  @Post('handovers/:handover/undo')
  @Needs('leases.manage')
  @ApiOperation({ summary: 'Take the newest move of a lease back', operationId: 'undoHandover' })
  @Answers(schemas.movedSchema, { description: 'The lease as it was before' })
  @Refuses(401, 404, 409)
  async undo(
    @Param({ schema: schemas.handoverParams }) { handover }: Out<typeof schemas.handoverParams>,
    @Body({ schema: schemas.reasonSchema }) { reason }: Out<typeof schemas.reasonSchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidMove(await this.#moves.undo(requestContext(request), handover, reason));
  }
}

type MoveBody = Out<typeof schemas.moveOutSchema> & { readonly place?: string | undefined };

function moveOf({ at, readings, ...rest }: MoveBody): MoveGiven {
  return {
    ...rest,
    at: Temporal.Instant.from(at),
    readings: readings.map(({ at: read, ...reading }) => ({
      ...reading,
      ...(read !== undefined && { at: Temporal.Instant.from(read) }),
    })),
  };
}
