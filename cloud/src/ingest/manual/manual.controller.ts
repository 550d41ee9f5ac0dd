import { Body, Controller, Get, Inject, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { Needs } from '../../identity/index.ts';
import { Answers, bodyStream, NeedsOperator, Refuses, TakesStream } from '../../platform/http/index.ts';
import { OrganisationGuard, requestContext } from '../../sites/index.ts';
import type { Asked } from '../door-parts.ts';
import { CorrectionsService } from './corrections.service.ts';
import { mustBeConfirmed } from './domain/plausibility.ts';
import {
  correctBody,
  correctionListSchema,
  correctionQuery,
  correctionSchema,
  enterBody,
  enteredSchema,
  judgeBody,
  judgedSchema,
  organisationScope,
  photoLinkSchema,
  photoSchema,
  photoScope,
  pointScope,
} from './manual.schemas.ts';
import { type Judged, ManualService, shownNeighbour } from './manual.service.ts';
import type { Correction } from './manual.store.ts';

type Scope = z.output<typeof organisationScope>;
type PointScope = z.output<typeof pointScope>;

/** Readings that people take from the display, and what they decide about those that are stored. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class ManualController {
  readonly #manual: ManualService;
  readonly #corrections: CorrectionsService;

  constructor(
    @Inject(ManualService) manual: ManualService,
    @Inject(CorrectionsService) corrections: CorrectionsService,
  ) {
    this.#manual = manual;
    this.#corrections = corrections;
  }

  @Post('reading-photos')
  @Needs('readings.write')
  @ApiOperation({
    summary: 'Upload a photo of a display, before the reading that it proves',
    operationId: 'uploadReadingPhoto',
  })
  @TakesStream('image/jpeg', 'image/png', 'image/webp', 'image/heic')
  @Answers(photoSchema, { status: 201, description: 'What the reading names it by' })
  @Refuses(401, 404)
  photo(@Param({ schema: organisationScope }) { organisation }: Scope, @Req() request: FastifyRequest) {
    const type = request.headers['content-type'] ?? '';
    return this.#manual.addPhoto(asked(request, organisation), type, bodyStream(request));
  }

  @Get('reading-photos/:photo')
  @Needs('readings.read')
  @ApiOperation({ summary: 'A link to a photo, good for ten minutes', operationId: 'showReadingPhoto' })
  @Answers(photoLinkSchema, { description: 'The link' })
  @Refuses(401, 404)
  async photoLink(
    @Param({ schema: photoScope }) scope: z.output<typeof photoScope>,
    @Req() request: FastifyRequest,
  ) {
    return { url: await this.#manual.photoLink(asked(request, scope.organisation), scope.photo) };
  }

  @Post('points/:point/readings/judge')
  @Needs('readings.write')
  @ApiOperation({
    summary: 'What would speak against a reading; stores nothing',
    operationId: 'judgeReading',
  })
  @Answers(judgedSchema, { description: 'Its count, its neighbours and hints' })
  @Refuses(401, 404)
  async judge(
    @Param({ schema: pointScope }) scope: PointScope,
    @Body({ schema: judgeBody }) body: z.output<typeof judgeBody>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    const judged = await this.#manual.judge(by, { ...body, point: scope.point, at: instant(body.at) });
    return { ...judgedAnswer(judged), mustBeConfirmed: mustBeConfirmed(judged.hints) };
  }

  @Post('points/:point/readings')
  @Needs('readings.write')
  @ApiOperation({ summary: 'Enter a reading by hand', operationId: 'enterReading' })
  @Answers(enteredSchema, { status: 201, description: 'The reading' })
  @Refuses(401, 404, 409)
  async enter(
    @Param({ schema: pointScope }) scope: PointScope,
    @Body({ schema: enterBody }) body: z.output<typeof enterBody>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    const entered = await this.#manual.enter(by, { ...body, point: scope.point, at: instant(body.at) });
    const { id, evidence, repeated } = entered;
    return { ...judgedAnswer(entered), id, evidence, repeated };
  }

  @Post('points/:point/corrections')
  @Needs('readings.correct')
  @ApiOperation({
    summary: 'Supersede or void a reading, or take that back; history stays',
    operationId: 'correctReading',
  })
  @Answers(correctionSchema, { status: 201, description: 'The decision' })
  @Refuses(401, 404, 409)
  async correct(
    @Param({ schema: pointScope }) scope: PointScope,
    @Body({ schema: correctBody }) body: z.output<typeof correctBody>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    const wanted = { ...body, point: scope.point, at: instant(body.at) };
    return correctionAnswer(await this.#corrections.correct(by, wanted));
  }

  @Get('corrections')
  @Needs('readings.read')
  @ApiOperation({
    summary: 'What people decided about readings, the newest first',
    operationId: 'listCorrections',
  })
  @Answers(correctionListSchema, { description: 'A page of decisions' })
  @Refuses(401, 404)
  async corrections(
    @Param({ schema: organisationScope }) { organisation }: Scope,
    @Query({ schema: correctionQuery }) query: z.output<typeof correctionQuery>,
    @Req() request: FastifyRequest,
  ) {
    const items = await this.#corrections.list(asked(request, organisation), query);
    return { items: items.map(correctionAnswer) };
  }
}

const asked = (request: FastifyRequest, organisation: string): Asked => ({
  ...requestContext(request),
  organisation,
});

const instant = (text: string): Temporal.Instant => Temporal.Instant.from(text);

function judgedAnswer({ count, hints, previous, next }: Judged) {
  return {
    count: String(count),
    hints: [...hints],
    previous: shownNeighbour(previous),
    next: shownNeighbour(next),
  };
}

function correctionAnswer({ at, createdAt, ...rest }: Correction) {
  const text = (each: Temporal.Instant) => each.toString({ smallestUnit: 'millisecond' });
  return { ...rest, at: text(at), createdAt: text(createdAt) };
}
