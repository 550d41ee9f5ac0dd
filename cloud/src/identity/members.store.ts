import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import type { Role } from './domain/permissions.ts';
import type { ApiKey, Invitation, Member } from './identity.types.ts';
import * as sql from './members.sql.ts';

type Instant = Temporal.Instant;
type Row<T> = T & Record<string, unknown>;

export interface NewInvitation
  extends Pick<Invitation, 'id' | 'name' | 'contactKind' | 'contactValue' | 'roles'> {
  readonly hash: Buffer;
  readonly invitedBy: string | null;
  readonly createdAt: Instant;
  readonly endsAt: Instant;
}

export interface FoundKey extends Pick<ApiKey, 'id' | 'scopes' | 'endsAt' | 'seenAt' | 'revokedAt'> {
  readonly organisation: string;
}

/** Who is what in one organisation, who is invited, and its keys. The organisation is the transaction's. */
export const membersStore = (tx: Transaction): MembersStore => new MembersStore(tx);

export class MembersStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.#tx.query<Row<T>>(text, [this.#tx.organisation, ...values])).rows;
  }

  async #run(text: string, ...values: readonly unknown[]): Promise<boolean> {
    return ((await this.#tx.query(text, values)).rowCount ?? 0) > 0;
  }

  #here(text: string, ...values: readonly unknown[]): Promise<boolean> {
    return this.#run(text, this.#tx.organisation, ...values);
  }

  members(person?: string): Promise<readonly Member[]> {
    return this.#all(sql.MEMBERS_SQL, person ?? null);
  }

  lock(
    person: string,
  ): Promise<readonly { person: string; roles: readonly Role[]; state: Member['state'] }[]> {
    return this.#all(sql.LOCK_MEMBERS_SQL, person);
  }

  async join(person: string, roles: readonly Role[], at: Instant): Promise<void> {
    await this.#here(sql.JOIN_SQL, person, roles, at);
  }

  setRoles(person: string, roles: readonly Role[]): Promise<boolean> {
    return this.#here(sql.SET_ROLES_SQL, person, roles);
  }

  end(person: string, at: Instant): Promise<boolean> {
    return this.#here(sql.END_SQL, person, at);
  }

  async isElsewhere(person: string): Promise<boolean> {
    const { rows } = await this.#tx.query<{ elsewhere: boolean }>(sql.ELSEWHERE_SQL, [person]);
    return rows[0]?.elsewhere ?? true;
  }

  /** In the organisation of the transaction, and on the platform. */
  async rolesHere(person: string): Promise<readonly Role[]> {
    const { rows } = await this.#tx.query<{ roles: readonly Role[] }>(sql.ROLES_HERE_SQL, [person]);
    return rows[0]?.roles ?? [];
  }

  async addInvitation(given: NewInvitation): Promise<void> {
    const { id, name, contactKind, contactValue, roles, hash, invitedBy, createdAt, endsAt } = given;
    await this.#run(
      sql.ADD_INVITATION_SQL,
      id,
      this.#tx.organisation,
      name,
      contactKind,
      contactValue,
      roles,
      hash,
      invitedBy,
      createdAt,
      endsAt,
    );
  }

  invitations(): Promise<readonly Invitation[]> {
    return this.#all(sql.INVITATIONS_SQL);
  }

  openInvitations(
    person: string,
  ): Promise<readonly { id: string; roles: readonly Role[]; made: boolean; addressed: boolean }[]> {
    return this.#all(sql.OPEN_INVITATIONS_SQL, person);
  }

  async lockInvitation(id: string): Promise<Invitation | undefined> {
    return (await this.#all<Invitation>(sql.LOCK_INVITATION_SQL, id))[0];
  }

  async invitationByHash(hash: Buffer): Promise<{ id: string; organisation: string } | undefined> {
    const { rows } = await this.#tx.query<{ id: string; organisation: string }>(sql.INVITATION_BY_HASH_SQL, [
      hash,
    ]);
    return rows[0];
  }

  /** `sentAt`: its link goes to its contact, and to nobody else. */
  async renewInvitation(id: string, hash: Buffer, endsAt: Instant, sentAt: Instant | null): Promise<void> {
    await this.#run(sql.RENEW_INVITATION_SQL, id, hash, endsAt, sentAt);
  }

  async useInvitation(id: string, at: Instant, person: string): Promise<void> {
    await this.#run(sql.USE_INVITATION_SQL, id, at, person);
  }

  async revokeInvitation(id: string, at: Instant): Promise<void> {
    await this.#run(sql.REVOKE_INVITATION_SQL, id, at);
  }

  apiKeys(): Promise<readonly ApiKey[]> {
    return this.#all(sql.API_KEYS_SQL);
  }

  apiKeysOf(person: string): Promise<readonly { id: string; scopes: readonly string[] }[]> {
    return this.#all(sql.API_KEYS_OF_SQL, person);
  }

  async addApiKey(
    key: Pick<ApiKey, 'id' | 'name' | 'scopes' | 'hint' | 'createdAt' | 'endsAt'>,
    hash: Buffer,
    by: string | null,
  ): Promise<void> {
    const { id, name, scopes, hint, createdAt, endsAt } = key;
    const values = [name, scopes, hash, hint, by, createdAt, endsAt];
    await this.#run(sql.ADD_API_KEY_SQL, id, this.#tx.organisation, ...values);
  }

  revokeApiKey(id: string, at: Instant): Promise<boolean> {
    return this.#here(sql.REVOKE_API_KEY_SQL, id, at);
  }

  async apiKeyByHash(hash: Buffer): Promise<FoundKey | undefined> {
    return (await this.#tx.query<Row<FoundKey>>(sql.API_KEY_BY_HASH_SQL, [hash])).rows[0];
  }

  touchApiKey(id: string, at: Instant): Promise<boolean> {
    return this.#here(sql.TOUCH_API_KEY_SQL, id, at);
  }
}
