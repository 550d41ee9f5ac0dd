import { randomBytes } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { Transaction } from '../platform/db/index.ts';
import { auditError } from './audit.errors.ts';
import { type AuditKeys, unwrapPersonKey, wrapPersonKey } from './audit.keys.ts';
import { FORGET_SQL, NEW_PERSON_KEYS_SQL, PERSON_KEYS_SQL } from './audit.sql.ts';

/** `null`: forgotten. */
export type KeyOf = (person: string) => Buffer | null;

interface Row extends Record<string, unknown> {
  readonly person: string;
  readonly wrapped: Buffer | null;
  readonly wrappedBy: string;
}

/** The keys of persons within one organisation. Never cached: forgetting takes effect at once, everywhere. */
export class PersonKeys {
  readonly #tx: Transaction;
  readonly #keys: AuditKeys;
  readonly #clock: Clock;

  constructor(tx: Transaction, keys: AuditKeys, clock: Clock) {
    this.#tx = tx;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** For writing: who has no key yet gets one. */
  async ensure(organisation: string, persons: readonly string[]): Promise<KeyOf> {
    // In one order for everybody, so that two transactions that meet new persons do not wait for each other.
    const wanted = [...new Set(persons)].sort();
    const found = await this.#load(organisation, wanted);
    const missing = wanted.filter((person) => !found.has(person));
    if (missing.length === 0) return keyOf(found);
    await this.#tx.query(NEW_PERSON_KEYS_SQL, [
      organisation,
      missing,
      missing.map((person) => wrapPersonKey(this.#keys, organisation, person, randomBytes(32))),
      this.#keys.wrapKeyId,
      this.#clock.now(),
    ]);
    // Another transaction may have been first; what stands there counts.
    return keyOf(new Map([...found, ...(await this.#load(organisation, missing))]));
  }

  /** For reading: who has no key was never encrypted for. */
  async existing(organisation: string, persons: readonly string[]): Promise<KeyOf> {
    return keyOf(await this.#load(organisation, [...new Set(persons)]));
  }

  /** Says whether there was anything left to forget. */
  async forget(organisation: string, person: string, by: string): Promise<boolean> {
    const parameters = [organisation, person, this.#keys.wrapKeyId, this.#clock.now(), by];
    const { rowCount } = await this.#tx.query(FORGET_SQL, parameters);
    return rowCount === 1;
  }

  async #load(organisation: string, persons: readonly string[]): Promise<Map<string, Buffer | null>> {
    if (persons.length === 0) return new Map();
    const { rows } = await this.#tx.query<Row>(PERSON_KEYS_SQL, [organisation, persons]);
    return new Map(rows.map((row) => [row.person, this.#unwrap(organisation, row)]));
  }

  #unwrap(organisation: string, { person, wrapped, wrappedBy }: Row): Buffer | null {
    if (!wrapped) return null;
    const key = unwrapPersonKey(this.#keys, organisation, person, wrapped);
    if (key) return key;
    const message =
      wrappedBy === this.#keys.wrapKeyId
        ? `the key of person ${person} was tampered with`
        : `keys.master is another one (${this.#keys.wrapKeyId}) than the key of person ${person} was wrapped under (${wrappedBy})`;
    throw auditError('audit_key_unknown', { message });
  }
}

const keyOf =
  (keys: ReadonlyMap<string, Buffer | null>): KeyOf =>
  (person) =>
    keys.get(person) ?? null;
