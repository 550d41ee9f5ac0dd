import { Body, Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Answers, Refuses } from '../platform/http/index.ts';
import { Entrance } from './entrance.ts';
import { NeedsSession, requestSession } from './identity.guards.ts';
import {
  countSchema,
  deviceListSchema,
  doneSchema,
  jwksSchema,
  refreshSchema,
  sessionParams,
  signInSchema,
  tokensSchema,
  whoSchema,
} from './identity.schemas.ts';

type SignIn = z.output<typeof signInSchema>;

/** Signing in and out, and the devices on which somebody is signed in. */
@Controller('session')
export class SessionController {
  readonly #entrance: Entrance;

  constructor(@Inject(Entrance) entrance: Entrance) {
    this.#entrance = entrance;
  }

  @Post()
  @ApiOperation({ summary: 'Sign in; a browser gets a cookie', operationId: 'signIn' })
  @Answers(whoSchema, { description: 'Who is signed in' })
  @Refuses(401, 403)
  signIn(
    @Body({ schema: signInSchema }) given: SignIn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#entrance.signIn(given, request, reply);
  }

  @Get()
  @NeedsSession()
  @ApiOperation({ summary: 'Who is signed in, and what they may do where', operationId: 'whoAmI' })
  @Answers(whoSchema, { description: 'Who is signed in' })
  @Refuses(401)
  who(@Req() request: FastifyRequest) {
    return this.#entrance.who(requestSession(request));
  }

  @Delete()
  @NeedsSession()
  @ApiOperation({ summary: 'Sign out', operationId: 'signOut' })
  @Answers(doneSchema, { description: 'The session is over' })
  @Refuses(401, 403)
  signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.#entrance.signOut(request, reply);
  }

  @Get('devices')
  @NeedsSession()
  @ApiOperation({ summary: 'Where somebody is signed in', operationId: 'listDevices' })
  @Answers(deviceListSchema, { description: 'Every session, the last used first' })
  @Refuses(401)
  devices(@Req() request: FastifyRequest) {
    return this.#entrance.devices(requestSession(request));
  }

  @Delete('devices/:session')
  @NeedsSession()
  @ApiOperation({ summary: 'End one session', operationId: 'endDevice' })
  @Answers(doneSchema, { description: 'It is over, from its next request on' })
  @Refuses(401, 403, 404)
  endDevice(
    @Param({ schema: sessionParams }) { session }: z.output<typeof sessionParams>,
    @Req() request: FastifyRequest,
  ) {
    return this.#entrance.endDevice(session, request);
  }

  @Delete('devices')
  @NeedsSession()
  @ApiOperation({ summary: 'End all sessions but this one', operationId: 'endOtherDevices' })
  @Answers(countSchema, { description: 'How many there were' })
  @Refuses(401, 403)
  endOthers(@Req() request: FastifyRequest) {
    return this.#entrance.endOthers(request);
  }

  @Post('tokens')
  @ApiOperation({ summary: 'Sign in as a client without cookies', operationId: 'signInClient' })
  @Answers(tokensSchema, { description: 'A short access token and the first refresh token' })
  @Refuses(401)
  signInClient(@Body({ schema: signInSchema }) given: SignIn, @Req() request: FastifyRequest) {
    return this.#entrance.signInClient(given, request);
  }

  @Post('tokens/refresh')
  @ApiOperation({
    summary: 'Exchange a refresh token',
    description:
      'One at a time: a refresh token is good once, and one that comes twice ends its sign-in for whoever has which. A client with several requests under way refreshes once for all of them, keeps the new token before it goes on, and signs in again when an answer was lost.',
    operationId: 'refreshTokens',
  })
  @Answers(tokensSchema, { description: 'The next pair; what was shown is used up' })
  @Refuses(401)
  refresh(@Body({ schema: refreshSchema }) { refreshToken }: z.output<typeof refreshSchema>) {
    return this.#entrance.refresh(refreshToken);
  }

  @Get('keys')
  @ApiOperation({ summary: 'The keys that sign access tokens (RFC 7517)', operationId: 'accessKeys' })
  @Answers(jwksSchema, { description: 'Public keys' })
  keys() {
    return this.#entrance.keys();
  }
}
