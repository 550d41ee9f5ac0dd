import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bearerToken, httpError, sameToken } from '../platform/http/index.ts';
import type { OperationsParts } from './operations.ports.ts';

export const OPERATIONS_PARTS = Symbol('OPERATIONS_PARTS');

/** Lets in whoever holds the operator token. */
@Injectable()
export class OperatorGuard implements CanActivate {
  readonly #expected: string;

  constructor(@Inject(OPERATIONS_PARTS) parts: OperationsParts) {
    this.#expected = parts.operatorToken;
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    if (token === undefined || !sameToken(token, this.#expected)) throw httpError('unauthenticated');
    return true;
  }
}
