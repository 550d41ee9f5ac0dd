import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './leases.sql.ts';
import type { Party, PartyFields } from './leases.types.ts';

type Row<T> = T & Record<string, unknown>;

/** To be bound: `tx.bind(partiesStore)`. */
export const partiesStore = (tx: Transaction): PartiesStore => new PartiesStore(tx);

export interface PartyQuery {
  /** Part of a name in either script, however it is typed. */
  readonly like?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export class PartiesStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async list({ like, after, limit }: PartyQuery): Promise<readonly Party[]> {
    return this.#all<Party>(sql.PARTIES_SQL, like ?? null, after ?? null, limit);
  }

  async find(id: string): Promise<Party | undefined> {
    return (await this.#all<Party>(sql.PARTY_SQL, id))[0];
  }

  async add(id: string, fields: PartyFields, at: Temporal.Instant): Promise<void> {
    await this.#tx.query(sql.ADD_PARTY_SQL, [this.#tx.organisation, id, ...columns(fields), at]);
  }

  async save(id: string, fields: PartyFields): Promise<void> {
    await this.#tx.query(sql.SAVE_PARTY_SQL, [this.#tx.organisation, id, ...columns(fields)]);
  }

  async invited(id: string, invitation: string): Promise<void> {
    await this.#tx.query(sql.INVITED_SQL, [this.#tx.organisation, id, invitation]);
  }

  /** The parties that the invitation was for. */
  async joined(invitation: string, person: string): Promise<readonly string[]> {
    return (await this.#all<{ id: string }>(sql.JOINED_SQL, invitation, person)).map(({ id }) => id);
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.#tx.query<Row<T>>(text, [this.#tx.organisation, ...values])).rows;
  }
}

const columns = ({
  kind,
  name,
  otherName,
  phone,
  email,
  taxId,
  idDocumentTail,
  language,
}: PartyFields): readonly unknown[] => [kind, name, otherName, phone, email, taxId, idDocumentTail, language];
