import {
  Body,
  Controller,
  Get,
  Header,
  Inject,
  Param,
  Post,
  Query,
  Req,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { OrganisationGuard, requestContext } from '../sites/index.ts';
import { DecisionsService } from './decisions.service.ts';
import { DrillService } from './drill.service.ts';
import { ExportService } from './export.service.ts';
import * as schemas from './metering.schemas.ts';
import {
  cursorOf,
  declarationOf,
  msOf,
  nextOf,
  resolutionOf,
  stretchOf,
  subjectOf,
  withTimes,
} from './metering.words.ts';
import { RawExportService } from './raw-export.service.ts';
import { UsageService } from './usage.service.ts';

type Out<S extends z.ZodType> = z.output<S>;

/** Usage as it stands, and what it was made of. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class UsageController {
  readonly #usage: UsageService;
  readonly #drill: DrillService;
  readonly #export: ExportService;
  readonly #raw: RawExportService;

  constructor(
    @Inject(UsageService) usage: UsageService,
    @Inject(DrillService) drill: DrillService,
    @Inject(ExportService) exports: ExportService,
    @Inject(RawExportService) raw: RawExportService,
  ) {
    this.#usage = usage;
    this.#drill = drill;
    this.#export = exports;
    this.#raw = raw;
  }

  @Get('usage')
  @Needs('usage.read', { own: true })
  @ApiOperation({
    summary: 'Usage of a point, a meter or a place, in bars of whole units',
    operationId: 'usage',
  })
  @Answers(schemas.usageSchema, {
    description: 'One series a unit, the period before beside it if asked for',
  })
  @Refuses(401, 404)
  usage(
    @Query({ schema: schemas.usageQuery }) query: Out<typeof schemas.usageQuery>,
    @Req() request: FastifyRequest,
  ) {
    const { budget, resolution, previous } = query;
    const asked = {
      subject: subjectOf(query),
      ...stretchOf(query),
      budget,
      resolution,
      previous: previous === 'true',
    };
    return this.#usage.series(requestContext(request), asked);
  }

  @Get('usage.csv')
  @Needs('usage.read', { own: true })
  @ApiOperation({ summary: 'The same as CSV, written while it is read', operationId: 'usageCsv' })
  @ApiProduces('text/csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="usage.csv"')
  @Refuses(401, 404)
  async csv(
    @Query({ schema: schemas.exportQuery }) query: Out<typeof schemas.exportQuery>,
    @Req() request: FastifyRequest,
  ) {
    const asked = { subject: subjectOf(query), ...stretchOf(query), resolution: query.resolution };
    return new StreamableFile(await this.#export.csv(requestContext(request), asked));
  }

  @Get('readings.csv')
  @Needs('usage.read', { own: true })
  @ApiOperation({
    summary: 'Readings as they came, of one class, as CSV, written while it is read',
    operationId: 'readingsCsv',
  })
  @ApiProduces('text/csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="readings.csv"')
  @Refuses(401, 404)
  async readings(
    @Query({ schema: schemas.readingsQuery }) query: Out<typeof schemas.readingsQuery>,
    @Req() request: FastifyRequest,
  ) {
    const asked = { subject: subjectOf(query), ...stretchOf(query), class: query.class };
    return new StreamableFile(await this.#raw.csv(requestContext(request), asked));
  }

  @Get('latest')
  @Needs('usage.read', { own: true })
  @ApiOperation({
    summary: 'The newest value of each point of a meter or a place',
    operationId: 'latestValues',
  })
  @Answers(schemas.latestSchema, { description: 'One value a point' })
  @Refuses(401, 404)
  latest(
    @Query({ schema: schemas.latestQuery }) query: Out<typeof schemas.latestQuery>,
    @Req() request: FastifyRequest,
  ) {
    return this.#drill.latest(requestContext(request), subjectOf(query));
  }

  @Get('points/:point/quarter')
  @Needs('usage.read', { own: true })
  @ApiOperation({
    summary: 'One quarter hour down to the readings it is made of',
    operationId: 'usageQuarter',
  })
  @Answers(schemas.quarterSchema, {
    description: 'The quarter, its edges, readings, epochs, suspects and revisions',
  })
  @Refuses(401, 404)
  quarter(
    @Param({ schema: schemas.pointParams }) { point }: Out<typeof schemas.pointParams>,
    @Query({ schema: schemas.atQuery }) { at }: Out<typeof schemas.atQuery>,
    @Req() request: FastifyRequest,
  ) {
    return this.#drill.quarter(requestContext(request), point, msOf(at));
  }

  @Get('points/:point/reading')
  @Needs('readings.read', { own: true })
  @ApiOperation({
    summary: 'What a register stood at, at an instant, and how that is known',
    operationId: 'readingAt',
  })
  @Answers(schemas.readingAtSchema, { description: 'The count, its method and the two readings around it' })
  @Refuses(401, 404)
  reading(
    @Param({ schema: schemas.pointParams }) { point }: Out<typeof schemas.pointParams>,
    @Query({ schema: schemas.atQuery }) { at }: Out<typeof schemas.atQuery>,
    @Req() request: FastifyRequest,
  ) {
    return this.#drill.readingAt(requestContext(request), point, msOf(at));
  }

  @Get('meters/:meter/loss')
  @Needs('usage.read')
  @ApiOperation({
    summary: 'What a main meter counts and its sub-meters do not, hour by hour',
    operationId: 'meterLoss',
  })
  @Answers(schemas.lossSchema, { description: 'Loss with the band that can be explained' })
  @Refuses(401, 404)
  loss(
    @Param({ schema: schemas.meterParams }) { meter }: Out<typeof schemas.meterParams>,
    @Query({ schema: schemas.stretchQuery }) query: Out<typeof schemas.stretchQuery>,
    @Req() request: FastifyRequest,
  ) {
    return this.#usage.loss(requestContext(request), meter, stretchOf(query));
  }
}

/** What people decide: how a register is to be read, and what a suspicion was. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class DecisionsController {
  readonly #decisions: DecisionsService;

  constructor(@Inject(DecisionsService) decisions: DecisionsService) {
    this.#decisions = decisions;
  }

  @Get('points/:point/epochs')
  @Needs('usage.read')
  @ApiOperation({ summary: 'How the counts of a point are read, over time', operationId: 'listEpochs' })
  @Answers(schemas.epochListSchema, { description: 'All epochs, the superseded ones as well' })
  @Refuses(401, 404)
  async epochs(
    @Param({ schema: schemas.pointParams }) { point }: Out<typeof schemas.pointParams>,
    @Req() request: FastifyRequest,
  ) {
    return { items: (await this.#decisions.epochs(requestContext(request), point)).map(withTimes) };
  }

  @Post('points/:point/epochs')
  @Needs('usage.decide')
  @ApiOperation({
    summary: 'A meter was replaced or reset, or its counts are worth something else',
    operationId: 'declareEpoch',
  })
  @Answers(schemas.declaredSchema, { status: 201, description: 'The epoch; usage follows within moments' })
  @Refuses(401, 404, 409)
  declare(
    @Param({ schema: schemas.pointParams }) { point }: Out<typeof schemas.pointParams>,
    @Body({ schema: schemas.declareSchema }) body: Out<typeof schemas.declareSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#decisions.declare(requestContext(request), point, declarationOf(body));
  }

  @Get('suspects')
  @Needs('usage.read')
  @ApiOperation({
    summary: 'Counts that only a person can judge, the newest first',
    operationId: 'listSuspects',
  })
  @Answers(schemas.suspectPageSchema, { description: 'A page of them' })
  @Refuses(401, 404)
  async suspects(
    @Query({ schema: schemas.suspectQuery }) query: Out<typeof schemas.suspectQuery>,
    @Req() request: FastifyRequest,
  ) {
    const { point, state, limit } = query;
    const asked = { point, open: state === 'open', after: cursorOf(query.after), limit };
    const items = await this.#decisions.suspects(requestContext(request), asked);
    return { items: items.map(withTimes), ...nextOf(items, limit) };
  }

  @Post('suspects/:suspect/resolve')
  @Needs('usage.decide')
  @ApiOperation({ summary: 'Say what it was', operationId: 'resolveSuspect' })
  @Answers(schemas.resolvedSchema, { description: 'The epoch that follows from it, if one does' })
  @Refuses(401, 404, 409)
  resolve(
    @Param({ schema: schemas.suspectParams }) { suspect }: Out<typeof schemas.suspectParams>,
    @Body({ schema: schemas.resolveSchema }) body: Out<typeof schemas.resolveSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.#decisions.resolve(requestContext(request), suspect, resolutionOf(body));
  }
}
