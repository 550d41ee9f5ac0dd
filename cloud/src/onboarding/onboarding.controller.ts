import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, bodyStream, NeedsOperator, Refuses, TakesStream } from '../platform/http/index.ts';
import { OrganisationGuard, requestContext } from '../sites/index.ts';
import type { ListKind } from './domain/list-columns.ts';
import { resultAnswer, runAnswer } from './onboarding.answers.ts';
import {
  bringQuery,
  buildingScope,
  listResultSchema,
  organisationScope,
  runListSchema,
  runsQuery,
  templateQuery,
  templateScope,
} from './onboarding.schemas.ts';
import { OnboardingService } from './onboarding.service.ts';
import { template } from './templates.ts';

type Scope = z.output<typeof buildingScope>;
type Asking = z.output<typeof bringQuery>;

const FILES = [
  'text/csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
] as const;
const DONE = { description: 'What each line does, and what is wrong with it' } as const;

/** Lists of rooms, meters and tenants: look, then bring in. The file is sent with each of the two. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class OnboardingController {
  readonly #onboarding: OnboardingService;

  constructor(@Inject(OnboardingService) onboarding: OnboardingService) {
    this.#onboarding = onboarding;
  }

  @Post('buildings/:building/lists/rooms')
  @Needs('places.manage')
  @HttpCode(200)
  @ApiOperation({ summary: 'Look at a list of rooms, or bring it in', operationId: 'bringRooms' })
  @TakesStream(...FILES)
  @Answers(listResultSchema, DONE)
  @Refuses(401, 404, 409)
  rooms(
    @Param({ schema: buildingScope }) scope: Scope,
    @Query({ schema: bringQuery }) query: Asking,
    @Req() request: FastifyRequest,
  ) {
    return this.#bring('rooms', scope, query, request);
  }

  @Post('buildings/:building/lists/meters')
  @Needs('meters.manage')
  @HttpCode(200)
  @ApiOperation({ summary: 'Look at a list of meters, or bring it in', operationId: 'bringMeters' })
  @TakesStream(...FILES)
  @Answers(listResultSchema, DONE)
  @Refuses(401, 404, 409)
  meters(
    @Param({ schema: buildingScope }) scope: Scope,
    @Query({ schema: bringQuery }) query: Asking,
    @Req() request: FastifyRequest,
  ) {
    return this.#bring('meters', scope, query, request);
  }

  @Post('buildings/:building/lists/tenants')
  @Needs('leases.manage')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Look at a list of tenants with their leases, or bring it in',
    operationId: 'bringTenants',
  })
  @TakesStream(...FILES)
  @Answers(listResultSchema, DONE)
  @Refuses(401, 404, 409)
  tenants(
    @Param({ schema: buildingScope }) scope: Scope,
    @Query({ schema: bringQuery }) query: Asking,
    @Req() request: FastifyRequest,
  ) {
    return this.#bring('tenants', scope, query, request);
  }

  @Get('lists')
  @Needs('imports.read')
  @ApiOperation({ summary: 'Lists that came in, the newest first', operationId: 'listOnboardingRuns' })
  @Answers(runListSchema, { description: 'A page of lists' })
  @Refuses(401, 404)
  async runs(
    @Param({ schema: organisationScope }) { organisation }: z.output<typeof organisationScope>,
    @Query({ schema: runsQuery }) { before, limit }: z.output<typeof runsQuery>,
    @Req() request: FastifyRequest,
  ) {
    const asked = { ...requestContext(request), organisation };
    return { items: (await this.#onboarding.runs(asked, before, limit)).map(runAnswer) };
  }

  @Get('list-templates/:kind')
  @Needs('places.read')
  @ApiOperation({ summary: 'A file to fill in, with the names of its columns', operationId: 'listTemplate' })
  @ApiResponse({
    status: 200,
    description: 'CSV, UTF-8',
    content: { 'text/csv': { schema: { type: 'string' } } },
  })
  @Refuses(401, 404)
  template(
    @Param({ schema: templateScope }) { kind }: z.output<typeof templateScope>,
    @Query({ schema: templateQuery }) { language }: z.output<typeof templateQuery>,
    @Res() reply: FastifyReply,
  ): void {
    reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${kind}-${language}.csv"`)
      .send(template(kind, language));
  }

  async #bring(kind: ListKind, { organisation, building }: Scope, query: Asking, request: FastifyRequest) {
    const asked = { ...requestContext(request), organisation };
    const { name, dryRun, mapping, dateOrder, since, plan } = query;
    const options = { fileName: name, dryRun, mapping, dateOrder, since, plan };
    return resultAnswer(await this.#onboarding.bring(asked, kind, building, bodyStream(request), options));
  }
}
