import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Needs } from '../../identity/index.ts';
import { tableError } from '../../kernel/tables/table.errors.ts';
import { Answers, bodyStream, NeedsOperator, Refuses, TakesStream } from '../../platform/http/index.ts';
import { faultTable } from '../../platform/tables/index.ts';
import { OrganisationGuard, requestContext } from '../../sites/index.ts';
import type { Asked } from '../door-parts.ts';
import type { Mapping } from './domain/mapping.ts';
import { faultAnswer, importAnswer, previewAnswer, savedAnswer } from './imports.answers.ts';
import {
  buildingScope,
  faultPageSchema,
  faultQuery,
  importListSchema,
  importSchema,
  importScope,
  listQuery,
  mappingScope,
  organisationScope,
  previewBody,
  previewSchema,
  savedMappingListSchema,
  savedMappingSchema,
  startBody,
  uploadQuery,
} from './imports.schemas.ts';
import { ImportsService } from './imports.service.ts';
import { mappingSchema } from './mapping.schema.ts';

type ImportScope = z.output<typeof importScope>;
type MappingScope = z.output<typeof mappingScope>;

const asked = (request: FastifyRequest, organisation: string): Asked => ({
  ...requestContext(request),
  organisation,
});

/** Files of readings: upload, look, start, watch. */
@Controller('organisations/:organisation')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class ImportsController {
  readonly #imports: ImportsService;

  constructor(@Inject(ImportsService) imports: ImportsService) {
    this.#imports = imports;
  }

  @Post('buildings/:building/imports')
  @Needs('imports.manage')
  @ApiOperation({
    summary: 'Upload a CSV file or a workbook; nothing is stored of it yet',
    operationId: 'uploadImport',
  })
  @TakesStream(
    'text/csv',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/octet-stream',
  )
  @Answers(importSchema, { status: 201, description: 'The import, waiting for its mapping' })
  @Refuses(401, 404)
  async upload(
    @Param({ schema: buildingScope }) scope: z.output<typeof buildingScope>,
    @Query({ schema: uploadQuery }) { name }: z.output<typeof uploadQuery>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    return importAnswer(await this.#imports.receive(by, scope.building, name, bodyStream(request)));
  }

  @Get('imports')
  @Needs('imports.read')
  @ApiOperation({ summary: 'Imports, the newest first', operationId: 'listImports' })
  @Answers(importListSchema, { description: 'A page of imports' })
  @Refuses(401, 404)
  async list(
    @Param({ schema: organisationScope }) { organisation }: z.output<typeof organisationScope>,
    @Query({ schema: listQuery }) { before, limit }: z.output<typeof listQuery>,
    @Req() request: FastifyRequest,
  ) {
    return {
      items: (await this.#imports.list(asked(request, organisation), before, limit)).map(importAnswer),
    };
  }

  @Get('imports/:import')
  @Needs('imports.read')
  @ApiOperation({ summary: 'How far an import is', operationId: 'showImport' })
  @Answers(importSchema, { description: 'The import' })
  @Refuses(401, 404)
  async show(@Param({ schema: importScope }) scope: ImportScope, @Req() request: FastifyRequest) {
    return importAnswer(await this.#imports.show(asked(request, scope.organisation), scope.import));
  }

  @Post('imports/:import/preview')
  @Needs('imports.manage')
  @ApiOperation({
    summary: 'The first lines as they would come in; without a mapping one is proposed',
    operationId: 'previewImport',
  })
  @Answers(previewSchema, { description: 'What would be read' })
  @Refuses(401, 404)
  async preview(
    @Param({ schema: importScope }) scope: ImportScope,
    @Body({ schema: previewBody }) body: z.output<typeof previewBody>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    return previewAnswer(await this.#imports.preview(by, scope.import, await this.#mapping(by, body)));
  }

  @Post('imports/:import/start')
  @Needs('imports.manage')
  @ApiOperation({
    summary: 'Check all lines and, unless it is a dry run, store them',
    operationId: 'startImport',
  })
  @Answers(importSchema, { status: 202, description: 'The import waits for a worker' })
  @Refuses(401, 404, 409)
  async start(
    @Param({ schema: importScope }) scope: ImportScope,
    @Body({ schema: startBody }) body: z.output<typeof startBody>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    const mapping = await this.#mapping(by, body);
    if (mapping === undefined) {
      throw tableError('import_mapping_invalid', { message: 'say mapping, or mappingName of a saved one' });
    }
    const { dryRun, keepGood } = body;
    return importAnswer(await this.#imports.start(by, scope.import, { mapping, dryRun, keepGood }));
  }

  @Post('imports/:import/cancel')
  @Needs('imports.manage')
  @ApiOperation({ summary: 'Call an import off, as long as nothing is stored', operationId: 'cancelImport' })
  @Answers(importSchema, { description: 'The import; while it is checked it stops at the next chunk' })
  @Refuses(401, 404, 409)
  async cancel(@Param({ schema: importScope }) scope: ImportScope, @Req() request: FastifyRequest) {
    return importAnswer(await this.#imports.cancel(asked(request, scope.organisation), scope.import));
  }

  @Get('imports/:import/faults')
  @Needs('imports.read')
  @ApiOperation({ summary: 'What is wrong with its lines, page by page', operationId: 'listImportFaults' })
  @Answers(faultPageSchema, { description: 'A page of faults' })
  @Refuses(401, 404)
  async faults(
    @Param({ schema: importScope }) scope: ImportScope,
    @Query({ schema: faultQuery }) { after, limit }: z.output<typeof faultQuery>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    const faults = await this.#imports.faults(by, scope.import, after, limit);
    const last = faults.length < limit ? undefined : faults.at(-1);
    return { items: faults.map(faultAnswer), ...(last && { after: last.no }) };
  }

  @Get('imports/:import/faults.csv')
  @Needs('imports.read')
  @ApiOperation({ summary: 'All of them as a table for a spreadsheet', operationId: 'downloadImportFaults' })
  @ApiResponse({
    status: 200,
    description: 'CSV, UTF-8',
    content: { 'text/csv': { schema: { type: 'string' } } },
  })
  @Refuses(401, 404)
  async faultsCsv(
    @Param({ schema: importScope }) scope: ImportScope,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const by = asked(request, scope.organisation);
    await this.#imports.show(by, scope.import);
    const pages = (after: number, limit: number) => this.#imports.faults(by, scope.import, after, limit);
    reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="faults-${scope.import}.csv"`)
      .send(Readable.from(faultTable(pages)));
  }

  @Get('import-mappings')
  @Needs('imports.read')
  @ApiOperation({ summary: 'Saved mappings of columns', operationId: 'listImportMappings' })
  @Answers(savedMappingListSchema, { description: 'The mappings' })
  @Refuses(401, 404)
  async mappings(
    @Param({ schema: organisationScope }) { organisation }: z.output<typeof organisationScope>,
    @Req() request: FastifyRequest,
  ) {
    return { items: (await this.#imports.mappings(asked(request, organisation))).map(savedAnswer) };
  }

  @Put('import-mappings/:name')
  @Needs('imports.manage')
  @ApiOperation({ summary: 'Save a mapping under a name', operationId: 'saveImportMapping' })
  @Answers(savedMappingSchema, { description: 'As it is saved' })
  @Refuses(401, 404)
  async saveMapping(
    @Param({ schema: mappingScope }) scope: MappingScope,
    @Body({ schema: mappingSchema }) mapping: z.output<typeof mappingSchema>,
    @Req() request: FastifyRequest,
  ) {
    const by = asked(request, scope.organisation);
    return savedAnswer(await this.#imports.saveMapping(by, scope.name, mapping as Mapping));
  }

  @Delete('import-mappings/:name')
  @Needs('imports.manage')
  @ApiOperation({ summary: 'Delete a saved mapping', operationId: 'deleteImportMapping' })
  @HttpCode(204)
  @ApiResponse({ status: 204, description: 'It is gone' })
  @Refuses(401, 404)
  async dropMapping(@Param({ schema: mappingScope }) scope: MappingScope, @Req() request: FastifyRequest) {
    await this.#imports.dropMapping(asked(request, scope.organisation), scope.name);
  }

  async #mapping(
    by: Asked,
    { mapping, mappingName }: { mapping?: Mapping | undefined; mappingName?: string | undefined },
  ): Promise<Mapping | undefined> {
    if (mapping !== undefined || mappingName === undefined) return mapping;
    return (await this.#imports.mapping(by, mappingName)).mapping;
  }
}
