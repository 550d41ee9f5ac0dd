import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../telemetry/index.ts';
import { httpError } from './http.errors.ts';
import { explainError } from './problem.ts';

export type SendProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** The one door through which errors leave. */
export function problemSender(logger: Logger): SendProblem {
  return (error, request, reply) => {
    const { problem, unexpected } = explainError(fromNest(error), request.id);
    const line = { err: error, method: request.method, route: routeOf(request) };
    if (unexpected) logger.error(line, 'request failed');
    // The caller was told in general; what exactly is away stands only here.
    else if (problem.status >= 500) logger.warn(line, 'request could not be answered');
    if (reply.sent) return;
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
    if (problem.status === 503) reply.header('retry-after', '5');
    const { retryAfterSeconds } = problem;
    if (problem.status === 429 && typeof retryAfterSeconds === 'number')
      reply.header('retry-after', String(retryAfterSeconds));
    reply
      .code(problem.status)
      .header('cache-control', 'no-store')
      .type('application/problem+json')
      // As bytes: to a text Fastify would add a charset, which this media type does not have.
      .send(Buffer.from(JSON.stringify(problem)));
  };
}

/** The template, never the address: an address holds ids and whatever else a client puts there. */
export const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'unmatched';

const CODE_OF_STATUS: Readonly<Record<number, Parameters<typeof httpError>[0]>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'route_not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'media_type_unsupported',
  429: 'rate_limited',
};

/** Our code throws none of these; Nest's own parts do. */
function fromNest(error: unknown): unknown {
  if (!(error instanceof HttpException)) return error;
  const status = error.getStatus();
  if (status >= 500) return error;
  return httpError(CODE_OF_STATUS[status] ?? 'request_malformed', { cause: error });
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #send: SendProblem;

  constructor(send: SendProblem) {
    this.#send = send;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.#send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
