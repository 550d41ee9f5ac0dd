import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { applyDecorators, Inject, Injectable, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import { PLATFORM } from '../platform/db/index.ts';
import { httpError } from '../platform/http/index.ts';
import { Gate, type Refusal, type RequestContext } from './gate.ts';
import { identityError } from './identity.errors.ts';
import type { By, SessionView } from './identity.types.ts';
import { NEEDS, type Needed } from './needs.ts';

type Scoped = FastifyRequest<{ Params: { organisation?: string } }>;

const contexts = new WeakMap<FastifyRequest, RequestContext>();
const sessions = new WeakMap<FastifyRequest, SessionView>();

export function neededOf(reflector: Reflector, execution: ExecutionContext): Needed | undefined {
  return reflector.getAllAndOverride<Needed | undefined>(NEEDS, [
    execution.getHandler(),
    execution.getClass(),
  ]);
}

export function explainRefusal(refusal: Refusal): AppError {
  if (refusal === 'unauthenticated') return httpError('unauthenticated');
  if (refusal === 'second_factor') return identityError('second_factor_demanded');
  // Of an organisation that is not one's own, nobody learns whether it is there.
  return refusal === 'not_a_member' ? identityError('membership_not_found') : httpError('forbidden');
}

/** For routes about the people of one organisation: `requestActing(request)` says as whom. */
@Injectable()
export class MembersGuard implements CanActivate {
  readonly #gate: Gate;
  readonly #reflector: Reflector;

  constructor(@Inject(Gate) gate: Gate, @Inject(Reflector) reflector: Reflector) {
    this.#gate = gate;
    this.#reflector = reflector;
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const request = http.getRequest<Scoped>();
    const organisation = request.params.organisation ?? '';
    if (!isUuid(organisation) && organisation !== PLATFORM) throw identityError('membership_not_found');
    const needed = neededOf(this.#reflector, execution);
    const admitted = await this.#gate.admit(request, http.getResponse<FastifyReply>(), organisation, needed);
    if (!admitted.ok) throw explainRefusal(admitted.error);
    contexts.set(request, admitted.value);
    return true;
  }
}

/** For routes about the hub itself: its operator, and the platform's people. `requestActing(request)` says as whom. */
@Injectable()
export class PlatformGuard implements CanActivate {
  readonly #gate: Gate;
  readonly #reflector: Reflector;

  constructor(@Inject(Gate) gate: Gate, @Inject(Reflector) reflector: Reflector) {
    this.#gate = gate;
    this.#reflector = reflector;
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const needed = neededOf(this.#reflector, execution);
    const admitted = await this.#gate.admit(request, http.getResponse<FastifyReply>(), PLATFORM, needed);
    // That there is a platform is no secret.
    if (!admitted.ok)
      throw admitted.error === 'not_a_member' ? httpError('forbidden') : explainRefusal(admitted.error);
    contexts.set(request, admitted.value);
    return true;
  }
}

export function requestActing(request: FastifyRequest): RequestContext {
  const context = contexts.get(request);
  // A route without the guard would serve whoever asks.
  if (!context) throw new TypeError('the route is not behind MembersGuard or PlatformGuard');
  return context;
}

/** For routes about one's own account: any session will do. */
@Injectable()
export class SessionGuard implements CanActivate {
  readonly #gate: Gate;

  constructor(@Inject(Gate) gate: Gate) {
    this.#gate = gate;
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const caller = await this.#gate.identify(request, http.getResponse<FastifyReply>());
    if (caller?.kind !== 'person') throw httpError('unauthenticated');
    sessions.set(request, caller.session);
    return true;
  }
}

/** On a route: the guard, and what the document says of it. */
export const NeedsSession = () =>
  applyDecorators(UseGuards(SessionGuard), ApiCookieAuth('session'), ApiBearerAuth('access'));

export function requestSession(request: FastifyRequest): SessionView {
  const session = sessions.get(request);
  if (!session) throw new TypeError('the route is not behind SessionGuard');
  return session;
}

/** The session's person, as who acts. */
export function byOf(request: FastifyRequest, gate: Gate): By {
  const { person } = requestSession(request);
  const { address } = gate.visitorOf(request);
  return {
    actor: { kind: 'user', id: person, person, ...(address !== undefined && { address }) },
    requestId: request.id,
  };
}
