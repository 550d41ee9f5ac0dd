import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  Header,
  Inject,
  Param,
  Query,
  Req,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AuditReader } from '../audit/index.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { auditFilterOf } from './audit-query.ts';
import { auditCsv, auditJsonl } from './audit-table.ts';
import { MembersGuard, requestActing } from './identity.guards.ts';
import { Needs } from './needs.ts';
import * as schema from './persons.schemas.ts';

type In<Schema extends z.ZodType> = z.output<Schema>;
type Filter = In<typeof schema.auditExportQuery>;

/** What was done and what was refused, for whoever may read the audit of an organisation, or of the platform. */
@Controller('organisations/:organisation/audit')
@UseGuards(MembersGuard)
@NeedsOperator()
export class AuditController {
  readonly #audit: AuditReader;

  constructor(@Inject(AuditReader) audit: AuditReader) {
    this.#audit = audit;
  }

  @Get()
  @Needs('audit.read')
  @ApiOperation({ summary: 'Entries of the audit, the newest first', operationId: 'listAudit' })
  @Answers(schema.auditPageSchema, { description: 'A page; with an address it may be short and go on' })
  @Refuses(401, 403, 404)
  async list(
    @Param({ schema: schema.auditScope }) _scope: In<typeof schema.auditScope>,
    @Query({ schema: schema.auditQuery }) { limit, after, ...filter }: In<typeof schema.auditQuery>,
    @Req() request: FastifyRequest,
  ) {
    const [at = '', id = ''] = after?.split('_') ?? [];
    const place = after === undefined ? undefined : { at, id };
    const asked = { limit, after: place };
    const { items, next } = await this.#audit.page(requestActing(request), auditFilterOf(filter), asked);
    return { items, next: next ? `${next.at}_${next.id}` : null };
  }

  @Get('export.csv')
  @Needs('audit.read')
  @ApiOperation({ summary: 'The same as CSV, written while it is read', operationId: 'exportAuditCsv' })
  @ApiProduces('text/csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="audit.csv"')
  @Refuses(401, 403, 404)
  csv(@Query({ schema: schema.auditExportQuery }) filter: Filter, @Req() request: FastifyRequest) {
    return this.#file(request, filter, auditCsv);
  }

  @Get('export.jsonl')
  @Needs('audit.read')
  @ApiOperation({ summary: 'The same, one JSON object a line', operationId: 'exportAuditLines' })
  @ApiProduces('application/jsonl')
  @Header('content-type', 'application/jsonl; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="audit.jsonl"')
  @Refuses(401, 403, 404)
  jsonl(@Query({ schema: schema.auditExportQuery }) filter: Filter, @Req() request: FastifyRequest) {
    return this.#file(request, filter, auditJsonl);
  }

  #file(request: FastifyRequest, filter: Filter, form: typeof auditCsv): StreamableFile {
    const entries = this.#audit.all(requestActing(request), auditFilterOf(filter));
    return new StreamableFile(Readable.from(form(entries), { objectMode: false }));
  }
}
