import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Answers, Refuses } from '../platform/http/index.ts';
import { ConsentService } from './consent.service.ts';
import { DONE, Entrance } from './entrance.ts';
import { Gate } from './gate.ts';
import { byOf, NeedsSession, requestSession } from './identity.guards.ts';
import { againSchema, documentSchema, doneSchema } from './identity.schemas.ts';
import * as schema from './persons.schemas.ts';
import { shown } from './shown.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;

/** What everybody may ask for about themselves: notices and consent, a copy of their data, to be forgotten. */
@Controller('identity')
export class PersonsController {
  readonly #consent: ConsentService;
  readonly #entrance: Entrance;
  readonly #gate: Gate;

  constructor(
    @Inject(ConsentService) consent: ConsentService,
    @Inject(Entrance) entrance: Entrance,
    @Inject(Gate) gate: Gate,
  ) {
    this.#consent = consent;
    this.#entrance = entrance;
    this.#gate = gate;
  }

  @Get('documents/:document')
  @ApiOperation({ summary: 'A notice as it was published', operationId: 'readConsentDocument' })
  @Answers(documentSchema, { description: 'The notice; for everybody' })
  @Refuses(404)
  async document(
    @Param({ schema: schema.documentParams }) { document }: In<typeof schema.documentParams>,
    @Req() request: FastifyRequest,
  ) {
    return shown(await this.#consent.text(document, this.#gate.visitorOf(request)));
  }

  @Get('consents')
  @NeedsSession()
  @ApiOperation({
    summary: 'Notices in force, and which of them one agreed to',
    operationId: 'listOwnConsents',
  })
  @Answers(schema.ownDocumentListSchema, {
    description: 'Of the hub, and of the organisations that one is in',
  })
  @Refuses(401)
  async own(@Req() request: FastifyRequest) {
    return { items: shown(await this.#consent.own(requestSession(request))) };
  }

  @Post('consents')
  @NeedsSession()
  @ApiOperation({ summary: 'Agree to a notice', operationId: 'giveConsent' })
  @Answers(doneSchema, { description: 'Noted; a repeat changes nothing' })
  @Refuses(401, 403, 404)
  async give(
    @Body({ schema: schema.giveSchema }) { document, locale }: In<typeof schema.giveSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#consent.give(requestSession(request), document, locale, byOf(request, this.#gate));
    return DONE;
  }

  @Post('consents/:document/withdraw')
  @NeedsSession()
  @ApiOperation({ summary: 'Take an agreement back', operationId: 'withdrawConsent' })
  @Answers(doneSchema, { description: 'Noted, with its time' })
  @Refuses(401, 403, 404)
  async withdraw(
    @Param({ schema: schema.documentParams }) { document }: In<typeof schema.documentParams>,
    @Req() request: FastifyRequest,
  ) {
    const { person } = requestSession(request);
    await this.#consent.withdraw(person, document, byOf(request, this.#gate));
    return DONE;
  }

  @Post('export')
  @HttpCode(200)
  @NeedsSession()
  @ApiOperation({ summary: 'Everything that the hub has about oneself', operationId: 'exportOwnData' })
  @ApiProduces('application/json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="my-data.json"')
  @Refuses(401, 403)
  async export(
    @Body({ schema: againSchema }) { password }: In<typeof againSchema>,
    @Req() request: FastifyRequest,
  ) {
    const text = await this.#entrance.exportOwn(password, request);
    return new StreamableFile(Readable.from(text, { objectMode: false }));
  }

  @Get('forget')
  @NeedsSession()
  @ApiOperation({ summary: 'Why one cannot be forgotten yet, if so', operationId: 'forgetHolds' })
  @Answers(schema.holdsSchema, { description: 'Empty when nothing stands in the way' })
  @Refuses(401)
  async holds(@Req() request: FastifyRequest) {
    return { holds: await this.#entrance.forgetHolds(request) };
  }

  @Post('forget')
  @NeedsSession()
  @ApiOperation({ summary: 'To be forgotten, for good', operationId: 'forgetMe' })
  @Answers(doneSchema, { description: 'The account is gone, and every session with it' })
  @Refuses(401, 403, 409)
  async forget(
    @Body({ schema: againSchema }) { password }: In<typeof againSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#entrance.forgetOwn(password, request, reply);
  }
}
