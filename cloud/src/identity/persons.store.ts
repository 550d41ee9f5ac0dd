import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import type { Contact } from './domain/contact.ts';
import type { LinkPurpose } from './domain/one-time.ts';
import type { Credential, Member, Person } from './identity.types.ts';
import * as sql from './persons.sql.ts';

type Instant = Temporal.Instant;
type Row<T> = T & Record<string, unknown>;

export interface StoredLink {
  readonly id: string;
  readonly purpose: LinkPurpose;
  readonly contactKind: Contact['kind'] | null;
  readonly contactValue: string | null;
  readonly endsAt: Instant;
  readonly usedAt: Instant | null;
  readonly revokedAt: Instant | null;
}

export interface NewLink {
  readonly id: string;
  readonly person: string;
  readonly purpose: 'contact' | 'reset';
  readonly contact?: Contact;
  readonly hash: Buffer;
  readonly createdAt: Instant;
  readonly endsAt: Instant;
}

/** A person's own rows, to be bound in a transaction of that person: `tx.bind(personsStore)`. */
export const personsStore = (tx: Transaction): PersonsStore => new PersonsStore(tx);

export class PersonsStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async #one<T extends object>(text: string, ...values: readonly unknown[]): Promise<T | undefined> {
    return (await this.#tx.query<Row<T>>(text, values)).rows[0];
  }

  async #run(text: string, ...values: readonly unknown[]): Promise<number> {
    return (await this.#tx.query(text, values)).rowCount ?? 0;
  }

  /** The first that somebody has; all are looked for, so that the time taken tells nothing. */
  async byContacts(contacts: readonly Contact[]): Promise<string | undefined> {
    const found: (string | undefined)[] = [];
    for (const contact of contacts) found.push(await this.byContact(contact));
    return found.find((person) => person !== undefined);
  }

  async byContact({ kind, value }: Contact): Promise<string | undefined> {
    const row = await this.#one<{ person: string | null }>(sql.PERSON_BY_CONTACT_SQL, kind, value);
    return row?.person ?? undefined;
  }

  person(id: string): Promise<Person | undefined> {
    return this.#one(sql.PERSON_SQL, id);
  }

  async addPerson(id: string, name: string, locale: Person['locale'], at: Instant): Promise<void> {
    await this.#run(sql.ADD_PERSON_SQL, id, name, locale, at);
  }

  async disable(id: string, at: Instant): Promise<boolean> {
    return (await this.#run(sql.DISABLE_SQL, id, at)) === 1;
  }

  async enable(id: string): Promise<boolean> {
    return (await this.#run(sql.ENABLE_SQL, id)) === 1;
  }

  async contacts(person: string): Promise<Member['contacts']> {
    return (await this.#tx.query<Row<Member['contacts'][number]>>(sql.CONTACTS_SQL, [person])).rows;
  }

  /** Says whether it is the person's now; somebody else's it stays. */
  async addContact(
    person: string,
    { kind, value }: Contact,
    at: Instant,
    verified: boolean,
  ): Promise<boolean> {
    if (verified) await this.#run(sql.RELEASE_CONTACT_SQL, kind, value);
    await this.#run(sql.ADD_CONTACT_SQL, kind, value, person, at);
    return (await this.#run(sql.HAVE_CONTACT_SQL, kind, value, person, verified ? at : null)) === 1;
  }

  credential(person: string): Promise<Credential | undefined> {
    return this.#one(sql.CREDENTIAL_SQL, person);
  }

  lockCredential(person: string): Promise<Credential | undefined> {
    return this.#one(sql.LOCK_CREDENTIAL_SQL, person);
  }

  async setPassword(person: string, hash: string, at: Instant): Promise<void> {
    await this.#run(sql.SET_PASSWORD_SQL, person, hash, at);
  }

  async beginTotp(person: string, sealed: Buffer): Promise<boolean> {
    return (await this.#run(sql.BEGIN_TOTP_SQL, person, sealed)) === 1;
  }

  async confirmTotp(
    person: string,
    at: Instant,
    counter: bigint,
    recovery: readonly Buffer[],
  ): Promise<void> {
    await this.#run(sql.CONFIRM_TOTP_SQL, person, at, counter, recovery);
  }

  async useCode(person: string, counter: bigint): Promise<void> {
    await this.#run(sql.USE_CODE_SQL, person, counter);
  }

  async setRecovery(person: string, recovery: readonly Buffer[]): Promise<void> {
    await this.#run(sql.SET_RECOVERY_SQL, person, recovery);
  }

  async removeTotp(person: string): Promise<void> {
    await this.#run(sql.REMOVE_TOTP_SQL, person);
  }

  async addLink({ id, person, purpose, contact, hash, createdAt, endsAt }: NewLink): Promise<void> {
    await this.#run(sql.REVOKE_LINKS_SQL, person, purpose, createdAt);
    const { kind = null, value = null } = contact ?? {};
    await this.#run(sql.ADD_LINK_SQL, id, person, purpose, kind, value, hash, createdAt, endsAt);
  }

  linkByHash(hash: Buffer): Promise<{ id: string; person: string } | undefined> {
    return this.#one(sql.LINK_BY_HASH_SQL, hash);
  }

  lockLink(id: string): Promise<StoredLink | undefined> {
    return this.#one(sql.LOCK_LINK_SQL, id);
  }

  async renewLink(id: string, hash: Buffer, endsAt: Instant): Promise<void> {
    await this.#run(sql.RENEW_LINK_SQL, id, hash, endsAt);
  }

  async useLink(id: string, at: Instant): Promise<void> {
    await this.#run(sql.USE_LINK_SQL, id, at);
  }
}
