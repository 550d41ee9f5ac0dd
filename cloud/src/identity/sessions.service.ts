import type { Temporal } from 'temporal-polyfill';
import { isFamilyOver, refreshStep } from './domain/refresh.ts';
import { hashToken, isToken, makeToken } from './domain/secret-token.ts';
import { needsTouch, SESSION, type SessionTimes, sessionStep } from './domain/session-life.ts';
import { identityError } from './identity.errors.ts';
import type { By, DeviceSession, IdentityParts, SessionView, Visitor } from './identity.types.ts';
import { ofNobody, ofPerson, tell } from './identity-change.ts';
import { type FoundSession, sessionsStore } from './sessions.store.ts';

export interface Seen {
  readonly session: SessionView;
  /** A new token for the browser, when it is time. */
  readonly token?: string;
}

export interface Rotated {
  readonly person: string;
  readonly session: string;
  readonly refreshToken: string;
}

const LOOKING: Visitor = {
  address: undefined,
  requestId: 'session',
  deviceCookie: undefined,
  userAgent: undefined,
};

/** The devices on which somebody is signed in. Nothing is cached: what is revoked is refused at the next request. */
export class SessionsService {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /** Who the bearer of a browser's token is, if anybody. */
  async see(token: string): Promise<Seen | undefined> {
    if (!isToken('session', token)) return undefined;
    const hash = hashToken(token);
    const { db, clock } = this.#parts;
    const found = await db.transaction({ ...ofNobody(LOOKING), readOnly: true }, (tx) =>
      tx.bind(sessionsStore).byToken(hash),
    );
    if (found?.person_state !== 'active') return undefined;
    const now = clock.now();
    const step = sessionStep(timesOf(found), found.presented, now.epochMilliseconds);
    if (step === 'refuse') return undefined;
    if (step === 'revoke') {
      await this.#reused(found, now);
      return undefined;
    }
    const session = viewOf(found);
    if (step === 'offer') {
      const next = await this.#offer(found, hash, now);
      return next === undefined ? { session } : { session, token: next };
    }
    if (step === 'promote') await this.#own(found, (store) => store.promote(found.id, hash, now));
    else if (needsTouch(timesOf(found), now.epochMilliseconds))
      await this.#own(found, (store) => store.touch(found.id, now));
    return { session };
  }

  /** The client that an access token names, unless its family has ended since. */
  async seeClient(id: string): Promise<SessionView | undefined> {
    const { db, clock } = this.#parts;
    const found = await db.transaction({ ...ofNobody(LOOKING), readOnly: true }, (tx) =>
      tx.bind(sessionsStore).byId(id),
    );
    if (found?.person_state !== 'active') return undefined;
    return isFamilyOver(timesOf(found), clock.now().epochMilliseconds) ? undefined : viewOf(found);
  }

  /** Another refresh token for a good one. One that comes twice ends its family, for whoever has which. */
  async refresh(token: string): Promise<Rotated> {
    if (!isToken('refresh', token)) throw identityError('refresh_refused');
    const hash = hashToken(token);
    const { db, clock, random } = this.#parts;
    const found = await db.transaction({ ...ofNobody(LOOKING), readOnly: true }, (tx) =>
      tx.bind(sessionsStore).byRefresh(hash),
    );
    if (!found) throw identityError('refresh_refused');
    const { id, person } = found;
    const rotated = await db.transaction(ofPerson(person), async (tx) => {
      const store = tx.bind(sessionsStore);
      const family = await store.lockFamily(id);
      if (!family) return undefined;
      const now = clock.now();
      const step = refreshStep(
        await store.refreshState(hash, id),
        timesOfFamily(family),
        now.epochMilliseconds,
      );
      if (step === 'revoke_family') {
        await store.revoke(person, id, now, 'reuse');
        await tell(tx, {
          action: 'session.reuse_found',
          subject: { type: 'session', id },
          payload: { person },
        });
      }
      if (step !== 'rotate') return undefined;
      const refreshToken = makeToken('refresh', random);
      await store.useRefresh(hash, now);
      await store.addRefresh(hashToken(refreshToken), id, person, now);
      await store.touch(id, now);
      return { person, session: id, refreshToken };
    });
    if (!rotated) throw identityError('refresh_refused');
    return rotated;
  }

  list(person: string): Promise<readonly DeviceSession[]> {
    const { db, clock } = this.#parts;
    return db.transaction({ ...ofPerson(person), readOnly: true }, (tx) =>
      tx.bind(sessionsStore).list(person, clock.now()),
    );
  }

  async revoke(person: string, id: string, why: 'signed_out' | 'by_person', by: By): Promise<void> {
    const { db, clock } = this.#parts;
    await db.transaction(ofPerson(person, by), async (tx) => {
      if (!(await tx.bind(sessionsStore).revoke(person, id, clock.now(), why)))
        throw identityError('session_not_found');
      await tell(tx, { action: 'session.ended', subject: { type: 'session', id }, payload: { person, why } });
    });
  }

  /** Says how many there were. */
  revokeOthers(person: string, keep: string, by: By): Promise<number> {
    const { db, clock } = this.#parts;
    return db.transaction(ofPerson(person, by), async (tx) => {
      const count = await tx.bind(sessionsStore).revokeOthers(person, keep, clock.now(), 'by_person');
      const subject = { type: 'person', id: person };
      if (count > 0)
        await tell(tx, { action: 'session.ended', subject, payload: { why: 'by_person', count } });
      return count;
    });
  }

  #own<T>(found: FoundSession, work: (store: ReturnType<typeof sessionsStore>) => Promise<T>): Promise<T> {
    return this.#parts.db.transaction(ofPerson(found.person_id), (tx) => work(tx.bind(sessionsStore)));
  }

  async #offer(found: FoundSession, current: Buffer, now: Temporal.Instant): Promise<string | undefined> {
    const token = makeToken('session', this.#parts.random);
    const unlessSince = now.subtract({ milliseconds: SESSION.graceMs });
    const made = await this.#own(found, (store) =>
      store.offer(found.id, current, hashToken(token), now, unlessSince),
    );
    return made ? token : undefined;
  }

  async #reused({ id, person_id: person }: FoundSession, now: Temporal.Instant): Promise<void> {
    await this.#parts.db.transaction(ofPerson(person), async (tx) => {
      if (await tx.bind(sessionsStore).revoke(person, id, now, 'reuse'))
        await tell(tx, {
          action: 'session.reuse_found',
          subject: { type: 'session', id },
          payload: { person },
        });
    });
  }
}

const viewOf = ({ id, person_id, kind, level, memberships }: FoundSession): SessionView => ({
  id,
  person: person_id,
  kind,
  level,
  places: memberships,
});

const ms = (at: Temporal.Instant | null): number | null => at?.epochMilliseconds ?? null;

const timesOf = (found: FoundSession): SessionTimes => ({
  endsAtMs: found.ends_at.epochMilliseconds,
  seenAtMs: found.seen_at.epochMilliseconds,
  tokenAtMs: found.token_at.epochMilliseconds,
  revokedAtMs: ms(found.revoked_at),
  offeredAtMs: ms(found.offered_at),
});

const timesOfFamily = (family: {
  endsAt: Temporal.Instant;
  seenAt: Temporal.Instant;
  revokedAt: Temporal.Instant | null;
}) => ({
  endsAtMs: family.endsAt.epochMilliseconds,
  seenAtMs: family.seenAt.epochMilliseconds,
  revokedAtMs: ms(family.revokedAt),
});
