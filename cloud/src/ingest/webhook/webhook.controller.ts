import { isIP } from 'node:net';
import { Body, Controller, Get, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Needs } from '../../identity/index.ts';
import { Answers, bodyBytes, NeedsOperator, Refuses, TakesBytes } from '../../platform/http/index.ts';
import { OrganisationGuard, requestContext } from '../../sites/index.ts';
import type { Asked } from '../door-parts.ts';
import {
  addSourceBody,
  organisationScope,
  revokeBody,
  rotateBody,
  sourceListSchema,
  sourceSchema,
  sourceScope,
  webhookAnswerSchema,
  withSecretSchema,
} from './webhook.schemas.ts';
import { WebhookService } from './webhook.service.ts';
import type { WebhookSource } from './webhook.store.ts';
import { WebhookSourcesService, type WithSecret } from './webhook-sources.service.ts';

/** Where other systems send readings; the signature is the sign-in. */
@Controller('readings')
export class WebhookController {
  readonly #webhook: WebhookService;

  constructor(@Inject(WebhookService) webhook: WebhookService) {
    this.#webhook = webhook;
  }

  @Post()
  @ApiOperation({
    summary: 'Send readings, signed by the secret of a webhook source',
    operationId: 'sendReadings',
  })
  @ApiHeader({ name: 'Meterline-Key', required: true, description: 'Id of the secret: whk_…' })
  @ApiHeader({
    name: 'Meterline-Timestamp',
    required: true,
    description: 'Seconds since 1970, within five minutes',
  })
  @ApiHeader({
    name: 'Meterline-Signature',
    required: true,
    description: 'v1= and the HMAC-SHA256, in hex, of timestamp, a full stop and the body as sent',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key is the same request for two days',
  })
  @ApiBody({
    schema: { type: 'object', description: 'As schema/simple.json of the contracts: {"readings":[…]}' },
  })
  @TakesBytes()
  @Answers(webhookAnswerSchema, { description: 'What became of them' })
  @Refuses(401, 409)
  async take(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { answer, repeated } = await this.#webhook.take({
      headers: request.headers,
      body: bodyBytes(request),
      address: isIP(request.ip) === 0 ? undefined : request.ip,
      requestId: request.id,
    });
    if (repeated) reply.header('idempotency-replayed', 'true');
    return answer;
  }
}

type SourceScope = z.output<typeof sourceScope>;

/** Who may send readings for an organisation. */
@Controller('organisations/:organisation/webhooks')
@UseGuards(OrganisationGuard)
@NeedsOperator()
export class WebhookSourcesController {
  readonly #sources: WebhookSourcesService;

  constructor(@Inject(WebhookSourcesService) sources: WebhookSourcesService) {
    this.#sources = sources;
  }

  @Get()
  @Needs('sources.read')
  @ApiOperation({ summary: 'Webhook sources, without their secrets', operationId: 'listWebhookSources' })
  @Answers(sourceListSchema, { description: 'The sources' })
  @Refuses(401, 404)
  async list(
    @Param({ schema: organisationScope }) { organisation }: z.output<typeof organisationScope>,
    @Req() request: FastifyRequest,
  ) {
    return { items: (await this.#sources.list(asked(request, organisation))).map(sourceAnswer) };
  }

  @Post()
  @Needs('sources.manage')
  @ApiOperation({ summary: 'Add a source; its secret is shown this once', operationId: 'addWebhookSource' })
  @Answers(withSecretSchema, { status: 201, description: 'The source and its secret' })
  @Refuses(401, 404, 409)
  async add(
    @Param({ schema: organisationScope }) { organisation }: z.output<typeof organisationScope>,
    @Body({ schema: addSourceBody }) { name }: z.output<typeof addSourceBody>,
    @Req() request: FastifyRequest,
  ) {
    return secretAnswer(await this.#sources.add(asked(request, organisation), name));
  }

  @Post(':source/rotate')
  @Needs('sources.manage')
  @ApiOperation({
    summary: 'A new secret; the former one stays valid for a while',
    operationId: 'rotateWebhookSecret',
  })
  @Answers(withSecretSchema, { description: 'The source and its new secret' })
  @Refuses(401, 404, 409)
  async rotate(
    @Param({ schema: sourceScope }) scope: SourceScope,
    @Body({ schema: rotateBody }) { overlapHours }: z.output<typeof rotateBody>,
    @Req() request: FastifyRequest,
  ) {
    return secretAnswer(
      await this.#sources.rotate(asked(request, scope.organisation), scope.source, overlapHours),
    );
  }

  @Post(':source/revoke')
  @Needs('sources.manage')
  @ApiOperation({
    summary: 'End all of its secrets, at once and for good',
    operationId: 'revokeWebhookSource',
  })
  @Answers(sourceSchema, { description: 'The source' })
  @Refuses(401, 404)
  async revoke(
    @Param({ schema: sourceScope }) scope: SourceScope,
    @Body({ schema: revokeBody }) { reason }: z.output<typeof revokeBody>,
    @Req() request: FastifyRequest,
  ) {
    return sourceAnswer(await this.#sources.revoke(asked(request, scope.organisation), scope.source, reason));
  }
}

const asked = (request: FastifyRequest, organisation: string): Asked => ({
  ...requestContext(request),
  organisation,
});

const utc = (text: string | null): string | null => (text === null ? null : new Date(text).toISOString());

function sourceAnswer(source: WebhookSource): z.input<typeof sourceSchema> {
  return {
    id: source.id,
    name: source.name,
    createdAt: source.createdAt.toString({ smallestUnit: 'millisecond' }),
    revokedAt: source.revokedAt?.toString({ smallestUnit: 'millisecond' }) ?? null,
    secrets: source.secrets.map(({ keyId, createdAt, expiresAt, revokedAt, lastUsedAt }) => ({
      keyId,
      createdAt: new Date(createdAt).toISOString(),
      expiresAt: utc(expiresAt),
      revokedAt: utc(revokedAt),
      lastUsedAt: utc(lastUsedAt),
    })),
  };
}

const secretAnswer = ({ source, secret }: WithSecret): z.input<typeof withSecretSchema> => ({
  ...sourceAnswer(source),
  ...secret,
});
