import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connect } from './connection.ts';
import { databaseError, errorCode } from './errors.ts';
import { type Layer, type MigrationFile, readMigrations } from './migration-files.ts';
import { type Applied, planMigrations } from './migration-plan.ts';
import { ROLES } from './roles.ts';
import { lineAt, type Statement, splitStatements } from './statements.ts';

/** A part of the schema that a library keeps by itself, such as the queue's: brought up after our own files. */
export interface SchemaPart {
  readonly name: string;
  migrate(owner: pg.ClientBase): Promise<void>;
}

export interface MigrateOptions {
  readonly url: string;
  readonly setting?: string;
  readonly folder?: string;
  readonly licensed?: boolean;
  readonly parts?: readonly SchemaPart[];
  /** How long to wait for another process that migrates. */
  readonly waitMs?: number;
  readonly lockTimeoutMs?: number;
  readonly say?: (line: string) => void;
}

export interface MigrateResult {
  readonly layers: readonly Layer[];
  readonly applied: readonly string[];
}

/**
 * Who migrates holds this table. Not an advisory lock, which any role could hold for ever: to lock a table in this mode
 * one must be allowed to change it.
 */
const LOCK_TABLE = 'schema_lock';

/** Brings the schema up. Every file is one transaction: a file that fails leaves the database at the one before. */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const files = await readMigrations(options.folder);
  const settings = { url: options.url, setting: options.setting ?? 'database.ownerUrl' };
  const client = await connect({ ...settings, applicationName: 'meterline migrate' });
  let holder: pg.Client | undefined;
  try {
    await becomeOwner(client, settings.setting);
    await makeLock(client);
    // A session of its own holds the lock in one transaction, since each file is a transaction of its own.
    holder = await connect({ ...settings, applicationName: 'meterline migrate (lock)' });
    await becomeOwner(holder, settings.setting);
    await takeLock(holder, options);
    return await applyAll(client, files, options, holder);
  } finally {
    // The lock goes with the session.
    await holder?.end().catch(() => {});
    await client.end().catch(() => {});
  }
}

/** Two at once may make it: then it is made. */
async function makeLock(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ made: boolean }>('select to_regclass($1) is not null as made', [
    `public.${LOCK_TABLE}`,
  ]);
  if (rows[0]?.made) return;
  const make = `begin; create table ${LOCK_TABLE} (); alter table ${LOCK_TABLE} enable row level security; commit`;
  await client.query(make).catch(async (error: unknown) => {
    await client.query('rollback');
    if (!['42P07', '42710', '23505'].includes(errorCode(error) ?? '')) throw error;
  });
}

/** Whoever connects, the schema belongs to the owner role: else the next migration could not change it. */
async function becomeOwner(client: pg.ClientBase, setting: string): Promise<void> {
  const { rows } = await client.query<{ user: string; ok: boolean; version: number }>(
    `select current_user as user, current_setting('server_version_num')::int as version,
       coalesce((select pg_has_role(current_user, oid, 'set') from pg_roles where rolname = $1), false) as ok`,
    [ROLES.owner],
  );
  const { user, ok, version } = rows[0] ?? { user: '', ok: false, version: 0 };
  if (version < 160_000) {
    const message = `${setting}: PostgreSQL ${Math.floor(version / 10_000)} is too old; 16 or newer is needed`;
    throw databaseError('database_unsupported', { message });
  }
  if (!ok) {
    const message = `${setting} connects as "${user}", which may not act as ${ROLES.owner}; use that role (meterline database provision creates it)`;
    throw databaseError('database_role_unsafe', { message });
  }
  await allRolesExist(client);
  // What an administrator set for the role's everyday sessions is not for this one.
  await client.query(`set role ${ROLES.owner}; set statement_timeout = 0; set search_path = public`);
}

/** Migrations grant to each of them. */
async function allRolesExist(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select name from unnest($1::text[]) as r (name) where not exists (select from pg_roles where rolname = name)',
    [Object.values(ROLES)],
  );
  if (rows.length === 0) return;
  const message = `the database role ${rows.map(({ name }) => name).join(', ')} is missing; create it with: meterline database provision`;
  throw databaseError('database_role_unsafe', { message });
}

async function takeLock(client: pg.ClientBase, options: MigrateOptions): Promise<void> {
  const waitMs = options.waitMs ?? 60_000;
  const deadline = performance.now() + waitMs;
  for (let told = false; ; told = true) {
    if (await tryLock(client)) return;
    const holder = await lockHolder(client);
    if (performance.now() >= deadline) {
      const message = `another process is still migrating this database after ${waitMs / 1000} s (${holder})`;
      throw databaseError('migration_locked', { message });
    }
    if (!told) options.say?.(`waiting for another process that migrates this database (${holder})`);
    await sleep(Math.min(250, waitMs));
  }
}

async function tryLock(client: pg.ClientBase): Promise<boolean> {
  try {
    await client.query('begin; set local idle_in_transaction_session_timeout = 0');
    await client.query(`lock table ${LOCK_TABLE} in share update exclusive mode nowait`);
    return true;
  } catch (error) {
    await client.query('rollback');
    if (errorCode(error) === '55P03') return false;
    throw error;
  }
}

async function lockHolder(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ pid: number; since: string | null }>(
    `select l.pid, to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
       from pg_locks l left join pg_stat_activity a using (pid)
      where l.relation = to_regclass($1) and l.granted and l.mode = 'ShareUpdateExclusiveLock'
        and l.database = (select oid from pg_database where datname = current_database())`,
    [`public.${LOCK_TABLE}`],
  );
  const holder = rows[0];
  return holder
    ? `server process ${holder.pid}${holder.since ? `, since ${holder.since}` : ''}`
    : 'just ended';
}

async function applyAll(
  client: pg.Client,
  files: readonly MigrationFile[],
  options: MigrateOptions,
  holder: pg.Client,
): Promise<MigrateResult> {
  await client.query(HISTORY_TABLE);
  const applied = await readApplied(client);
  const layers = await chooseLayers(client, applied, options.licensed ?? false);
  const { pending, problems } = planMigrations(files, applied, layers);
  if (problems[0]) throw problems[0];
  for (const file of pending) {
    const started = performance.now();
    // Were its session lost, another could have begun.
    await holder.query('select 1');
    await applyFile(client, file, options.lockTimeoutMs ?? 5_000);
    options.say?.(`applied ${file.path} (${Math.round(performance.now() - started)} ms)`);
  }
  for (const part of options.parts ?? []) await applyPart(client, part);
  return { layers, applied: pending.map((file) => file.path) };
}

const HISTORY_TABLE = `create table if not exists schema_migration (
  layer text not null,
  number integer not null,
  name text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz not null default now(),
  primary key (layer, number)
)`;

export async function readApplied(client: pg.ClientBase | pg.Pool): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'select layer, number, name, sha256 from schema_migration order by applied_at, number',
  );
  return rows;
}

/**
 * Read from what the server says of itself, never by trying: a licensed function fails only when it is called.
 * A database keeps the way it began with, whatever is installed on the server later.
 */
export async function chooseLayers(
  client: pg.ClientBase | pg.Pool,
  applied: readonly Applied[],
  licensed: boolean,
): Promise<Layer[]> {
  const { rows } = await client.query<{ usable: boolean; license: string | null }>(
    `select current_setting('timescaledb.license', true) as license,
       current_setting('timescaledb.disable_load', true) is not null
         and exists (select from pg_available_extensions where name = 'timescaledb') as usable`,
  );
  const { usable = false, license = null } = rows[0] ?? {};
  const began = (['plain', 'timescale'] as const).find((layer) =>
    applied.some((done) => done.layer === layer),
  );
  if (began === 'timescale' && !usable) {
    const message = 'this database was set up with TimescaleDB, which the server no longer loads';
    throw databaseError('database_unsupported', { message });
  }
  const series: Layer = began ?? (usable ? 'timescale' : 'plain');
  if (!licensed) return ['core', series];
  if (series !== 'timescale' || license !== 'timescale') {
    const message = `the licensed layer needs the Community edition of TimescaleDB; this server has ${license ?? 'none'}`;
    throw databaseError('database_unsupported', { message });
  }
  return ['core', series, 'licensed'];
}

async function applyFile(client: pg.Client, file: MigrationFile, lockTimeoutMs: number): Promise<void> {
  let current: Statement | undefined;
  try {
    await client.query('begin');
    await client.query("select set_config('lock_timeout', $1, true)", [`${lockTimeoutMs}ms`]);
    const before = await transactionId(client);
    for (const statement of splitStatements(file.sql)) {
      current = statement;
      await client.query(statement.text);
      if ((await transactionId(client)) !== before)
        throw new Error('a migration must not end its transaction');
    }
    current = undefined;
    await client.query('insert into schema_migration (layer, number, name, sha256) values ($1, $2, $3, $4)', [
      file.layer,
      file.number,
      file.name,
      file.sha256,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw fileError(file, current, error);
  }
}

async function transactionId(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::text as id');
  return rows[0]?.id;
}

function fileError(file: MigrationFile, statement: Statement | undefined, error: unknown) {
  const server = error as { message?: string; position?: string; detail?: string; code?: string };
  const within = server.position && statement ? lineAt(statement.text, Number(server.position) - 1) - 1 : 0;
  const where = statement ? `${file.path}:${statement.line + within}` : file.path;
  const hint = server.code === '55P03' ? ' (the table is in use: try again at a quiet moment)' : '';
  const detail = server.detail ? ` (${server.detail})` : '';
  const message = `${where}: ${server.message ?? String(error)}${detail}${hint}; nothing of this file was applied`;
  return databaseError('migration_failed', { message, cause: error });
}

async function applyPart(client: pg.Client, part: SchemaPart): Promise<void> {
  try {
    await part.migrate(client);
  } catch (error) {
    const message = `schema of ${part.name}: ${error instanceof Error ? error.message : String(error)}`;
    throw databaseError('migration_failed', { message, cause: error });
  }
}
