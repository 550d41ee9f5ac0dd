import { isIP } from 'node:net';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isUuid } from '../kernel/ids.ts';
import type { TransactionOptions } from '../platform/db/index.ts';
import { bearerToken, httpError, sameToken } from '../platform/http/index.ts';
import { sitesError } from './sites.errors.ts';

/** Who may act for whom. Today the operator acts for every organisation; a session of a person will for its own. */
export interface OrganisationAccess {
  readonly operatorToken: string;
  knows(organisation: string): Promise<boolean>;
}

export const ORGANISATION_ACCESS = Symbol('ORGANISATION_ACCESS');

type Scoped = FastifyRequest<{ Params: { organisation?: string } }>;
export type RequestContext = Pick<TransactionOptions, 'organisation' | 'actor' | 'requestId'>;

const contexts = new WeakMap<FastifyRequest, RequestContext>();

/**
 * For every route under `/organisations/:organisation`. What the request may act as is decided here and nowhere else:
 * a route asks `requestContext(request)` and opens its transaction with it.
 */
@Injectable()
export class OrganisationGuard implements CanActivate {
  readonly #access: OrganisationAccess;

  constructor(@Inject(ORGANISATION_ACCESS) access: OrganisationAccess) {
    this.#access = access;
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const request = execution.switchToHttp().getRequest<Scoped>();
    demandOperator(request, this.#access);
    const organisation = request.params.organisation ?? '';
    if (!isUuid(organisation) || !(await this.#access.knows(organisation)))
      throw sitesError('organisation_not_found');
    const address = isIP(request.ip) === 0 ? undefined : request.ip;
    contexts.set(request, {
      organisation,
      actor: { kind: 'operator', id: 'api', ...(address !== undefined && { address }) },
      requestId: request.id,
    });
    return true;
  }
}

/** For what concerns all organisations at once. */
@Injectable()
export class OperatorOnlyGuard implements CanActivate {
  readonly #access: OrganisationAccess;

  constructor(@Inject(ORGANISATION_ACCESS) access: OrganisationAccess) {
    this.#access = access;
  }

  canActivate(execution: ExecutionContext): boolean {
    demandOperator(execution.switchToHttp().getRequest<FastifyRequest>(), this.#access);
    return true;
  }
}

function demandOperator(request: FastifyRequest, { operatorToken }: OrganisationAccess): void {
  const token = bearerToken(request.headers.authorization);
  if (token === undefined || !sameToken(token, operatorToken)) throw httpError('unauthenticated');
}

/** Whose rows the request sees, and who it is in the audit. */
export function requestContext(request: FastifyRequest): RequestContext {
  const context = contexts.get(request);
  // A route without the guard would serve whoever asks.
  if (!context) throw new TypeError('the route is not behind OrganisationGuard');
  return context;
}
