import type { FastifyInstance, FastifyRequest } from 'fastify';
import { httpError } from './http.errors.ts';
import type { SendProblem } from './problem.reply.ts';

/**
 * Bounds the time until an answer begins. Fastify's own `handlerTimeout` bounds the whole answer and would cut a long
 * download in its middle; once bytes flow, only a socket on which nothing moves is closed.
 */
export function addAnswerTimeout(
  server: FastifyInstance,
  milliseconds: number,
  sendProblem: SendProblem,
): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  const disarm = (request: FastifyRequest): void => clearTimeout(timers.get(request));

  server.addHook('preHandler', (request, reply, done) => {
    const timer = setTimeout(() => {
      if (!reply.sent && !reply.raw.headersSent) sendProblem(httpError('answer_timeout'), request, reply);
    }, milliseconds);
    timers.set(request, timer);
    done();
  });
  server.addHook('onSend', (request, _reply, payload, done) => {
    disarm(request);
    done(null, payload);
  });
  server.addHook('onResponse', (request, _reply, done) => {
    disarm(request);
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    disarm(request);
    done();
  });
}
