import { isIP } from 'node:net';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type RequestContext as Admitted, explainRefusal, type Gate, neededOf } from '../identity/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { PLATFORM } from '../platform/db/index.ts';
import { bearerToken, httpError, sameToken } from '../platform/http/index.ts';
import { sitesError } from './sites.errors.ts';

/** Who may act for whom: the operator for every organisation, a person or a key as far as the gate lets them. */
export interface OrganisationAccess {
  readonly operatorToken: string;
  knows(organisation: string): Promise<boolean>;
  /** Without it the operator is the only one. */
  readonly gate: Gate | undefined;
}

export const ORGANISATION_ACCESS = Symbol('ORGANISATION_ACCESS');

type Scoped = FastifyRequest<{ Params: { organisation?: string } }>;
export type RequestContext = Pick<
  Admitted,
  'organisation' | 'actor' | 'requestId' | 'may' | 'extent' | 'roles'
>;

const contexts = new WeakMap<FastifyRequest, RequestContext>();

/**
 * For every route under `/organisations/:organisation`. What the request may act as is decided here and nowhere else:
 * a route says `@Needs(…)`, asks `requestContext(request)` and opens its transaction with it.
 */
@Injectable()
export class OrganisationGuard implements CanActivate {
  readonly #access: OrganisationAccess;
  readonly #reflector: Reflector;

  constructor(
    @Inject(ORGANISATION_ACCESS) access: OrganisationAccess,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#access = access;
    this.#reflector = reflector;
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const request = http.getRequest<Scoped>();
    const organisation = request.params.organisation ?? '';
    if (isOperator(request, this.#access)) {
      if (!(await this.#isKnown(organisation))) throw sitesError('organisation_not_found');
      contexts.set(request, operatorContext(request, organisation));
      return true;
    }
    const { gate } = this.#access;
    if (!gate) throw httpError('unauthenticated');
    const needed = neededOf(this.#reflector, execution);
    // Nobody is a member of what is no organisation: the same answer, after the same look at who asks.
    const asked = isUuid(organisation) ? organisation : NOWHERE;
    const admitted = await gate.admit(request, http.getResponse<FastifyReply>(), asked, needed);
    if (!admitted.ok && admitted.error === 'not_a_member') throw sitesError('organisation_not_found');
    if (!admitted.ok) throw explainRefusal(admitted.error);
    if (!(await this.#isKnown(organisation))) throw sitesError('organisation_not_found');
    contexts.set(request, admitted.value);
    return true;
  }

  async #isKnown(organisation: string): Promise<boolean> {
    return isUuid(organisation) && (await this.#access.knows(organisation));
  }
}

const NOWHERE = 'ffffffff-ffff-7fff-bfff-ffffffffffff';

/** For what concerns all organisations at once: the operator, and the platform's people. */
@Injectable()
export class OperatorOnlyGuard implements CanActivate {
  readonly #access: OrganisationAccess;

  constructor(@Inject(ORGANISATION_ACCESS) access: OrganisationAccess) {
    this.#access = access;
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (isOperator(request, this.#access)) return true;
    const { gate } = this.#access;
    if (!gate) throw httpError('unauthenticated');
    const needed = { permission: 'organisations.manage', own: false } as const;
    const admitted = await gate.admit(request, http.getResponse<FastifyReply>(), PLATFORM, needed);
    if (!admitted.ok)
      throw admitted.error === 'not_a_member' ? httpError('forbidden') : explainRefusal(admitted.error);
    return true;
  }
}

function isOperator(request: FastifyRequest, { operatorToken }: OrganisationAccess): boolean {
  const token = bearerToken(request.headers.authorization);
  return token !== undefined && sameToken(token, operatorToken);
}

function operatorContext(request: FastifyRequest, organisation: string): RequestContext {
  const address = isIP(request.ip) === 0 ? undefined : request.ip;
  return {
    organisation,
    actor: { kind: 'operator', id: 'api', ...(address !== undefined && { address }) },
    requestId: request.id,
    may: '*',
    extent: 'all',
    roles: ['platform_admin', 'owner'],
  };
}

/** Whose rows the request sees, and who it is in the audit. */
export function requestContext(request: FastifyRequest): RequestContext {
  const context = contexts.get(request);
  // A route without the guard would serve whoever asks.
  if (!context) throw new TypeError('the route is not behind OrganisationGuard');
  return context;
}
