import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Answers, Refuses } from '../platform/http/index.ts';
import { AccountService } from './account.service.ts';
import { DONE, Entrance } from './entrance.ts';
import { Gate } from './gate.ts';
import { byOf, NeedsSession, requestSession } from './identity.guards.ts';
import * as schema from './identity.schemas.ts';
import { JoinService } from './join.service.ts';
import { SecondFactorService } from './second-factor.service.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;

/** One's own account. */
@Controller('identity')
export class AccountController {
  readonly #account: AccountService;
  readonly #factor: SecondFactorService;
  readonly #entrance: Entrance;
  readonly #join: JoinService;
  readonly #gate: Gate;

  constructor(
    @Inject(AccountService) account: AccountService,
    @Inject(SecondFactorService) factor: SecondFactorService,
    @Inject(Entrance) entrance: Entrance,
    @Inject(JoinService) join: JoinService,
    @Inject(Gate) gate: Gate,
  ) {
    this.#account = account;
    this.#factor = factor;
    this.#entrance = entrance;
    this.#join = join;
    this.#gate = gate;
  }

  @Post('password')
  @NeedsSession()
  @ApiOperation({ summary: 'Change the password; all other sessions end', operationId: 'changePassword' })
  @Answers(schema.doneSchema, { description: 'Changed' })
  @Refuses(401, 403)
  changePassword(
    @Body({ schema: schema.passwordSchema }) { current, next }: In<typeof schema.passwordSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#entrance.changePassword(current, next, request, reply);
  }

  @Post('second-factor')
  @NeedsSession()
  @ApiOperation({ summary: 'Begin with a second factor', operationId: 'beginSecondFactor' })
  @Answers(schema.begunSchema, { description: 'For the authenticator app; counts once it is confirmed' })
  @Refuses(401, 403, 409)
  beginSecondFactor(
    @Body({ schema: schema.againSchema }) { password }: In<typeof schema.againSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#factor.begin(requestSession(request).person, password, byOf(request, this.#gate));
  }

  @Post('second-factor/confirm')
  @NeedsSession()
  @ApiOperation({ summary: 'Confirm it by its first code', operationId: 'confirmSecondFactor' })
  @Answers(schema.codesSchema, { description: 'Recovery codes, shown once' })
  @Refuses(401, 403, 409)
  confirmSecondFactor(
    @Body({ schema: schema.codeSchema }) { code }: In<typeof schema.codeSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#entrance.confirmSecondFactor(code, request, reply);
  }

  @Post('second-factor/recovery-codes')
  @NeedsSession()
  @ApiOperation({ summary: 'Other recovery codes; the old ones are void', operationId: 'newRecoveryCodes' })
  @Answers(schema.codesSchema, { description: 'Recovery codes, shown once' })
  @Refuses(401, 403)
  async newRecoveryCodes(
    @Body({ schema: schema.codeSchema }) { code }: In<typeof schema.codeSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { person } = requestSession(request);
    return { recoveryCodes: await this.#factor.newRecoveryCodes(person, code, byOf(request, this.#gate)) };
  }

  @Post('second-factor/remove')
  @NeedsSession()
  @ApiOperation({
    summary: 'Do without a second factor; all other sessions end',
    operationId: 'removeSecondFactor',
  })
  @Answers(schema.doneSchema, { description: 'Removed' })
  @Refuses(401, 403)
  removeSecondFactor(
    @Body({ schema: schema.removeFactorSchema }) { password, code }: In<typeof schema.removeFactorSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#entrance.removeSecondFactor(password, code, request, reply);
  }

  @Post('contacts')
  @NeedsSession()
  @ApiOperation({
    summary: 'Add an e-mail address or phone number; a link goes there',
    operationId: 'askContact',
  })
  @Answers(schema.doneSchema, { status: 202, description: 'A link is on its way' })
  @Refuses(401, 403)
  async askContact(
    @Body({ schema: schema.contactSchema }) { contact }: In<typeof schema.contactSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#account.askContact(requestSession(request).person, contact, byOf(request, this.#gate));
    return DONE;
  }

  @Post('contacts/confirm')
  @ApiOperation({ summary: 'Prove a contact by the link that came there', operationId: 'confirmContact' })
  @Answers(schema.doneSchema, { description: 'The contact is verified' })
  @Refuses(404, 409)
  async confirmContact(
    @Body({ schema: schema.tokenSchema }) { token }: In<typeof schema.tokenSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#account.confirmContact(token, this.#gate.visitorOf(request));
    return DONE;
  }

  @Post('reset-requests')
  @ApiOperation({ summary: 'Ask for a link to set a new password', operationId: 'askReset' })
  @Answers(schema.doneSchema, {
    status: 202,
    description: 'The same, whether or not there is such an account',
  })
  async askReset(
    @Body({ schema: schema.resetRequestSchema }) { login }: In<typeof schema.resetRequestSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#account.askReset(login, this.#gate.visitorOf(request));
    return DONE;
  }

  @Post('reset')
  @ApiOperation({ summary: 'Set a new password; every session ends', operationId: 'resetPassword' })
  @Answers(schema.doneSchema, { description: 'Set' })
  @Refuses(404)
  async reset(
    @Body({ schema: schema.resetSchema }) { token, password }: In<typeof schema.resetSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#account.reset(token, password, this.#gate.visitorOf(request));
    return DONE;
  }

  @Post('invitations/look')
  @ApiOperation({ summary: 'What an invitation is for', operationId: 'lookAtInvitation' })
  @Answers(schema.shownInvitationSchema, { description: 'The invitation' })
  @Refuses(404)
  look(
    @Body({ schema: schema.tokenSchema }) { token }: In<typeof schema.tokenSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#join.look(token, this.#gate.visitorOf(request));
  }

  @Post('invitations/accept')
  @ApiOperation({ summary: 'Accept an invitation', operationId: 'acceptInvitation' })
  @Answers(schema.joinedSchema, { description: 'Joined; a new person is signed in' })
  @Refuses(403, 404, 409)
  accept(
    @Body({ schema: schema.joinSchema }) given: In<typeof schema.joinSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#entrance.accept(given, request, reply);
  }
}
