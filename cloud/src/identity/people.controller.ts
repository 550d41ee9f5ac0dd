import { Body, Controller, Get, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { ApiKeysService } from './api-keys.service.ts';
import { DONE } from './entrance.ts';
import { MembersGuard, requestActing } from './identity.guards.ts';
import * as schema from './identity.schemas.ts';
import { Needs } from './needs.ts';
import { PeopleService } from './people.service.ts';
import { shown } from './shown.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;
type Scope = In<typeof schema.scopeParams>;

/** Who is what in an organisation, who is invited, and its API keys. */
@Controller('identity/organisations/:organisation')
@UseGuards(MembersGuard)
@NeedsOperator()
export class PeopleController {
  readonly #people: PeopleService;
  readonly #keys: ApiKeysService;

  constructor(@Inject(PeopleService) people: PeopleService, @Inject(ApiKeysService) keys: ApiKeysService) {
    this.#people = people;
    this.#keys = keys;
  }

  @Get('people')
  @Needs('people.read')
  @ApiOperation({ summary: 'Who is what here', operationId: 'listPeople' })
  @Answers(schema.memberListSchema, { description: 'Everybody, also who was once' })
  @Refuses(401, 403, 404)
  async people(
    @Param({ schema: schema.scopeParams }) { organisation }: Scope,
    @Req() request: FastifyRequest,
  ) {
    return { items: shown(await this.#people.list(organisation, requestActing(request))) };
  }

  @Post('people/:person/roles')
  @Needs('people.manage')
  @ApiOperation({ summary: 'Give and take roles', operationId: 'setRoles' })
  @Answers(schema.changedMemberSchema, {
    description: 'The member as it is now, and which of their invitations and API keys fell with a role',
  })
  @Refuses(401, 403, 404, 409)
  async setRoles(
    @Param({ schema: schema.personParams }) { organisation, person }: In<typeof schema.personParams>,
    @Body({ schema: schema.rolesSchema }) { roles }: In<typeof schema.rolesSchema>,
    @Req() request: FastifyRequest,
  ) {
    return shown(await this.#people.setRoles(organisation, person, roles, requestActing(request)));
  }

  @Post('people/:person/end')
  @Needs('people.manage')
  @ApiOperation({ summary: 'End a membership', operationId: 'endMembership' })
  @Answers(schema.endedMemberSchema, {
    description: 'Ended, from their next request on, and with it their invitations and API keys',
  })
  @Refuses(401, 403, 404, 409)
  async end(
    @Param({ schema: schema.personParams }) { organisation, person }: In<typeof schema.personParams>,
    @Body({ schema: schema.endSchema }) { reason }: In<typeof schema.endSchema>,
    @Req() request: FastifyRequest,
  ) {
    return { ...DONE, ...(await this.#people.end(organisation, person, reason, requestActing(request))) };
  }

  @Post('people/:person/reset-link')
  @Needs('people.manage')
  @ApiOperation({ summary: 'A link by which somebody sets a new password', operationId: 'makeResetLink' })
  @Answers(schema.linkSchema, { description: 'Shown once' })
  @Refuses(401, 403, 404)
  resetLink(
    @Param({ schema: schema.personParams }) { organisation, person }: In<typeof schema.personParams>,
    @Req() request: FastifyRequest,
  ) {
    return this.#people.resetLink(organisation, person, requestActing(request));
  }

  @Get('invitations')
  @Needs('people.invite')
  @ApiOperation({ summary: 'Invitations, the newest first', operationId: 'listInvitations' })
  @Answers(schema.invitationListSchema, { description: 'At most 500' })
  @Refuses(401, 403, 404)
  async invitations(
    @Param({ schema: schema.scopeParams }) { organisation }: Scope,
    @Req() request: FastifyRequest,
  ) {
    return { items: shown(await this.#people.invitations(organisation, requestActing(request))) };
  }

  @Post('invitations')
  @Needs('people.invite')
  @ApiOperation({ summary: 'Invite somebody', operationId: 'invite' })
  @Answers(schema.invitedSchema, { status: 201, description: 'A link that is good once' })
  @Refuses(401, 403, 404)
  invite(
    @Param({ schema: schema.scopeParams }) { organisation }: Scope,
    @Body({ schema: schema.inviteSchema }) { send, ...given }: In<typeof schema.inviteSchema>,
    @Req() request: FastifyRequest,
  ) {
    const acting = requestActing(request);
    return send
      ? this.#people.inviteByMail(organisation, given, acting)
      : this.#people.invite(organisation, given, acting);
  }

  @Post('invitations/:invitation/renew')
  @Needs('people.invite')
  @ApiOperation({ summary: 'Another link for an invitation', operationId: 'renewInvitation' })
  @Answers(schema.invitedSchema, { description: 'The link from before is void' })
  @Refuses(401, 403, 404)
  renew(
    @Param({ schema: schema.invitationParams }) params: In<typeof schema.invitationParams>,
    @Req() request: FastifyRequest,
  ) {
    return this.#people.renew(params.organisation, params.invitation, requestActing(request));
  }

  @Post('invitations/:invitation/revoke')
  @Needs('people.invite')
  @ApiOperation({ summary: 'Take an invitation back', operationId: 'revokeInvitation' })
  @Answers(schema.doneSchema, { description: 'The link is void' })
  @Refuses(401, 403, 404)
  async revoke(
    @Param({ schema: schema.invitationParams }) params: In<typeof schema.invitationParams>,
    @Req() request: FastifyRequest,
  ) {
    await this.#people.revoke(params.organisation, params.invitation, requestActing(request));
    return DONE;
  }

  @Get('keys')
  @Needs('keys.manage')
  @ApiOperation({ summary: 'API keys', operationId: 'listApiKeys' })
  @Answers(schema.apiKeyListSchema, { description: 'The newest first' })
  @Refuses(401, 403, 404)
  async keys(@Param({ schema: schema.scopeParams }) { organisation }: Scope, @Req() request: FastifyRequest) {
    return { items: shown(await this.#keys.list(organisation, requestActing(request))) };
  }

  @Post('keys')
  @Needs('keys.manage')
  @ApiOperation({ summary: 'Make an API key', operationId: 'makeApiKey' })
  @Answers(schema.madeKeySchema, { status: 201, description: 'Shown once' })
  @Refuses(401, 403, 404)
  makeKey(
    @Param({ schema: schema.scopeParams }) { organisation }: Scope,
    @Body({ schema: schema.makeKeySchema }) given: In<typeof schema.makeKeySchema>,
    @Req() request: FastifyRequest,
  ) {
    const acting = requestActing(request);
    return this.#keys.make(organisation, given, acting.access, acting);
  }

  @Post('keys/:key/revoke')
  @Needs('keys.manage')
  @ApiOperation({ summary: 'Revoke an API key', operationId: 'revokeApiKey' })
  @Answers(schema.doneSchema, { description: 'It opens nothing any more' })
  @Refuses(401, 403, 404)
  async revokeKey(
    @Param({ schema: schema.keyParams }) { organisation, key }: In<typeof schema.keyParams>,
    @Req() request: FastifyRequest,
  ) {
    await this.#keys.revoke(organisation, key, requestActing(request));
    return DONE;
  }
}
