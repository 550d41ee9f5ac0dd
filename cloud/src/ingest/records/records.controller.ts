import { Body, Controller, Get, Inject, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { Needs } from '../../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../../platform/http/index.ts';
import { OrganisationGuard, requestContext } from '../../sites/index.ts';
import type { Asked } from '../door-parts.ts';
import { ingestError } from '../ingest.errors.ts';
import * as schemas from './records.schemas.ts';
import { RecordsService } from './records.service.ts';

type Letter = z.output<typeof schemas.letterParams>;
type Reason = z.output<typeof schemas.reasonBody>;

const asked = (request: FastifyRequest): Asked => requestContext(request) as Asked;

/** Times as JSON has them. */
const written = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, (_, one) =>
      one instanceof Temporal.Instant ? one.toString({ smallestUnit: 'millisecond' }) : one,
    ),
  ) as T;

function pageOf<T extends { readonly id: string }>(items: T[], limit: number) {
  const last = items.length === limit ? items.at(-1)?.id : undefined;
  return { items: written(items), ...(last !== undefined && { before: last }) };
}

/** What came in and is no reading: what to do about it, and how complete the rest is. */
@Controller('organisations/:organisation/ingest')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class RecordsController {
  readonly #records: RecordsService;

  constructor(@Inject(RecordsService) records: RecordsService) {
    this.#records = records;
  }

  @Get('dead-letters')
  @Needs('gateways.read')
  @ApiOperation({
    summary: 'Messages that were not believed, the newest first',
    operationId: 'listDeadLetters',
  })
  @Answers(schemas.letterPage, { description: 'A page of dead letters' })
  @Refuses(401, 404)
  async letters(
    @Param({ schema: schemas.scopeParams }) _: unknown,
    @Query({ schema: schemas.letterQuery }) query: z.output<typeof schemas.letterQuery>,
    @Req() request: FastifyRequest,
  ) {
    return pageOf(await this.#records.letters(asked(request), query), query.limit);
  }

  @Post('dead-letters/:id/replay')
  @Needs('gateways.manage')
  @ApiOperation({
    summary: 'Take a letter in again, as if it had just come',
    operationId: 'replayDeadLetter',
  })
  @Answers(schemas.decided, { description: 'It is tried again within seconds; refused again, it stays' })
  @Refuses(401, 404, 409)
  async replay(@Param({ schema: schemas.letterParams }) { id }: Letter, @Req() request: FastifyRequest) {
    await this.#records.replay(asked(request), id);
    return { id };
  }

  @Post('dead-letters/:id/discard')
  @Needs('gateways.manage')
  @ApiOperation({ summary: 'Give a letter up for good', operationId: 'discardDeadLetter' })
  @Answers(schemas.decided, { description: 'It is closed' })
  @Refuses(401, 404)
  async discard(
    @Param({ schema: schemas.letterParams }) { id }: Letter,
    @Body({ schema: schemas.reasonBody }) { reason }: Reason,
    @Req() request: FastifyRequest,
  ) {
    await this.#records.discard(asked(request), id, reason);
    return { id };
  }

  @Get('conflicts')
  @Needs('readings.read')
  @ApiOperation({
    summary: 'Readings that contradict stored ones, or their own words',
    operationId: 'listConflicts',
  })
  @Answers(schemas.conflictPage, { description: 'A page of conflicts' })
  @Refuses(401, 404)
  async conflicts(
    @Param({ schema: schemas.scopeParams }) _: unknown,
    @Query({ schema: schemas.conflictQuery }) query: z.output<typeof schemas.conflictQuery>,
    @Req() request: FastifyRequest,
  ) {
    return pageOf(await this.#records.conflicts(asked(request), query), query.limit);
  }

  @Post('conflicts/:id/dismiss')
  @Needs('readings.correct')
  @ApiOperation({ summary: 'Somebody has looked: what is stored stands', operationId: 'dismissConflict' })
  @Answers(schemas.decided, { description: 'It is closed' })
  @Refuses(401, 404)
  async dismiss(
    @Param({ schema: schemas.letterParams }) { id }: Letter,
    @Body({ schema: schemas.reasonBody }) { reason }: Reason,
    @Req() request: FastifyRequest,
  ) {
    await this.#records.dismissConflict(asked(request), id, reason);
    return { id };
  }

  @Get('gaps')
  @Needs('readings.read')
  @ApiOperation({ summary: 'Journals with records that are not here', operationId: 'listGaps' })
  @Answers(schemas.gapList, { description: 'The longest first' })
  @Refuses(401, 404)
  async gaps(@Param({ schema: schemas.scopeParams }) _: unknown, @Req() request: FastifyRequest) {
    return { items: written(await this.#records.gaps(asked(request))) };
  }

  @Get('held')
  @Needs('readings.read')
  @ApiOperation({ summary: 'Readings that wait, by reason and gateway', operationId: 'listHeld' })
  @Answers(schemas.heldList, { description: 'How many wait, and why' })
  @Refuses(401, 404)
  async held(@Param({ schema: schemas.scopeParams }) _: unknown, @Req() request: FastifyRequest) {
    return { items: written(await this.#records.held(asked(request))) };
  }

  @Get('completeness')
  @Needs('readings.read')
  @ApiOperation({
    summary: 'Quarter hours that are there, by meter and day',
    operationId: 'readingCompleteness',
  })
  @Answers(schemas.completenessList, { description: 'A row a meter and day' })
  @Refuses(401, 404)
  async completeness(
    @Param({ schema: schemas.scopeParams }) _: unknown,
    @Query({ schema: schemas.completenessQuery }) query: z.output<typeof schemas.completenessQuery>,
    @Req() request: FastifyRequest,
  ) {
    const { from, to, meter } = query;
    const period = { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to), meter };
    return { items: await this.#records.completeness(asked(request), period) };
  }

  @Get('gateways/:gateway/report')
  @Needs('gateways.read')
  @ApiOperation({ summary: 'The latest that a gateway said of itself', operationId: 'gatewayReport' })
  @Answers(schemas.gatewayReport, { description: 'Its status and its report on the config' })
  @Refuses(401, 404)
  async report(
    @Param({ schema: schemas.gatewayParams }) { gateway }: z.output<typeof schemas.gatewayParams>,
    @Req() request: FastifyRequest,
  ) {
    const report = await this.#records.gatewayReport(asked(request), gateway);
    if (!report) throw ingestError('gateway_silent');
    return written(report);
  }
}
