import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  failSpan,
  type Logger,
  type Metrics,
  runInContext,
  type ServerSpan,
  startServerSpan,
  type WorkContext,
  withContext,
} from '../telemetry/index.ts';
import { httpError } from './http.errors.ts';
import { routeOf } from './problem.reply.ts';

interface Work {
  readonly context: WorkContext;
  readonly trace: ServerSpan;
  readonly startedMs: number;
}

export interface RequestHooks {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly isDraining: () => boolean;
}

const QUIET_ROUTES = new Set(['/healthz', '/readyz', '/metrics']);
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Gives every request its id, trace and log line, and every response its id and caching rule. */
export function addRequestHooks(
  server: FastifyInstance,
  { logger, metrics, isDraining }: RequestHooks,
): void {
  const works = new WeakMap<FastifyRequest, Work>();
  const inside = (request: FastifyRequest, next: () => void): void => {
    const work = works.get(request);
    if (!work) next();
    else runInContext(work.context, () => withContext(work.trace.context, next));
  };

  server.addHook('onRequest', (request, _reply, done) => {
    const trace = startServerSpan(request.headers, {
      'http.request.method': request.method,
      'meterline.request_id': request.id,
    });
    works.set(request, { context: { requestId: request.id }, trace, startedMs: performance.now() });
    metrics.httpInFlight.inc();
    inside(request, done);
  });
  server.addHook('onRequest', (request, _reply, done) => {
    // RFC 9112, 3.2: with two names for one request, a proxy and this hub might each believe another.
    const hosts = request.raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
    done(hosts.length > 1 ? httpError('request_malformed', { message: 'two Host headers' }) : undefined);
  });
  server.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') done(httpError('media_type_unsupported'));
    else done();
  });
  // Reading the body leaves the context: its events belong to the socket.
  server.addHook('preValidation', (request, _reply, done) => inside(request, done));
  server.addHook('onSend', (request, reply, payload, done) => {
    setCommonHeaders(request, reply, isDraining());
    done(null, payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    finish(request, reply.statusCode);
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    finish(request, CLIENT_CLOSED);
    done();
  });

  function finish(request: FastifyRequest, status: number): void {
    const work = works.get(request);
    if (!work) return;
    works.delete(request);
    const route = routeOf(request);
    const milliseconds = performance.now() - work.startedMs;
    const method = KNOWN_METHODS.has(request.method) ? request.method : 'OTHER';
    metrics.httpInFlight.dec();
    metrics.httpDuration.observe({ method, route, status: String(status) }, milliseconds / 1000);
    endSpan(work.trace, method, route, status);
    const line = { method, route, status, milliseconds: Math.round(milliseconds * 10) / 10 };
    const level = status >= 500 ? 'warn' : QUIET_ROUTES.has(route) ? 'trace' : 'info';
    runInContext(work.context, () => withContext(work.trace.context, () => logger[level](line, 'request')));
  }
}

/** What nginx calls it; never sent, only counted. */
const CLIENT_CLOSED = 499;

function endSpan({ span }: ServerSpan, method: string, route: string, status: number): void {
  span.updateName(`${method} ${route}`);
  span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
  if (status >= 500) failSpan(span, new Error(String(status)));
  span.end();
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply, draining: boolean): void {
  reply.header('x-request-id', request.id);
  // Answers belong to one person at one time; what may be kept says so itself.
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (draining) reply.header('connection', 'close');
}
