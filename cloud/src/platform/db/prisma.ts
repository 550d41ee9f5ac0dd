import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { databaseError } from './errors.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import type { Transaction } from './transaction.ts';

/** The typed client, inside of our transaction: same connection, same organisation, same end. */
export type TypedClient = Prisma.TransactionClient;

/** Our own transaction ends by itself, with a timeout of its own: Prisma's clocks must never be first. */
const NEVER_MS = 2 ** 31 - 1;

const EMPTY = { rows: [], fields: [], rowCount: 0, command: '', oid: 0 };

/**
 * Prisma asks its pool for a connection when an interactive transaction begins; this one answers with the connection
 * of the transaction that asked. What begins and ends it is left to us. Outside of a transaction there is none:
 * a query without organisation cannot happen.
 */
class BorrowedPool extends pg.Pool {
  readonly asking = new AsyncLocalStorage<Transaction>();

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: (...args: never[]) => void): void;
  override connect(): Promise<pg.PoolClient> {
    const tx = this.asking.getStore();
    if (!tx) return Promise.reject(databaseError('transaction_closed'));
    return Promise.resolve(borrowedConnection(tx) as unknown as pg.PoolClient);
  }
}

function borrowedConnection(tx: Transaction) {
  return {
    query: (query: pg.QueryArrayConfig) =>
      /^(BEGIN|COMMIT|ROLLBACK)$/.test(query.text) ? Promise.resolve(EMPTY) : tx.send(query),
    on: () => {},
    removeListener: () => {},
    release: () => {},
  };
}

export class PrismaBridge {
  readonly #pool = new BorrowedPool();
  readonly #client = new PrismaClient({ adapter: new PrismaPg(this.#pool), errorFormat: 'minimal' });
  /** To be bound: `const db = await tx.bind(prisma.store)`. */
  readonly store = (tx: Transaction): Promise<TypedClient> => this.#open(tx);

  async #open(tx: Transaction): Promise<TypedClient> {
    const opened = Promise.withResolvers<TypedClient>();
    const ended = Promise.withResolvers<void>();
    const whole = this.#pool.asking.run(tx, () =>
      this.#client.$transaction(
        async (client) => {
          opened.resolve(guarded(client, tx));
          await ended.promise;
        },
        { timeout: NEVER_MS, maxWait: NEVER_MS },
      ),
    );
    whole.catch(opened.reject);
    tx.beforeEnd(async () => {
      ended.resolve();
      // How Prisma ends its part changes nothing: our commit or rollback decides.
      await whole.catch(() => {});
    });
    return opened.promise;
  }

  async close(): Promise<void> {
    await this.#client.$disconnect();
  }
}

/** Late use fails with our error, as it does with every other store. */
function guarded(client: TypedClient, tx: Transaction): TypedClient {
  return new Proxy(client, {
    get(target, property) {
      // A promise that resolves to the client asks whether it is a promise itself.
      if (property !== 'then') tx.assertOpen();
      return Reflect.get(target, property);
    },
  });
}
