import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../telemetry/index.ts';
import { bearerToken, sameToken } from './bearer.ts';
import { isLoopback } from './client-address.ts';
import { httpError } from './http.errors.ts';
import type { Readiness } from './readiness.ts';

export interface SystemRoutes {
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly operatorToken: string;
  /** False as soon as a proxy may stand in front: its address is loopback as well. */
  readonly loopbackIsLocal: boolean;
}

/** Health, readiness and metrics: for machines, outside of the versioned API. */
export function addSystemRoutes(server: FastifyInstance, options: SystemRoutes): void {
  const { readiness, metrics, operatorToken, loopbackIsLocal } = options;
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const report = await readiness.report();
    reply.code(report.ready ? 200 : 503);
    return { status: report.draining ? 'draining' : report.ready ? 'ready' : 'not ready', ...report };
  });
  server.get('/metrics', async (request, reply) => {
    if (!mayScrape(request)) throw httpError('unauthenticated');
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });

  function mayScrape(request: FastifyRequest): boolean {
    const token = bearerToken(request.headers.authorization);
    if (token !== undefined) return sameToken(token, operatorToken);
    return loopbackIsLocal && isLoopback(request.raw.socket.remoteAddress) && !wasForwarded(request);
  }
}

const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];
const wasForwarded = ({ headers }: FastifyRequest): boolean =>
  FORWARDING_HEADERS.some((name) => headers[name] !== undefined);

export function addOpenApiRoute(server: FastifyInstance, path: string, text: string): void {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  server.get(path, (request, reply) => {
    reply.header('etag', etag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('application/json').send(text);
  });
}
