import type { FastifyReply, FastifyRequest } from 'fastify';
import { PLATFORM } from '../platform/db/index.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { AccountService } from './account.service.ts';
import { accessOf, demandsSecondFactor } from './domain/access.ts';
import type { ExportService } from './export.service.ts';
import type { ForgetService } from './forget.service.ts';
import type { Gate } from './gate.ts';
import { byOf, requestSession } from './identity.guards.ts';
import type { SessionView } from './identity.types.ts';
import type { Joining, JoinService } from './join.service.ts';
import type { SecondFactorService } from './second-factor.service.ts';
import type { SessionsService } from './sessions.service.ts';
import type { SignInRequest, SignInService } from './sign-in.service.ts';

export interface EntranceParts {
  readonly gate: Gate;
  readonly signIn: SignInService;
  readonly sessions: SessionsService;
  readonly tokens: AccessTokens;
  readonly account: AccountService;
  readonly factor: SecondFactorService;
  readonly join: JoinService;
  readonly exported: ExportService;
  readonly forget: ForgetService;
}

/** Between HTTP and the services: cookies in and out, and nothing decided. */
export class Entrance {
  readonly #parts: EntranceParts;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  async signIn(given: SignInRequest, request: FastifyRequest, reply: FastifyReply) {
    const { gate, signIn, sessions } = this.#parts;
    await gate.demandOurPage(request);
    const done = await signIn.signIn(given, 'browser', gate.visitorOf(request));
    gate.setSession(reply, done.token);
    gate.setDevice(reply, done.deviceCookie);
    const seen = await sessions.see(done.token);
    if (!seen) throw new TypeError('a session that was just made is not there');
    return this.who(seen.session);
  }

  async signInClient(given: SignInRequest, request: FastifyRequest) {
    const { gate, signIn } = this.#parts;
    const done = await signIn.signIn(given, 'client', gate.visitorOf(request));
    return this.#tokens(done.person, done.session, done.token);
  }

  async refresh(refreshToken: string) {
    const next = await this.#parts.sessions.refresh(refreshToken);
    return this.#tokens(next.person, next.session, next.refreshToken);
  }

  async keys() {
    return { keys: await this.#parts.tokens.published() };
  }

  async who(session: SessionView) {
    const { person, level, places } = session;
    const { id: _id, state: _state, ...account } = await this.#parts.account.show(person);
    const platform = places.find(({ organisation }) => organisation === PLATFORM)?.roles ?? [];
    return {
      person,
      session: session.id,
      level,
      ...account,
      places: places.map(({ organisation, roles }) => {
        const all = organisation === PLATFORM ? roles : [...roles, ...platform];
        const permissions = [...accessOf(all)].map(([permission, extent]) => ({ permission, extent }));
        return { organisation, roles, permissions, needsSecondFactor: level < 2 && demandsSecondFactor(all) };
      }),
    };
  }

  async signOut(request: FastifyRequest, reply: FastifyReply) {
    const { gate, sessions } = this.#parts;
    const { person, id } = requestSession(request);
    await sessions.revoke(person, id, 'signed_out', byOf(request, gate));
    gate.clearSession(reply);
    return DONE;
  }

  async devices({ person, id }: SessionView) {
    const list = await this.#parts.sessions.list(person);
    return {
      items: list.map(({ createdAt, seenAt, endsAt, revokedAt: _revoked, ...each }) => ({
        ...each,
        current: each.id === id,
        createdAt: createdAt.toString(),
        seenAt: seenAt.toString(),
        endsAt: endsAt.toString(),
      })),
    };
  }

  async endDevice(session: string, request: FastifyRequest) {
    const { gate, sessions } = this.#parts;
    await sessions.revoke(requestSession(request).person, session, 'by_person', byOf(request, gate));
    return DONE;
  }

  async endOthers(request: FastifyRequest) {
    const { gate, sessions } = this.#parts;
    const { person, id } = requestSession(request);
    return { ended: await sessions.revokeOthers(person, id, byOf(request, gate)) };
  }

  async changePassword(current: string, next: string, request: FastifyRequest, reply: FastifyReply) {
    const { gate, account } = this.#parts;
    const session = requestSession(request);
    const { token } = await account.changePassword(session, current, next, byOf(request, gate));
    if (session.kind === 'browser') gate.setSession(reply, token);
    return DONE;
  }

  async confirmSecondFactor(code: string, request: FastifyRequest, reply: FastifyReply) {
    const { gate, factor } = this.#parts;
    const session = requestSession(request);
    const { token, recoveryCodes } = await factor.confirm(session, code, byOf(request, gate));
    if (session.kind === 'browser') gate.setSession(reply, token);
    return { recoveryCodes };
  }

  async removeSecondFactor(password: string, code: string, request: FastifyRequest, reply: FastifyReply) {
    const { gate, factor } = this.#parts;
    const session = requestSession(request);
    const { token } = await factor.remove(session, password, code, byOf(request, gate));
    if (session.kind === 'browser') gate.setSession(reply, token);
    return DONE;
  }

  /** As whoever is signed in here; else as a new person, who then is. */
  async accept(
    given: Omit<Joining, 'password'> & { readonly password?: string | undefined; readonly token: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const { gate, join } = this.#parts;
    await gate.demandOurPage(request);
    const visitor = gate.visitorOf(request);
    const { token, password, ...rest } = given;
    const caller = await gate.identify(request, reply);
    if (caller?.kind === 'person' && password === undefined)
      return join.joinAs(caller.session.person, token, rest, visitor);
    const joined = await join.joinAsNew(token, { ...rest, password: password ?? '' }, visitor);
    gate.setSession(reply, joined.token);
    return { person: joined.person, organisation: joined.organisation };
  }

  async exportOwn(password: string, request: FastifyRequest) {
    const { gate, account, exported } = this.#parts;
    const { person } = requestSession(request);
    await account.demandPassword(person, password);
    return exported.whole(person, byOf(request, gate));
  }

  forgetHolds(request: FastifyRequest) {
    return this.#parts.forget.holds(requestSession(request).person);
  }

  async forgetOwn(password: string, request: FastifyRequest, reply: FastifyReply) {
    const { gate, account, forget } = this.#parts;
    const { person } = requestSession(request);
    await account.demandPassword(person, password);
    await forget.whole(person, 'asked for by the person', byOf(request, gate));
    gate.clearSession(reply);
    return DONE;
  }

  async #tokens(person: string, session: string, refreshToken: string) {
    const { token, seconds } = await this.#parts.tokens.issue(person, session);
    return { tokenType: 'Bearer', accessToken: token, expiresIn: seconds, refreshToken } as const;
  }
}

export const DONE = { done: true } as const;
