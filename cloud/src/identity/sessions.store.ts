import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import type { Presented } from './domain/session-life.ts';
import type { DeviceSession, Place, RevokedWhy } from './identity.types.ts';
import * as sql from './sessions.sql.ts';

type Instant = Temporal.Instant;
type Row<T> = T & Record<string, unknown>;

export interface FoundSession {
  readonly id: string;
  readonly person_id: string;
  readonly kind: 'browser' | 'client';
  readonly level: 1 | 2;
  readonly presented: Presented;
  readonly token_at: Instant;
  readonly offered_at: Instant | null;
  readonly seen_at: Instant;
  readonly ends_at: Instant;
  readonly revoked_at: Instant | null;
  readonly person_state: 'active' | 'disabled';
  readonly memberships: readonly Place[];
}

export interface NewSession {
  readonly id: string;
  readonly person: string;
  readonly kind: 'browser' | 'client';
  readonly device: string;
  readonly level: 1 | 2;
  readonly hash: Buffer | null;
  readonly at: Instant;
  readonly endsAt: Instant;
}

export interface Family {
  readonly endsAt: Instant;
  readonly seenAt: Instant;
  readonly revokedAt: Instant | null;
  readonly level: 1 | 2;
}

export const sessionsStore = (tx: Transaction): SessionsStore => new SessionsStore(tx);

export class SessionsStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #one<T extends object>(text: string, ...values: readonly unknown[]): Promise<T | undefined> {
    return (await this.#tx.query<Row<T>>(text, values)).rows[0];
  }

  async #did(text: string, ...values: readonly unknown[]): Promise<boolean> {
    return ((await this.#tx.query(text, values)).rowCount ?? 0) > 0;
  }

  byToken(hash: Buffer): Promise<FoundSession | undefined> {
    return this.#one(sql.SESSION_VIEW_SQL, hash, null);
  }

  byId(id: string): Promise<FoundSession | undefined> {
    return this.#one(sql.SESSION_VIEW_SQL, null, id);
  }

  async add({ id, person, kind, device, level, hash, at, endsAt }: NewSession): Promise<void> {
    await this.#did(sql.ADD_SESSION_SQL, id, person, kind, device, level, hash, at, endsAt);
  }

  touch(id: string, at: Instant): Promise<boolean> {
    return this.#did(sql.TOUCH_SQL, id, at);
  }

  offer(id: string, current: Buffer, offered: Buffer, at: Instant, unlessSince: Instant): Promise<boolean> {
    return this.#did(sql.OFFER_SQL, id, current, offered, at, unlessSince);
  }

  promote(id: string, offered: Buffer, at: Instant): Promise<boolean> {
    return this.#did(sql.PROMOTE_SQL, id, offered, at);
  }

  renew(id: string, hash: Buffer, at: Instant, level: 1 | 2): Promise<boolean> {
    return this.#did(sql.RENEW_SQL, id, hash, at, level);
  }

  setLevel(id: string, level: 1 | 2): Promise<boolean> {
    return this.#did(sql.SET_LEVEL_SQL, id, level);
  }

  revoke(person: string, id: string, at: Instant, why: RevokedWhy): Promise<boolean> {
    return this.#did(sql.REVOKE_SQL, person, id, at, why);
  }

  async revokeOthers(person: string, keep: string | null, at: Instant, why: RevokedWhy): Promise<number> {
    return (await this.#tx.query(sql.REVOKE_ALL_SQL, [person, keep, at, why])).rowCount ?? 0;
  }

  async list(person: string, now: Instant): Promise<readonly DeviceSession[]> {
    return (await this.#tx.query<Row<DeviceSession>>(sql.SESSIONS_SQL, [person, now])).rows;
  }

  byRefresh(hash: Buffer): Promise<{ id: string; person: string } | undefined> {
    return this.#one(sql.SESSION_BY_REFRESH_SQL, hash);
  }

  lockFamily(id: string): Promise<Family | undefined> {
    return this.#one(sql.LOCK_FAMILY_SQL, id);
  }

  async refreshState(hash: Buffer, id: string): Promise<'unknown' | 'unused' | 'used'> {
    const row = await this.#one<{ used: boolean }>(sql.REFRESH_STATE_SQL, hash, id);
    if (!row) return 'unknown';
    return row.used ? 'used' : 'unused';
  }

  async addRefresh(hash: Buffer, id: string, person: string, at: Instant): Promise<void> {
    await this.#did(sql.ADD_REFRESH_SQL, hash, id, person, at);
  }

  async useRefresh(hash: Buffer, at: Instant): Promise<void> {
    await this.#did(sql.USE_REFRESH_SQL, hash, at);
  }
}
