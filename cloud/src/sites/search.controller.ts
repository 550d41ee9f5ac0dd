import { Controller, Get, Inject, Param, Query, Req, UseGuards } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Needs } from '../identity/index.ts';
import { MAX_QUERY } from '../kernel/text-search.ts';
import { Answers, NeedsOperator, Refuses } from '../platform/http/index.ts';
import { OrganisationGuard, requestContext } from './organisation.guard.ts';
import { MAX_FOUND, SearchService } from './search.service.ts';
import { organisationParams } from './sites.schemas.ts';

const searchSchema = z.strictObject({
  q: z.string().min(1).max(MAX_QUERY).describe('Words in Thai or Latin script; each must be found'),
  limit: z.coerce.number().int().min(1).max(MAX_FOUND).default(20),
});

const foundSchema = z
  .object({
    items: z.array(
      z.object({
        kind: z.string().describe('`building`, `floor`, `room`, `common`, `meter`, `gateway`, …'),
        id: z.uuid(),
        name: z.string(),
        otherName: z.string().nullable(),
        detail: z.string().nullable().describe('A serial number, a floor: what tells it from others'),
        building: z.uuid().nullable(),
        rank: z
          .int()
          .describe(
            '0 is called so, 1 begins so, 2 has a word that does, 3 contains it, 4 has its words apart, 5 belongs to what does',
          ),
      }),
    ),
  })
  .meta({ id: 'FoundList' });

@Controller('organisations/:organisation/search')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class SearchController {
  readonly #search: SearchService;

  constructor(@Inject(SearchService) search: SearchService) {
    this.#search = search;
  }

  @Get()
  @Needs('organisation.read', { own: true })
  @ApiOperation({
    summary: 'Whatever one may see, found by its names in either script',
    operationId: 'search',
  })
  @Answers(foundSchema, { description: 'What answers best comes first' })
  @Refuses(401, 404)
  async search(
    @Param({ schema: organisationParams }) { organisation }: z.output<typeof organisationParams>,
    @Query({ schema: searchSchema }) { q, limit }: z.output<typeof searchSchema>,
    @Req() request: FastifyRequest,
  ) {
    return { items: await this.#search.search(organisation, q, limit, requestContext(request)) };
  }
}
