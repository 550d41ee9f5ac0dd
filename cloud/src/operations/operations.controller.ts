import { isIP } from 'node:net';
import { Body, Controller, Get, Inject, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
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
import { OperatorGuard } from './operator.guard.ts';

type Discard = z.output<typeof discardSchema>;
type Id = z.output<typeof jobIdSchema>;

const operatorOf = (request: FastifyRequest): Operator => ({
  via: 'api',
  // Behind a proxy this is what the proxy said.
  address: isIP(request.ip) === 0 ? undefined : request.ip,
  requestId: request.id,
});

/** For the operator of the hub, with the operator token: what runs, what failed, and what to do about it. */
@Controller('operations')
@UseGuards(OperatorGuard)
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
  @Refuses(401)
  status() {
    return this.#operations.status();
  }

  @Get('jobs/failed')
  @ApiOperation({
    summary: 'Jobs that wait for a person, by queue, the newest first',
    operationId: 'listFailedJobs',
  })
  @Answers(failedJobPageSchema, { description: 'A page of failed jobs' })
  @Refuses(401)
  failedJobs(@Query({ schema: jobQuerySchema }) query: z.output<typeof jobQuerySchema>) {
    return this.#operations.failedJobs(query);
  }

  @Post('jobs/:id/replay')
  @ApiOperation({ summary: 'Run a failed job again, from its first attempt', operationId: 'replayJob' })
  @Answers(failedJobSchema, { description: 'The job, waiting again' })
  @Refuses(401, 404, 409)
  replayJob(@Param({ schema: jobIdSchema }) { id }: Id, @Req() request: FastifyRequest) {
    return this.#operations.replayJob(id, operatorOf(request));
  }

  @Post('jobs/:id/discard')
  @ApiOperation({ summary: 'Remove a failed job for good', operationId: 'discardJob' })
  @Answers(failedJobSchema, { description: 'The job that was removed' })
  @Refuses(401, 404, 409)
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
  @Refuses(401)
  failedEvents(@Query({ schema: eventQuerySchema }) query: z.output<typeof eventQuerySchema>) {
    return this.#operations.failedEvents(query);
  }

  @Post('outbox/:id/replay')
  @ApiOperation({ summary: 'Deliver a failed event again', operationId: 'replayEvent' })
  @Answers(eventDoneSchema, { description: 'The event waits again' })
  @Refuses(401, 404)
  replayEvent(@Param({ schema: eventIdSchema }) { id }: Id, @Req() request: FastifyRequest) {
    return this.#operations.replayEvent(id, operatorOf(request));
  }

  @Post('outbox/:id/discard')
  @ApiOperation({ summary: 'Give up a failed event for good', operationId: 'discardEvent' })
  @Answers(eventDoneSchema, { description: 'The event is gone' })
  @Refuses(401, 404)
  discardEvent(
    @Param({ schema: eventIdSchema }) { id }: Id,
    @Body({ schema: discardSchema }) { reason }: Discard,
    @Req() request: FastifyRequest,
  ) {
    return this.#operations.discardEvent(id, reason, operatorOf(request));
  }
}
