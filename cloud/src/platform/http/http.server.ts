import 'reflect-metadata';
import rateLimit from '@fastify/rate-limit';
import { type DynamicModule, StandardSchemaSerializerInterceptor, type Type } from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { addAnswerTimeout } from './answer-timeout.ts';
import { addBodyParsers } from './body.ts';
import { clientErrorHandler } from './client-error.ts';
import { addDashboard, hasDashboard, isAppAddress, sendApp } from './dashboard.ts';
import { HttpAdapter } from './http.adapter.ts';
import { httpError } from './http.errors.ts';
import { nestLogger } from './nest-logger.ts';
import { describeApi } from './openapi.ts';
import { ProblemFilter, problemSender, type SendProblem } from './problem.reply.ts';
import type { Readiness } from './readiness.ts';
import { addRequestHooks } from './request.hooks.ts';
import { requestIdFrom } from './request-id.ts';
import { RouteTable } from './route-table.ts';
import { securityHeaders } from './security-headers.ts';
import { addOpenApiRoute, addSystemRoutes } from './system.routes.ts';
import { RequestValidation } from './validation.ts';

export const API_PREFIX = 'api/v1';

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly publicUrl?: string | undefined;
  readonly trustProxy: false | string[];
  readonly bodyLimitBytes: number;
  readonly requestTimeoutMs: number;
  readonly rateLimit: { readonly perMinute: number };
  readonly operatorToken: string;
}

export interface HttpServerOptions {
  readonly http: HttpSettings;
  readonly version: string;
  readonly module: Type | DynamicModule;
  readonly readiness: Readiness;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Folder of the built dashboard; without one the hub has an API only. */
  readonly dashboardFolder?: string | undefined;
}

/** Node's own default; said here because the limit is part of the promise. */
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
/** A socket on which nothing moves for so long after the longest answer is dead. */
const IDLE_SLACK_MS = 60_000;
const MAX_CONNECTIONS = 10_000;
/** Ids of jobs hold the key of their caller, percent-encoded. */
const MAX_PARAM_LENGTH = 1_000;
/** Client addresses remembered at once; the least recent is forgotten first. */
const REMEMBERED_CLIENTS = 20_000;

/** Everything but listening: the caller decides when the world may come in. */
export async function createHttpServer(options: HttpServerOptions): Promise<NestFastifyApplication> {
  const { http, logger, metrics, readiness } = options;
  const sendProblem = problemSender(logger);
  const adapter = createAdapter(http, logger, sendProblem);
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  const server = adapter.getInstance() as unknown as FastifyInstance;
  const routes = new RouteTable();
  server.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  // Before any route: a route keeps the handler that it was born under.
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  addBodyParsers(server);
  server.server.maxConnections = MAX_CONNECTIONS;
  addRequestHooks(server, { logger, metrics, isDraining: () => readiness.draining });
  addAnswerTimeout(server, http.requestTimeoutMs, sendProblem);
  if (http.rateLimit.perMinute > 0) await addRateLimit(server, http.rateLimit.perMinute, metrics);

  app.setGlobalPrefix(API_PREFIX);
  app.useSecurityHeaders(securityHeaders(http.publicUrl));
  app.useGlobalPipes(new RequestValidation());
  app.useGlobalInterceptors(new StandardSchemaSerializerInterceptor(app.get(Reflector)));
  app.useGlobalFilters(new ProblemFilter(sendProblem));
  addSystemRoutes(server, {
    readiness,
    metrics,
    operatorToken: http.operatorToken,
    loopbackIsLocal: http.trustProxy === false && http.publicUrl === undefined,
  });
  addOpenApiRoute(server, `/${API_PREFIX}/openapi.json`, JSON.stringify(describeApi(app, options.version)));
  const dashboard = hasDashboard(options.dashboardFolder) ? options.dashboardFolder : undefined;
  if (dashboard !== undefined) await addDashboard(server, dashboard);
  answerTheUnknown(server, routes, sendProblem, dashboard !== undefined);
  await app.init();
  return app;
}

function createAdapter(http: HttpSettings, logger: Logger, sendProblem: SendProblem): HttpAdapter {
  return new HttpAdapter({
    logger: false,
    trustProxy: http.trustProxy,
    bodyLimit: http.bodyLimitBytes,
    requestTimeout: http.requestTimeoutMs,
    connectionTimeout: http.requestTimeoutMs + IDLE_SLACK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Requests that still arrive on an open connection while stopping are answered, not refused: none is lost.
    return503OnClosing: false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    requestIdHeader: false,
    genReqId: (request: { headers: Record<string, string | string[] | undefined> }) =>
      requestIdFrom(request.headers['x-request-id']),
    clientErrorHandler: clientErrorHandler(logger),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
      sendProblem(error, request, reply);
    },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, http.requestTimeoutMs),
      // Node looks for late requests every 30 s by default, three times the limit.
      connectionsCheckingInterval: 2_000,
    },
  });
}

async function addRateLimit(server: FastifyInstance, perMinute: number, metrics: Metrics): Promise<void> {
  await server.register(rateLimit, {
    global: false,
    cache: REMEMBERED_CLIENTS,
    enableDraftSpec: true,
  });
  const limit = server.rateLimit({
    max: perMinute,
    timeWindow: 60_000,
    // Probes must be answered always, and the files of a page are cheap.
    allowList: (request) => !request.is404 && !isLimited(request.routeOptions.url ?? ''),
    onExceeded: () => metrics.rateLimited.inc({ scope: 'address' }),
    errorResponseBuilder: (_request, { ttl }) =>
      httpError('rate_limited', { details: { retryAfterSeconds: Math.ceil(ttl / 1000) } }),
  });
  server.addHook('onRequest', limit);
}

const isLimited = (route: string): boolean => route.startsWith(`/${API_PREFIX}/`) || route === '/metrics';

/** Unknown address, known address with another method, or an address of the app that the browser will resolve. */
function answerTheUnknown(
  server: FastifyInstance,
  routes: RouteTable,
  sendProblem: SendProblem,
  hasApp: boolean,
): void {
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = routes.methodsOf(path);
    if (allowed.length > 0 && !allowed.includes(request.method)) {
      reply.header('allow', [...allowed, 'OPTIONS'].join(', '));
      if (request.method === 'OPTIONS') return reply.code(204).send();
      return sendProblem(httpError('method_not_allowed'), request, reply);
    }
    if (hasApp && isAppAddress(request)) return sendApp(reply);
    return sendProblem(httpError('route_not_found'), request, reply);
  });
}
