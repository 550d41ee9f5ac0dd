import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  Header,
  Inject,
  Param,
  Post,
  Req,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { ConsentService } from './consent.service.ts';
import { ExportService } from './export.service.ts';
import { ForgetService } from './forget.service.ts';
import { MembersGuard, requestActing } from './identity.guards.ts';
import { documentSchema, personParams, scopeParams } from './identity.schemas.ts';
import { Needs } from './needs.ts';
import * as schema from './persons.schemas.ts';
import { shown } from './shown.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;
type Person = In<typeof personParams>;
type Scope = In<typeof scopeParams>;

/** What an organisation owes to its people: notices, a copy of what it has, and an end to it. */
@Controller('identity/organisations/:organisation')
@UseGuards(MembersGuard)
@NeedsOperator()
export class MembersDataController {
  readonly #consent: ConsentService;
  readonly #export: ExportService;
  readonly #forget: ForgetService;

  constructor(
    @Inject(ConsentService) consent: ConsentService,
    @Inject(ExportService) exported: ExportService,
    @Inject(ForgetService) forget: ForgetService,
  ) {
    this.#consent = consent;
    this.#export = exported;
    this.#forget = forget;
  }

  @Get('documents')
  @Needs('people.read')
  @ApiOperation({ summary: 'Notices, with all their versions', operationId: 'listConsentDocuments' })
  @Answers(schema.documentListSchema, { description: 'The last of a kind is in force' })
  @Refuses(401, 403, 404)
  async documents(@Param({ schema: scopeParams }) { organisation }: Scope, @Req() request: FastifyRequest) {
    return { items: shown(await this.#consent.documents(organisation, requestActing(request))) };
  }

  @Post('documents')
  @Needs('organisation.manage')
  @ApiOperation({ summary: 'Publish a notice, or its next version', operationId: 'publishConsentDocument' })
  @Answers(documentSchema, { status: 201, description: 'In force; it is never changed' })
  @Refuses(401, 403, 404, 409)
  async publish(
    @Param({ schema: scopeParams }) { organisation }: Scope,
    @Body({ schema: schema.publishSchema }) given: In<typeof schema.publishSchema>,
    @Req() request: FastifyRequest,
  ) {
    return shown(await this.#consent.publish(organisation, given, requestActing(request)));
  }

  @Get('consents')
  @Needs('people.read')
  @ApiOperation({ summary: 'Who agreed to what, and when', operationId: 'listConsents' })
  @Answers(schema.consentListSchema, { description: 'The newest first, at most 5 000' })
  @Refuses(401, 403, 404)
  async consents(@Param({ schema: scopeParams }) { organisation }: Scope, @Req() request: FastifyRequest) {
    return { items: shown(await this.#consent.consents(organisation, requestActing(request))) };
  }

  @Get('people/:person/export')
  @Needs('people.manage')
  @ApiOperation({ summary: 'What the organisation has about one of its people', operationId: 'exportPerson' })
  @ApiProduces('application/json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="person.json"')
  @Refuses(401, 403, 404)
  async export(
    @Param({ schema: personParams }) { organisation, person }: Person,
    @Req() request: FastifyRequest,
  ) {
    const text = await this.#export.within(organisation, person, requestActing(request));
    return new StreamableFile(Readable.from(text, { objectMode: false }));
  }

  @Post('people/:person/forget')
  @Needs('people.manage')
  @ApiOperation({
    summary: 'Forget what the organisation has of a person, for good',
    operationId: 'forgetPerson',
  })
  @Answers(schema.forgottenSchema, { description: 'Forgotten; ids stay where accounts need them' })
  @Refuses(401, 403, 404, 409)
  forget(
    @Param({ schema: personParams }) { organisation, person }: Person,
    @Body({ schema: schema.reasonSchema }) { reason }: In<typeof schema.reasonSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#forget.within(organisation, person, reason, requestActing(request));
  }
}
