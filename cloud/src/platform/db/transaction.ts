import pg from 'pg';
import { databaseError } from './errors.ts';
import { toParameter } from './values.ts';

/** Rows that belong to no customer: the platform itself is an organisation, so that every row has one. */
export const PLATFORM = '00000000-0000-0000-0000-000000000000';

/**
 * For the few jobs that serve all organisations at once, on connections of meterline_worker, which sees the outbox and
 * the audit of everybody and nothing else. No other role can become it.
 */
export const ALL_ORGANISATIONS = 'all organisations';

export interface Actor {
  /** `user`, `gateway`, `system`, … */
  readonly kind: string;
  readonly id?: string;
  /** The person that the actor is, if it is one: personal values, its address among them, are encrypted for it. */
  readonly person?: string;
  readonly address?: string;
}

export interface TransactionOptions {
  /** Whose rows are seen and written; `null` for none at all. Never taken from a request's body. */
  readonly organisation: string | null;
  readonly actor: Actor;
  /** Whose own rows are seen besides, whatever the organisation: the actor's, if it is a person. */
  readonly person?: string;
  /** What may be done to the organisation, as policies ask for it: words, or `*` for the hub itself. A person: nothing. */
  readonly may?: string;
  readonly requestId?: string;
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
  readonly statementTimeoutMs?: number;
  /** The server ends the transaction when it waits this long for its own code: a host that froze must not hold a lock. */
  readonly idleTimeoutMs?: number;
  /** How often in all to run the work when it loses against another (serialization failure, deadlock). */
  readonly attempts?: number;
  /** Said by code that wants its own transaction, whether or not one is under way. Takes a second connection. */
  readonly independent?: boolean;
}

/** The extended protocol takes one statement at a time: nothing can be stacked behind it. */
interface OneStatement extends pg.QueryConfig {
  readonly queryMode: 'extended';
}

export type CommitHook = () => void | Promise<void>;
type State = 'open' | 'closing' | 'closed';

/** What the work inside of a transaction holds: queries, bound stores, hooks. Useless after the end. */
export class Transaction {
  readonly organisation: string | null;
  readonly actor: Actor;
  readonly requestId: string | undefined;
  readonly #client: pg.ClientBase;
  readonly #stores = new Map<unknown, unknown>();
  readonly #afterCommit: CommitHook[] = [];
  readonly #beforeEnd: CommitHook[] = [];
  #state: State = 'open';
  #line: Promise<unknown> = Promise.resolve();
  #firstFailure: unknown;

  constructor(client: pg.ClientBase, options: TransactionOptions) {
    this.#client = client;
    this.organisation = options.organisation;
    this.actor = options.actor;
    this.requestId = options.requestId;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** The first statement that failed, even if its error was caught. */
  get firstFailure(): unknown {
    return this.#firstFailure;
  }

  query<Row extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    parameters: readonly unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    if (ENDS_OR_BEGINS.test(text))
      throw databaseError('transaction_nested', { message: `a store ran "${text.trim()}"` });
    const query: OneStatement = { text, values: parameters.map(toParameter), queryMode: 'extended' };
    return this.send<pg.QueryResult<Row>>(query);
  }

  /** For adapters that bring a query of their own form. One at a time: the protocol has one line. */
  send<Result>(query: pg.QueryConfig | pg.QueryArrayConfig): Promise<Result> {
    this.assertOpen();
    const run = async () => {
      try {
        return (await this.#client.query(query)) as Result;
      } catch (error) {
        this.#firstFailure ??= error;
        throw error;
      }
    };
    const result = this.#line.then(run, run);
    this.#line = result;
    return result;
  }

  /** The store of a feature, bound to this transaction; the same one each time. */
  bind<Store>(factory: (tx: Transaction) => Store): Store {
    this.assertOpen();
    if (!this.#stores.has(factory)) this.#stores.set(factory, factory(this));
    return this.#stores.get(factory) as Store;
  }

  /** Runs only if the commit succeeded, in order. What must not be lost belongs into the outbox instead. */
  afterCommit(hook: CommitHook): void {
    this.assertOpen();
    this.#afterCommit.push(hook);
  }

  /** For adapters that must let go before the end, whichever it is. */
  beforeEnd(hook: CommitHook): void {
    this.assertOpen();
    this.#beforeEnd.push(hook);
  }

  assertOpen(): void {
    if (this.#state === 'closed') throw databaseError('transaction_closed');
  }

  /** Lets statements that were started but not awaited finish, and takes no more. */
  async close(): Promise<readonly CommitHook[]> {
    if (this.#state !== 'open') return [];
    this.#state = 'closing';
    for (const hook of this.#beforeEnd) await hook();
    this.#state = 'closed';
    await this.#line.catch(() => {});
    return this.#afterCommit;
  }
}

/**
 * The transaction is not the store's to end. Savepoints are. What stands before the first word can be read in one way
 * only: every statement passes here, and `(\s+)*` would try 2ⁿ ways through n spaces of indentation.
 */
export const ENDS_OR_BEGINS =
  /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b/i;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Defaults {
  readonly statementTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** Everything is local to the transaction; what a statement may have set for the session goes at its end. */
export function beginStatement(options: TransactionOptions, defaults: Defaults): string {
  const { organisation } = options;
  const everybody = organisation === ALL_ORGANISATIONS;
  if (organisation !== null && !everybody && !UUID.test(organisation)) {
    const message = `"${organisation.slice(0, 40)}" is not the id of an organisation`;
    throw databaseError('transaction_context_invalid', { message });
  }
  const person = options.person ?? options.actor.person ?? '';
  if (person !== '' && !UUID.test(person)) {
    const message = `"${person.slice(0, 40)}" is not the id of a person`;
    throw databaseError('transaction_context_invalid', { message });
  }
  const settings = {
    'app.org': everybody ? '' : (organisation ?? ''),
    'app.person': person,
    'app.may': options.may ?? (options.actor.person === undefined ? '*' : ''),
    statement_timeout: `${options.statementTimeoutMs ?? defaults.statementTimeoutMs}ms`,
    idle_in_transaction_session_timeout: `${options.idleTimeoutMs ?? defaults.idleTimeoutMs}ms`,
    // Over many partitions a plan looks dear enough to be compiled, which takes twenty times as long as to run it.
    jit: 'off',
  };
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, true)`,
  );
  return [
    `begin isolation level ${options.isolation ?? 'read committed'}${options.readOnly ? ' read only' : ''}`,
    `select ${calls.join(', ')}`,
  ].join('; ');
}

/**
 * What a session can keep beyond a transaction: role and settings, cursors, temporary tables (whose names would come
 * before ours), sequences' last values, channels, advisory locks. Prepared statements stay: nobody runs them by chance.
 */
const CLEAN_SESSION = [
  'reset session authorization',
  'reset role',
  'reset all',
  'close all',
  'unlisten *',
  'discard temp',
  'discard sequences',
  'select pg_advisory_unlock_all()',
].join('; ');

/**
 * In one round trip: one injected statement must not speak to the next user of a pooled connection. The cleaning is a
 * transaction of its own, so that no rollback brings anything back.
 */
export const END = {
  commit: `commit; ${CLEAN_SESSION}`,
  rollback: `rollback; ${CLEAN_SESSION}`,
} as const;
