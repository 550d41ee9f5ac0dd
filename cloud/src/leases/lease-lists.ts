import type { Temporal } from 'temporal-polyfill';
import type { Transaction } from '../platform/db/index.ts';
import * as sql from './lease-lists.sql.ts';

export interface PartyEntry {
  readonly id: string;
  readonly name: string;
  readonly otherName: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly taxId: string | null;
  /** The last characters of a document. */
  readonly idDocument: string | null;
  readonly language: 'th' | 'en' | 'id';
}

export interface LeaseEntry {
  readonly id: string;
  readonly number: string;
  readonly building: string;
  readonly state: 'draft' | 'active' | 'ended' | 'cancelled';
  readonly start: string;
  /** The first day that is no longer part of it. */
  readonly end: string | null;
  /** In minor units, the first one first. */
  readonly rents: readonly bigint[];
  readonly deposit: bigint;
  readonly cycleDay: number | null;
  readonly address: string | null;
  readonly note: string | null;
  /** The rooms it has had, the newest last. */
  readonly rooms: readonly string[];
  readonly people: readonly { readonly party: string; readonly role: string }[];
  readonly services: readonly { readonly kind: string; readonly amount: bigint }[];
}

/** In ms since 1970; null for without end. */
export interface StayEntry {
  readonly place: string;
  readonly lease: string;
  readonly from: number;
  readonly to: number | null;
}

export interface PersonEntry {
  readonly id: string;
  readonly lease: string;
  readonly party: string;
  readonly role: string;
}

export interface ServiceEntry {
  readonly id: string;
  readonly lease: string;
  readonly kind: string;
  readonly label: string;
  readonly amount: bigint;
}

type Texts = {
  readonly rents: readonly string[];
  readonly services: readonly { kind: string; amount: string }[];
};

/** To be bound: `tx.bind(leaseLists)`. Leases with their people, as many as a list has, in one statement a table. */
export const leaseLists = (tx: Transaction): LeaseLists => new LeaseLists(tx);

export class LeaseLists {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  /** Of the whole organisation: a number is said once in it. */
  async leases(): Promise<readonly LeaseEntry[]> {
    const rows = await this.#all<Omit<LeaseEntry, keyof Texts> & Texts>(sql.LEASES_SQL);
    return rows.map((row) => ({
      ...row,
      rents: row.rents.map(BigInt),
      services: row.services.map(({ kind, amount }) => ({ kind, amount: BigInt(amount) })),
    }));
  }

  stays(building: string): Promise<readonly StayEntry[]> {
    return this.#all<StayEntry>(sql.STAYS_SQL, building);
  }

  parties(): Promise<readonly PartyEntry[]> {
    return this.#all<PartyEntry>(sql.PARTIES_SQL);
  }

  async addParties(parties: readonly PartyEntry[], at: Temporal.Instant): Promise<void> {
    await this.#each(sql.ADD_PARTIES_SQL, parties, at);
  }

  async changeParties(parties: readonly PartyEntry[]): Promise<void> {
    await this.#each(sql.CHANGE_PARTIES_SQL, parties);
  }

  /** With their first rent. */
  async addLeases(leases: readonly LeaseEntry[], currency: string, at: Temporal.Instant): Promise<void> {
    await this.#each(sql.ADD_LEASES_SQL, leases, currency, at);
    const rents = leases.map(({ id, start, rents: [amount = 0n] }) => ({ lease: id, start, amount }));
    await this.#each(sql.ADD_RENTS_SQL, rents);
  }

  /** An end that is agreed by now leaves the room free from then on. */
  async changeLeases(leases: readonly LeaseEntry[]): Promise<void> {
    await this.#each(sql.CHANGE_LEASES_SQL, leases);
    await this.#each(sql.END_STAYS_SQL, leases);
  }

  async addStays(building: string, stays: readonly (StayEntry & { readonly id: string })[]): Promise<void> {
    await this.#each(sql.ADD_STAYS_SQL, stays, building);
  }

  async addPeople(people: readonly PersonEntry[]): Promise<void> {
    await this.#each(sql.ADD_PEOPLE_SQL, people);
  }

  async addServices(services: readonly ServiceEntry[]): Promise<void> {
    await this.#each(sql.ADD_SERVICES_SQL, services);
  }

  async #each(text: string, rows: readonly object[], ...values: readonly unknown[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#tx.query(text, [this.#tx.organisation, JSON.stringify(rows, exact), ...values]);
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    const { rows } = await this.#tx.query<T & Record<string, unknown>>(text, [
      this.#tx.organisation,
      ...values,
    ]);
    return rows;
  }
}

/** Amounts go as text: JSON's numbers are no integers of this size. */
const exact = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
