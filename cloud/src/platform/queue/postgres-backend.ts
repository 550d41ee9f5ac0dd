import type { Socket } from 'node:net';
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
} from 'bullmq';
import pg from 'pg';
import { isAppError } from '../../kernel/errors.ts';
import { addressOf, bullmqClasses, CONNECT_TIMEOUT_MS, type QueueBackend, reasonOf } from './backend.ts';
import { settlesWithin } from './deadline.ts';
import { queueError } from './queue.errors.ts';

export const QUEUE_SCHEMA = 'bullmq';

/** Connections beyond the one that each worker keeps for LISTEN. */
const DEFAULT_POOL_SIZE = 8;
const END_TIMEOUT_MS = 1_500;
const STATEMENT_TIMEOUT_MS = 30_000;

const PRIVILEGE_MISSING = '42501';
const SCHEMA_MISSING = '3F000';

export function postgresBackend(url: string, workers: number, poolSize = DEFAULT_POOL_SIZE): QueueBackend {
  const address = addressOf(url, 5432);
  const { connectionString, options } = withSearchPath(url);
  const pool = new pg.Pool({
    connectionString,
    application_name: 'meterline queue',
    max: workers + poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options,
  });
  // Each queue and each worker listens for errors.
  pool.setMaxListeners(0);
  const sockets = new Set<Socket>();
  pool.on('connect', (client) => {
    // Lost while somebody holds it: the next query on it rejects.
    client.on('error', () => {});
    const socket = socketOf(client);
    sockets.add(socket.once('close', () => sockets.delete(socket)));
  });
  let ending: Promise<void> | undefined;
  const end = () => (ending ??= pool.end());
  const sever = () => {
    end().catch(() => {});
    for (const socket of sockets) socket.destroy();
  };
  const listeners: ((error: unknown) => void)[] = [];
  pool.on('error', (error) => {
    for (const listener of listeners) listener(error);
  });
  return {
    kind: 'postgres',
    address,
    pool,
    ...bullmqClasses({ connection: pool }, createPostgresBackend as never),
    open: () => check(pool, address),
    // The pool connects on demand, within its own time limit.
    ready: async () => {},
    ping: async () => {
      await pool.query('select 1');
    },
    onError: (listener) => {
      listeners.push(listener);
    },
    storedQueues: async () => {
      const { rows } = await pool.query<{ queue: string }>('select distinct queue from job');
      return rows.map((row) => row.queue);
    },
    sever,
    close: async () => {
      if (!(await settlesWithin(end(), END_TIMEOUT_MS))) sever();
    },
  };
}

/** A URL may bring options of its own (`?options=-c role=x`), which the driver would put in the place of ours. */
function withSearchPath(url: string): { readonly connectionString: string; readonly options: string } {
  const own = `-c search_path=${QUEUE_SCHEMA} -c statement_timeout=${STATEMENT_TIMEOUT_MS}`;
  if (!URL.canParse(url)) return { connectionString: url, options: own };
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.delete('options');
  return {
    connectionString: given === null ? url : parsed.href,
    options: given === null ? own : `${given} ${own}`,
  };
}

/** The driver has no way to drop a connection whose server has gone silent; its socket has. */
function socketOf(client: pg.PoolClient): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}

async function check(pool: pg.Pool, address: string): Promise<void> {
  try {
    const client = await pool.connect();
    try {
      await assertSchemaCompatibility(client, QUEUE_SCHEMA);
      await client.query('select 1 from job limit 0');
    } finally {
      client.release();
    }
  } catch (error) {
    throw openError(error, address);
  }
}

function openError(error: unknown, address: string): Error {
  if (isAppError(error)) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (error instanceof SchemaMigrationRequiredError || code === SCHEMA_MISSING) {
    return queueError('queue_not_migrated', {
      message: `the queue has no tables in the database at ${address}: run the migrations`,
      cause: error,
    });
  }
  if (error instanceof SchemaVersionMismatchError) {
    return queueError('queue_not_migrated', {
      message: `the queue's tables at ${address} belong to a newer version of this program`,
      cause: error,
    });
  }
  if (code === PRIVILEGE_MISSING) {
    return queueError('queue_misconfigured', {
      message: `the database role at ${address} may not use the queue: run the migrations`,
      cause: error,
    });
  }
  return queueError('queue_unreachable', {
    message: `the queue at ${address} cannot be reached: ${reasonOf(error)}`,
    cause: error,
    details: { address },
  });
}
