import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { ALL_ORGANISATIONS, type Transaction } from '../platform/db/index.ts';
import { auditError } from './audit.errors.ts';
import { type AuditFilter, conditionsOf, type Place } from './audit.filter.ts';
import type { AuditKeys } from './audit.keys.ts';
import { APPEND_SQL, listStatement } from './audit.sql.ts';
import type { Entry } from './domain/entry.ts';
import { PersonKeys } from './person-keys.ts';
import {
  decryptPersonal,
  encryptPersonal,
  type PersonalValue,
  personsIn,
  type RevealedValue,
} from './personal.ts';
import { timeText } from './time-text.ts';

export interface AuditRecord {
  /** `invoice.finalised` */
  readonly action: string;
  readonly subject: { readonly type: string; readonly id: string };
  /** Names of the fields that the action wrote; those of personal values are added. */
  readonly fields?: readonly string[];
  /** Why, in the words of the actor. Must not tell of persons: it is not encrypted. */
  readonly reason?: string;
  readonly personal?: readonly PersonalValue[];
}

export interface AuditOptions {
  readonly keys: AuditKeys;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface AuditPage extends AuditFilter {
  readonly limit?: number;
  /** The last entry of the page before. */
  readonly after?: Place;
}

const MAX_PAGE = 1_000;

/** For `Database.stores`: `tx.audit.append(…)` stands in the transaction of the state that it tells of. */
export function auditStore(options: AuditOptions): (tx: Transaction) => AuditLog {
  return (tx) => new AuditLog(tx, options);
}

export class AuditLog {
  readonly #tx: Transaction;
  readonly #options: AuditOptions;
  readonly #persons: PersonKeys;

  constructor(tx: Transaction, options: AuditOptions) {
    this.#tx = tx;
    this.#options = options;
    this.#persons = new PersonKeys(tx, options.keys, options.clock);
  }

  /** Who, from where and in which request come from the transaction. Any number of records is one statement. */
  async append(...records: readonly AuditRecord[]): Promise<readonly string[]> {
    const organisation = this.#organisation();
    if (records.length === 0) return [];
    const { actor, requestId } = this.#tx;
    const ids = records.map(() => this.#options.ids.next());
    const personal = records.map((record) => this.#personalOf(record));
    const keyOf = await this.#persons.ensure(
      organisation,
      personal.flat().map(({ person }) => person),
    );
    await this.#tx.query(APPEND_SQL, [
      organisation,
      timeText(this.#options.clock.now()),
      actor.kind,
      actor.id ?? null,
      actor.person ? null : (actor.address ?? null),
      requestId ?? null,
      ids,
      records.map(({ action }) => action),
      records.map(({ subject }) => subject.type),
      records.map(({ subject }) => subject.id),
      records.map(fieldsOf),
      ids.map((id, i) => encryptPersonal(id, personal[i] ?? [], keyOf)),
      records.map(({ reason }) => reason ?? null),
    ]);
    return ids;
  }

  /** Destroys the person's key: every value about them in this organisation becomes unreadable, the chain stays. */
  async forget(person: string, reason: string): Promise<boolean> {
    const { actor } = this.#tx;
    const by = actor.id ? `${actor.kind} ${actor.id}` : actor.kind;
    const forgotten = await this.#persons.forget(this.#organisation(), person, by);
    if (forgotten)
      await this.append({ action: 'person.forgotten', subject: { type: 'person', id: person }, reason });
    return forgotten;
  }

  async list(page: AuditPage = {}): Promise<readonly Entry[]> {
    const { limit = 50, after, ...filter } = page;
    const { text, values } = listStatement(conditionsOf(filter, after), Math.min(MAX_PAGE, limit));
    return (await this.#tx.query<Entry & Record<string, unknown>>(text, values)).rows;
  }

  /** The personal values of entries, each `forgotten` where nobody can read it any more. */
  async reveal(entries: readonly Entry[]): Promise<readonly (readonly RevealedValue[])[]> {
    const persons = entries.flatMap((entry) => personsIn(entry.personal));
    const keyOf = await this.#persons.existing(this.#organisation(), persons);
    return entries.map((entry) => decryptPersonal(entry.id, entry.personal, keyOf));
  }

  #organisation(): string {
    const { organisation } = this.#tx;
    if (organisation === null || organisation === ALL_ORGANISATIONS)
      throw auditError('audit_context_invalid');
    return organisation;
  }

  /** The address of a person is personal; that of a machine is not. */
  #personalOf({ personal = [] }: AuditRecord): readonly PersonalValue[] {
    const { person, address } = this.#tx.actor;
    return person && address ? [...personal, { person, field: 'actor.address', after: address }] : personal;
  }
}

function fieldsOf({ action, fields = [], personal = [] }: AuditRecord): string {
  const names = [...new Set([...fields, ...personal.map(({ field }) => field)])];
  const odd = names.find((name) => !/^[A-Za-z][A-Za-z0-9_.[\]-]{0,99}$/.test(name));
  if (odd === undefined) return JSON.stringify(names);
  const message = `"${action}": "${odd.slice(0, 40)}" is no name of a field`;
  throw auditError('audit_record_invalid', { message });
}
