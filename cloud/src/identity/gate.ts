import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RefusalLog } from '../audit/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { PLATFORM, type TransactionOptions } from '../platform/db/index.ts';
import { bearerToken, sameToken } from '../platform/http/index.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { ApiKeysService, KeyView } from './api-keys.service.ts';
import { type Access, accessOf, accessOfScopes, accessText, demandsSecondFactor } from './domain/access.ts';
import { cookieName, readCookie, writeCookie } from './domain/cookies.ts';
import { comesFromUs } from './domain/csrf.ts';
import { networkOf } from './domain/network.ts';
import type { Extent, Role } from './domain/permissions.ts';
import { SESSION } from './domain/session-life.ts';
import { identityError } from './identity.errors.ts';
import type { IdentityParts, SessionView, Visitor } from './identity.types.ts';
import type { Needed } from './needs.ts';
import type { SessionsService } from './sessions.service.ts';

export type Caller =
  | { readonly kind: 'operator' }
  | { readonly kind: 'person'; readonly session: SessionView }
  | { readonly kind: 'key'; readonly key: KeyView };

/** What a request may act as: with this a route opens its transactions. */
export interface RequestContext extends Pick<TransactionOptions, 'actor' | 'requestId' | 'may'> {
  readonly organisation: string;
  /** Whole or own, as far as the route's permission goes. */
  readonly extent: Extent;
  readonly access: Access | 'all';
  readonly roles: readonly Role[];
}

export type Refusal = 'unauthenticated' | 'not_a_member' | 'forbidden' | 'second_factor';

/** By what the gate tells who calls, and where it writes whom it refused. */
export interface GateKnows {
  readonly sessions: SessionsService;
  readonly tokens: AccessTokens;
  readonly keys: ApiKeysService;
  readonly refusals: RefusalLog;
}

/** Who calls, and what they may do: decided here and nowhere else. */
export class Gate {
  readonly #parts: IdentityParts;
  readonly #sessions: SessionsService;
  readonly #tokens: AccessTokens;
  readonly #keys: ApiKeysService;
  readonly #refusals: RefusalLog;

  constructor(parts: IdentityParts, known: GateKnows) {
    this.#parts = parts;
    this.#sessions = known.sessions;
    this.#tokens = known.tokens;
    this.#keys = known.keys;
    this.#refusals = known.refusals;
  }

  async identify(request: FastifyRequest, reply: FastifyReply): Promise<Caller | undefined> {
    const bearer = bearerToken(request.headers.authorization);
    if (bearer !== undefined) {
      const caller = await this.#bearer(bearer);
      if (!caller) await this.#noteVisitor(request, 'unauthenticated: a token that opens nothing');
      return caller;
    }
    const token = readCookie(request.headers.cookie, cookieName('session', this.isSecure));
    if (token === undefined) return undefined;
    await this.demandOurPage(request);
    const seen = await this.#sessions.see(token);
    if (!seen) return undefined;
    if (seen.token !== undefined) this.setSession(reply, seen.token);
    return { kind: 'person', session: seen.session };
  }

  /** For an organisation, or for the platform. Refused accesses of persons and keys stand in the audit. */
  async admit(
    request: FastifyRequest,
    reply: FastifyReply,
    organisation: string,
    needed: Needed | undefined,
  ): Promise<Result<RequestContext, Refusal>> {
    const caller = await this.identify(request, reply);
    if (!caller) return err('unauthenticated');
    const address = addressOf(request);
    const at = address === undefined ? {} : { address };
    if (caller.kind === 'operator') {
      const actor = { kind: 'operator', id: 'api', ...at };
      return ok({
        organisation,
        actor,
        requestId: request.id,
        may: '*',
        extent: 'all',
        access: 'all',
        roles: ['platform_admin', 'owner'],
      });
    }
    const { roles, access, actor, refusal } = rightsOf(caller, organisation);
    const extent = needed && access.get(needed.permission);
    const enough = extent === 'all' || (extent === 'own' && needed?.own === true);
    const found = refusal ?? (enough ? undefined : 'forbidden');
    if (found !== undefined || extent === undefined) {
      await this.#note(found ?? 'forbidden', { ...actor, ...at }, organisation, request.id, needed);
      return err(found ?? 'forbidden');
    }
    return ok({
      organisation,
      actor: { ...actor, ...at },
      requestId: request.id,
      may: accessText(access),
      extent,
      access,
      roles,
    });
  }

  get isSecure(): boolean {
    return this.#parts.publicUrl?.startsWith('https:') === true;
  }

  /** Also at sign-in: else a stranger's page could sign its visitor in as somebody else. */
  async demandOurPage(request: FastifyRequest): Promise<void> {
    const { publicUrl } = this.#parts;
    const { host = '', origin, 'sec-fetch-site': site } = request.headers;
    const own = publicUrl === undefined ? [`http://${host}`, `https://${host}`] : [new URL(publicUrl).origin];
    const fetchSite = typeof site === 'string' ? site : undefined;
    const asked = { method: request.method, origin, fetchSite, own: own.map((each) => each.toLowerCase()) };
    if (comesFromUs(asked)) return;
    await this.#noteVisitor(request, 'cross_site: from a page that is not ours');
    throw identityError('cross_site_refused');
  }

  setSession(reply: FastifyReply, token: string): void {
    this.#setCookie(reply, 'session', token, SESSION.longestMs / 1000);
  }

  setDevice(
    reply: FastifyReply,
    { value, seconds }: { readonly value: string; readonly seconds: number },
  ): void {
    this.#setCookie(reply, 'device', value, seconds);
  }

  clearSession(reply: FastifyReply): void {
    this.#setCookie(reply, 'session', '', 0);
  }

  visitorOf(request: FastifyRequest): Visitor {
    return {
      address: addressOf(request),
      requestId: request.id,
      deviceCookie: readCookie(request.headers.cookie, cookieName('device', this.isSecure)),
      userAgent: request.headers['user-agent'],
    };
  }

  async #bearer(token: string): Promise<Caller | undefined> {
    if (sameToken(token, this.#parts.operatorToken)) return { kind: 'operator' };
    const key = await this.#keys.see(token);
    if (key) return { kind: 'key', key };
    const claims = await this.#tokens.check(token);
    const session = claims && (await this.#sessions.seeClient(claims.session));
    return session && session.person === claims?.person ? { kind: 'person', session } : undefined;
  }

  #setCookie(reply: FastifyReply, name: 'session' | 'device', value: string, seconds: number): void {
    reply.header('set-cookie', writeCookie(cookieName(name, this.isSecure), value, seconds, this.isSecure));
  }

  /** Where the caller is somebody it stands in the organisation's audit, else in the platform's. */
  #note(
    refusal: Refusal,
    actor: TransactionOptions['actor'],
    organisation: string,
    requestId: string,
    needed: Needed | undefined,
  ): Promise<void> {
    const place = refusal === 'not_a_member' ? PLATFORM : organisation;
    const reason = `${refusal}${needed ? `: ${needed.permission}` : ''}`;
    return this.#refusals.note(
      { organisation: place, actor, requestId },
      {
        action: 'access.refused',
        subject: { type: 'organisation', id: organisation },
        reason,
        like: `${actor.kind} ${actor.id} ${reason}`,
      },
    );
  }

  #noteVisitor(request: FastifyRequest, reason: string): Promise<void> {
    const address = addressOf(request);
    const actor = { kind: 'visitor', ...(address !== undefined && { address }) };
    return this.#refusals.note(
      { organisation: PLATFORM, actor, requestId: request.id },
      {
        action: 'access.refused',
        subject: { type: 'route', id: `${request.method} ${request.routeOptions.url ?? ''}`.slice(0, 200) },
        reason,
        like: `${networkOf(address ?? '')} ${reason}`,
      },
    );
  }
}

interface Rights {
  readonly roles: readonly Role[];
  readonly access: Access;
  readonly actor: TransactionOptions['actor'];
  readonly refusal: Refusal | undefined;
}

function rightsOf(caller: Exclude<Caller, { kind: 'operator' }>, organisation: string): Rights {
  if (caller.kind === 'key') {
    const { id, scopes } = caller.key;
    const refusal = caller.key.organisation === organisation ? undefined : 'not_a_member';
    return { roles: [], access: accessOfScopes(scopes), actor: { kind: 'api_key', id }, refusal };
  }
  const { person, places, level } = caller.session;
  // The platform's people are somebody everywhere, within what the matrix gives them.
  const roles = places
    .filter((place) => place.organisation === organisation || place.organisation === PLATFORM)
    .flatMap((place) => place.roles);
  const actor = { kind: 'user', id: person, person };
  if (roles.length === 0) return { roles, access: new Map(), actor, refusal: 'not_a_member' };
  const refusal = demandsSecondFactor(roles) && level < 2 ? 'second_factor' : undefined;
  return { roles, access: accessOf(roles), actor, refusal };
}

const addressOf = (request: FastifyRequest): string | undefined =>
  isIP(request.ip) === 0 ? undefined : request.ip;
