import { Body, Controller, Get, Inject, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Needs, PlatformGuard, requestActing } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import type { Operator } from './operations.ports.ts';
import {
  discardSchema,
  eventDoneSchema,
  eventIdSchema,
  eventQuerySchema,
  failedEventPageSchema,
  failedJobPageSchema,
  failedJobSchema,
  jobIdSchema,
  jobQuerySchema,
  statusSchema,
} from './operations.schemas.ts';
import { OperationsService } from './operations.service.ts';

type Discard = z.output<typeof discardSchema>;
type Id = z.output<typeof jobIdSchema>;

function operatorOf(request: FastifyRequest): Operator {
  const { actor, requestId } = requestActing(request);
  return { actor, ...(requestId !== undefined && { requestId }) };
}

/** For the operator of the hub, and the platform's people: what runs, what failed, and what to do about it. */
@Controller('operations')
@UseGuards(PlatformGuard)
@Needs('platform.operate')
@NeedsOperator()
export class OperationsController {
  readonly #operations: OperationsService;

  constructor(@Inject(OperationsService) operations: OperationsService) {
    this.#operations = operations;
  }

  @Get('status')
  @ApiOperation({
    summary: 'Dependencies, queues, outbox and audit at a glance',
    operationId: 'operationsStatus',
  })
  @Answers(statusSchema, { description: 'The state of the hub' })
  @Refuses(401, 403)
  status() {
    return this.#operations.status();
  }

  @Get('jobs/failed')
  @ApiOperation({
    summary: 'Jobs that wait for a person, by queue, the newest first',
    operationId: 'listFailedJobs',
  })
  @Answers(failedJobPageSchema, { description: 'A page of failed jobs' })
  @Refuses(401, 403)
  failedJobs(@Query({ schema: jobQuerySchema }) query: z.output<typeof jobQuerySchema>) {
    return this.#operations.failedJobs(query);
  }

  @Post('jobs/:id/replay')
  @ApiOperation({ summary: 'Run a failed job again, from its first attempt', operationId: 'replayJob' })
  @Answers(failedJobSchema, { description: 'The job, waiting again' })
  @Refuses(401, 403, 404, 409)
  replayJob(@Param({ schema: jobIdSchema }) { id }: Id, @Req() request: FastifyRequest) {
    return this.#operations.replayJob(id, operatorOf(request));
  }

  @Post('jobs/:id/discard')
  @ApiOperation({ summary: 'Remove a failed job for good', operationId: 'discardJob' })
  @Answers(failedJobSchema, { description: 'The job that was removed' })
  @Refuses(401, 403, 404, 409)
  discardJob(
    @Param({ schema: jobIdSchema }) { id }: Id,
    @Body({ schema: discardSchema }) { reason }: Discard,
    @Req() request: FastifyRequest,
  ) {
    return this.#operations.discardJob(id, reason, operatorOf(request));
  }

  @Get('outbox/failed')
  @ApiOperation({
    summary: 'Events that could not be delivered, the newest first',
    operationId: 'listFailedEvents',
  })
  @Answers(failedEventPageSchema, { description: 'A page of failed events' })
  @Refuses(401, 403)
  failedEvents(@Query({ schema: eventQuerySchema }) query: z.output<typeof eventQuerySchema>) {
    return this.#operations.failedEvents(query);
  }

  @Post('outbox/:id/replay')
  @ApiOperation({ summary: 'Deliver a failed event again', operationId: 'replayEvent' })
  @Answers(eventDoneSchema, { description: 'The event waits again' })
  @Refuses(401, 403, 404)
  replayEvent(@Param({ schema: eventIdSchema }) { id }: Id, @Req() request: FastifyRequest) {
    return this.#operations.replayEvent(id, operatorOf(request));
  }

  @Post('outbox/:id/discard')
  @ApiOperation({ summary: 'Give up a failed event for good', operationId: 'discardEvent' })
  @Answers(eventDoneSchema, { description: 'The event is gone' })
  @Refuses(401, 403, 404)
  discardEvent(
    @Param({ schema: eventIdSchema }) { id }: Id,
    @Body({ schema: discardSchema }) { reason }: Discard,
    @Req() request: FastifyRequest,
  ) {
    return this.#operations.discardEvent(id, reason, operatorOf(request));
  }
}
