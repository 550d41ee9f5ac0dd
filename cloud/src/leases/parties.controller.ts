import { Body, Controller, Get, Inject, Param, Patch, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { OrganisationGuard, requestContext } from '../sites/index.ts';
import * as schemas from './leases.schemas.ts';
import { saidParty } from './leases.words.ts';
import { PartiesService } from './parties.service.ts';
import { PartyDataService } from './party-data.service.ts';

type Out<S extends z.ZodType> = z.output<S>;

/** Whom leases name. */
@Controller('organisations/:organisation/parties')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class PartiesController {
  readonly #parties: PartiesService;
  readonly #data: PartyDataService;

  constructor(
    @Inject(PartiesService) parties: PartiesService,
    @Inject(PartyDataService) data: PartyDataService,
  ) {
    this.#parties = parties;
    this.#data = data;
  }

  @Get()
  @Needs('leases.read')
  @ApiOperation({ summary: 'Tenants and all others whom leases name', operationId: 'listParties' })
  @Answers(schemas.partyPageSchema, { description: 'A page of them, by name' })
  @Refuses(401, 404)
  async list(
    @Query({ schema: schemas.partyQuery }) query: Out<typeof schemas.partyQuery>,
    @Req() request: FastifyRequest,
  ) {
    const items = (await this.#parties.list(requestContext(request), query)).map(saidParty);
    const last = items.length < query.limit ? undefined : items.at(-1);
    return { items, ...(last && { after: last.id }) };
  }

  @Post()
  @Needs('leases.manage')
  @ApiOperation({ summary: 'Write somebody down', operationId: 'addParty' })
  @Answers(schemas.partySchema, { status: 201, description: 'The party' })
  @Refuses(401, 404)
  async add(
    @Body({ schema: schemas.addPartySchema }) body: Out<typeof schemas.addPartySchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidParty(await this.#parties.add(requestContext(request), body));
  }

  @Patch(':party')
  @Needs('leases.manage')
  @ApiOperation({ summary: 'Change what is known of somebody', operationId: 'changeParty' })
  @Answers(schemas.partySchema, { description: 'The party as it is now' })
  @Refuses(401, 404)
  async change(
    @Param({ schema: schemas.partyParams }) { party }: Out<typeof schemas.partyParams>,
    @Body({ schema: schemas.changePartySchema }) body: Out<typeof schemas.changePartySchema>,
    @Req() request: FastifyRequest,
  ) {
    return saidParty(await this.#parties.change(requestContext(request), party, body));
  }

  @Post(':party/invite')
  @Needs('people.invite')
  @ApiOperation({
    summary: 'A link by which the party gets an account and sees the own leases',
    operationId: 'inviteParty',
  })
  @Answers(schemas.invitedPartySchema, { status: 201, description: 'The link, shown once' })
  @Refuses(401, 403, 404, 409)
  invite(
    @Param({ schema: schemas.partyParams }) { party }: Out<typeof schemas.partyParams>,
    @Req() request: FastifyRequest,
  ) {
    return this.#parties.invite(requestContext(request), party);
  }

  @Get(':party/export')
  @Needs('people.manage')
  @ApiOperation({ summary: 'What leases keep about somebody, for them', operationId: 'exportParty' })
  @Answers(schemas.partyExportSchema, { description: 'All of it' })
  @Refuses(401, 403, 404)
  export(
    @Param({ schema: schemas.partyParams }) { party }: Out<typeof schemas.partyParams>,
    @Req() request: FastifyRequest,
  ) {
    return this.#data.export(requestContext(request), party);
  }

  @Post(':party/forget')
  @Needs('people.manage')
  @ApiOperation({ summary: 'Forget somebody who has no account, for good', operationId: 'forgetParty' })
  @Answers(schemas.forgottenPartySchema, { description: 'Forgotten; ids stay where accounts need them' })
  @Refuses(401, 403, 404, 409)
  forget(
    @Param({ schema: schemas.partyParams }) { party }: Out<typeof schemas.partyParams>,
    @Body({ schema: schemas.reasonSchema }) { reason }: Out<typeof schemas.reasonSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#data.forget(requestContext(request), party, reason);
  }
}
