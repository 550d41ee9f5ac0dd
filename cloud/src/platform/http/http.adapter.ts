import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

export type ErrorResponder = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Nest would answer unknown addresses and Fastify's own refusals with bodies of its own. Both come here instead, so
 * that every error of the hub leaves through one door.
 */
export class HttpAdapter extends FastifyAdapter {
  override setErrorHandler(): ReturnType<FastifyAdapter['setErrorHandler']> {
    return this.getInstance();
  }

  override setNotFoundHandler(): ReturnType<FastifyAdapter['setNotFoundHandler']> {
    return this.getInstance();
  }
}
