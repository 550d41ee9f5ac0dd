import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connectionError } from './connection.ts';
import { databaseError, errorCode, isRetryableConflict } from './errors.ts';
import {
  ALL_ORGANISATIONS,
  beginStatement,
  type CommitHook,
  END,
  Transaction,
  type TransactionOptions,
} from './transaction.ts';

export type StoreFactories<Stores> = { readonly [Name in keyof Stores]: (tx: Transaction) => Stores[Name] };
export type Tx<Stores = unknown> = Transaction & Readonly<Stores>;

export interface DatabaseOptions<Stores> {
  readonly pool: pg.Pool;
  readonly setting?: string;
  readonly url: string;
  /** Stores that every transaction carries by name: `tx.audit`, `tx.outbox`. Others come through `tx.bind`. */
  readonly stores: StoreFactories<Stores>;
  /** The pool is that of meterline_worker: every transaction is for all organisations, and none for one. */
  readonly servesAll?: boolean;
  readonly statementTimeoutMs?: number;
  /** A transaction that waits this long for its own code is ended by the server. */
  readonly idleTimeoutMs?: number;
  /** A hook failed after the commit: too late to fail the work, too important to lose. */
  readonly onHookError: (error: unknown) => void;
}

/** The one way to relational rows: each query runs in a transaction that knows whose rows it may see. */
export class Database<Stores = unknown> {
  readonly pool: pg.Pool;
  readonly #options: DatabaseOptions<Stores>;
  readonly #current = new AsyncLocalStorage<Transaction>();

  constructor(options: DatabaseOptions<Stores>) {
    this.pool = options.pool;
    this.#options = options;
  }

  async transaction<Result>(
    options: TransactionOptions,
    work: (tx: Tx<Stores>) => Promise<Result>,
  ): Promise<Result> {
    // A leaked promise may still run under a transaction that has ended: that one does not count.
    if (this.#current.getStore()?.isOpen && !options.independent) throw databaseError('transaction_nested');
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(options, work);
      } catch (error) {
        if (attempt >= (options.attempts ?? 1) || !isRetryableConflict(error)) throw error;
        await sleep(Math.random() * 20 * 2 ** Math.min(attempt, 6));
      }
    }
  }

  async #once<Result>(
    options: TransactionOptions,
    work: (tx: Tx<Stores>) => Promise<Result>,
  ): Promise<Result> {
    if ((options.organisation === ALL_ORGANISATIONS) !== (this.#options.servesAll ?? false))
      throw databaseError('transaction_context_invalid', { message: WRONG_POOL });
    const begin = beginStatement(options, {
      statementTimeoutMs: this.#options.statementTimeoutMs ?? 15_000,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? 60_000,
    });
    const client = await this.#checkOut();
    let broken: Error | undefined;
    // Between two statements nobody else listens, and an unheard error would end the process.
    const onError = (error: Error) => {
      broken ??= error;
    };
    client.on('error', onError);
    const tx = new Transaction(client, options);
    let hooks: readonly CommitHook[];
    let result: Result;
    try {
      await client.query(begin);
      result = await this.#current.run(tx, () => work(this.#withStores(tx)));
      hooks = await tx.close();
      if (broken) throw this.#unreachable(broken);
      await commit(client, tx);
    } catch (error) {
      broken = (await endFailed(client, tx)) ?? broken;
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
    await this.#runHooks(hooks);
    return result;
  }

  async #checkOut(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): unknown {
    const { setting = 'database.appUrl', url } = this.#options;
    return connectionError({ setting, url }, error) ?? error;
  }

  #withStores(tx: Transaction): Tx<Stores> {
    for (const [name, factory] of Object.entries<(tx: Transaction) => unknown>(this.#options.stores))
      Object.defineProperty(tx, name, { get: () => tx.bind(factory), enumerable: true });
    return tx as Tx<Stores>;
  }

  async #runHooks(hooks: readonly CommitHook[]): Promise<void> {
    for (const hook of hooks) {
      try {
        await hook();
      } catch (error) {
        this.#options.onHookError(error);
      }
    }
  }
}

const WRONG_POOL =
  'all organisations at once are served by the connections of meterline_worker, which serve nothing else';

async function commit(client: pg.ClientBase, tx: Transaction): Promise<void> {
  let command: string | undefined;
  try {
    command = firstCommand(await client.query(END.commit));
  } catch (error) {
    // The server's own refusals (a deferred constraint, a serialization failure) come with a SQLSTATE and are final.
    if (/^[0-9A-Z]{5}$/.test(errorCode(error) ?? '') && !/^(57|08)/.test(errorCode(error) ?? '')) throw error;
    throw databaseError('transaction_commit_unknown', { cause: error });
  }
  // PostgreSQL answers the commit of a failed transaction with a rollback, and with no error.
  if (command === 'ROLLBACK') throw databaseError('transaction_aborted', { cause: tx.firstFailure });
}

/** Several statements in one message are answered by a list. */
function firstCommand(results: unknown): string | undefined {
  const [first] = results as readonly pg.QueryResult[];
  return first?.command;
}

/** Rolls back; says so if the connection is good for nothing any more. */
async function endFailed(client: pg.ClientBase, tx: Transaction): Promise<Error | undefined> {
  try {
    await tx.close();
    await client.query(END.rollback);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
