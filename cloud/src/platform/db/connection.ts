import pg from 'pg';
import type { AppError } from '../../kernel/errors.ts';
import { databaseError, errorCode } from './errors.ts';
import { typeParsers } from './values.ts';

const CONNECT_TIMEOUT_MS = 5_000;

export interface PoolSettings {
  readonly url: string;
  /** How the setting is called where the operator wrote it, so that an error can point at it. */
  readonly setting: string;
  readonly size?: number;
  readonly applicationName?: string;
  readonly connectTimeoutMs?: number;
  /** An idle connection broke; the pool has already discarded it. */
  readonly onIdleError?: (error: Error) => void;
}

/** Values come and go as the exact types of `values.ts`; the session's time zone is of no consequence. */
export function createPool(settings: PoolSettings): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(settings),
    max: settings.size ?? 10,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // Without a listener a server restart would end the process.
  pool.on('error', (error) => settings.onIdleError?.(error));
  // Nor may a connection that is lost while somebody holds it: the next query on it rejects.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

export function clientConfig(settings: Omit<PoolSettings, 'size' | 'onIdleError'>): pg.ClientConfig {
  return {
    connectionString: settings.url,
    application_name: settings.applicationName ?? 'meterline',
    connectionTimeoutMillis: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    types: typeParsers,
  };
}

/** One connection with a clear error; the caller ends it. */
export async function connect(
  settings: Pick<PoolSettings, 'url' | 'setting' | 'applicationName' | 'connectTimeoutMs'>,
): Promise<pg.Client> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ ...clientConfig(settings), keepAlive: true });
    client.on('error', () => {
      // The query that runs, or the next one, rejects with the same error.
    });
    await client.connect();
    return client;
  } catch (error) {
    await client?.end().catch(() => {});
    throw connectionError(settings, error) ?? error;
  }
}

/** For readyz and boot: does a connection come up and answer, within the connect timeout? */
export async function probe(pool: pg.Pool, setting: string, url: string): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (error) {
    throw connectionError({ setting, url }, error) ?? error;
  }
}

const HINTS: Record<string, (place: Place) => string> = {
  ECONNREFUSED: () => 'the connection was refused; is PostgreSQL running there?',
  ENOTFOUND: (at) => `the host name ${at.host} cannot be resolved`,
  EAI_AGAIN: (at) => `the host name ${at.host} cannot be resolved at the moment`,
  EHOSTUNREACH: () => 'there is no route to the host',
  ENETUNREACH: () => 'there is no route to the network',
  ETIMEDOUT: () => 'the server did not answer in time',
  ECONNRESET: () => 'the server closed the connection',
  EPIPE: () => 'the server closed the connection',
  '28P01': (at) => `the password for "${at.user}" was not accepted`,
  '28000': (at) => `"${at.user}" may not connect from here`,
  '3D000': (at) =>
    `the database "${at.database}" does not exist; create it with: meterline database provision`,
  '42501': (at) => `"${at.user}" may not connect to "${at.database}"`,
  '53300': () => 'the server has no connection slot left',
  '57P01': () => 'the server is shutting down',
  '57P02': () => 'the server is restarting after a crash',
  '57P03': () => 'the server is starting up',
};

interface Place {
  readonly host: string;
  readonly user: string;
  readonly database: string;
  readonly text: string;
}

/** Host, port and database of a URL: what may be shown. Never the password. */
export function place(url: string): Place {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const host = parsed?.searchParams.get('host') ?? (decoded(parsed?.hostname) || 'localhost');
  const user = decoded(parsed?.username) || 'postgres';
  const database = decoded(parsed?.pathname.slice(1)) || user;
  return { host, user, database, text: `${host}:${parsed?.port || '5432'}/${database}` };
}

function decoded(text = ''): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The error as one clear line if it says that no connection came up; `undefined` if it is of another kind. */
export function connectionError(
  settings: Pick<PoolSettings, 'setting' | 'url'>,
  error: unknown,
): AppError | undefined {
  const reason = connectionReason(error, place(settings.url));
  if (!reason) return undefined;
  const message = `${settings.setting}: no connection to PostgreSQL at ${place(settings.url).text}: ${reason}`;
  return databaseError('database_unreachable', { message, cause: error });
}

function connectionReason(error: unknown, at: Place): string | undefined {
  // A name with several addresses fails with one error for each of them.
  if (error instanceof AggregateError && error.errors.length > 0)
    return connectionReason(error.errors[0], at);
  // The driver decodes the URL itself, when it connects.
  if (error instanceof URIError) return 'the URL has a % that encodes nothing (write %25 for a %)';
  const code = errorCode(error);
  const hint = code === undefined ? undefined : HINTS[code];
  if (hint) return hint(at);
  const message = error instanceof Error ? error.message : '';
  // Said by the pool, not by the server.
  if (/timeout exceeded when trying to connect/i.test(message))
    return 'all connections of the pool (database.poolSize) stayed in use for too long';
  if (/timeout expired|Connection terminated due to connection timeout/i.test(message))
    return 'the server did not answer in time';
  if (/Connection terminated unexpectedly|Client has encountered a connection error/i.test(message))
    return 'the server closed the connection';
  if (/SASL|password must be a string/i.test(message))
    return `the password for "${at.user}" is missing or was not accepted`;
  if (/does not support SSL|SSL connection|self.signed|certificate/i.test(message)) return message;
  return undefined;
}
