import pg from 'pg';
import { connect, place } from './connection.ts';
import { databaseError, errorCode } from './errors.ts';
import { type LoginRole, ROLES } from './roles.ts';
import { scramVerifier } from './scram.ts';

export interface ProvisionOptions {
  /** A superuser, or a role that may create roles and databases; any database of the server. */
  readonly adminUrl: string;
  readonly database: string;
  readonly passwords: Readonly<Record<LoginRole, string>>;
  readonly say?: (line: string) => void;
}

export interface ProvisionedUrls {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly ingestUrl: string;
  readonly readOnlyUrl: string;
}

const SETTING = '--admin-url';

/** Roles and database, made or put right. May be run again at any time; existing data are never touched. */
export async function provision(options: ProvisionOptions): Promise<ProvisionedUrls> {
  checkNames(options);
  const admin = await connect({ url: options.adminUrl, setting: SETTING });
  try {
    await underLock(admin, () => provisionRoles(admin, options));
    await createDatabase(admin, options);
  } finally {
    await admin.end();
  }
  await prepareDatabase(options);
  return urlsOf(options);
}

export function urlsOf(
  options: Pick<ProvisionOptions, 'adminUrl' | 'database' | 'passwords'>,
): ProvisionedUrls {
  const url = (role: LoginRole) => {
    const target = new URL(options.adminUrl);
    target.username = ROLES[role];
    target.password = encodeURIComponent(options.passwords[role]);
    target.pathname = `/${encodeURIComponent(options.database)}`;
    return target.href;
  };
  return {
    ownerUrl: url('owner'),
    appUrl: url('app'),
    ingestUrl: url('ingest'),
    readOnlyUrl: url('readOnly'),
  };
}

function checkNames({ database, passwords, adminUrl }: ProvisionOptions): void {
  const refuse = (message: string) => databaseError('provision_invalid', { message });
  if (!URL.canParse(adminUrl))
    throw refuse(`${SETTING}: not a URL of the form postgresql://user:password@host/db`);
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(database) || /^(postgres|template[01])$/.test(database))
    throw refuse(`"${database}" cannot be the name of the database: lower-case letters, digits and _ only`);
  for (const [role, password] of Object.entries(passwords)) {
    // Beyond ASCII the server would normalise the password (SASLprep) before it compares.
    if (!/^[\x21-\x7e]{12,200}$/.test(password))
      throw refuse(`the password for ${role} must have 12 to 200 visible ASCII characters`);
  }
}

/** Roles belong to the whole server: two runs at once, for two databases, would trip over each other. */
async function underLock(admin: pg.Client, work: () => Promise<void>): Promise<void> {
  await admin.query('begin');
  try {
    await admin.query("select pg_advisory_xact_lock(hashtext('meterline provision'))");
    await work();
    await admin.query('commit');
  } catch (error) {
    await admin.query('rollback').catch(() => {});
    throw refusedToAdmin(error, 'create or change the roles');
  }
}

const HARMLESS = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';

async function provisionRoles(admin: pg.Client, { passwords, say }: ProvisionOptions): Promise<void> {
  const { rows } = await admin.query<{ rolname: string }>(
    'select rolname from pg_roles where rolname = any($1)',
    [Object.values(ROLES)],
  );
  const { rows: me } = await admin.query<{ super: boolean }>(
    'select rolsuper as super from pg_roles where rolname = current_user',
  );
  // Only a superuser may name the attributes that only a superuser has; they are off on a new role anyway.
  const attributes = me[0]?.super ? HARMLESS : 'nocreatedb nocreaterole';
  for (const [key, name] of Object.entries(ROLES)) {
    const exists = rows.some((row) => row.rolname === name);
    const login =
      key === 'worker'
        ? 'nologin'
        : `login password ${pg.escapeLiteral(scramVerifier(passwords[key as LoginRole]))}`;
    await admin.query(`${exists ? 'alter' : 'create'} role ${name} with ${login} ${attributes}`);
    say?.(`${exists ? 'updated' : 'created'} role ${name}`);
  }
  // Without inheritance the worker's view over all organisations is open only after an explicit "set role".
  await admin.query(`grant ${ROLES.worker} to ${ROLES.app} with inherit false, set true, admin false`);
  await admin.query(`grant ${ROLES.worker} to ${ROLES.owner} with inherit false, set true, admin false`);
  if (!me[0]?.super) await admin.query(`grant ${ROLES.owner} to current_user with inherit true, set true`);
}

async function createDatabase(admin: pg.Client, { database, say }: ProvisionOptions): Promise<void> {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [database]);
  if (rowCount === 0) {
    try {
      const locale = await stableLocale(admin);
      await admin.query(
        `create database ${database} owner ${ROLES.owner} template template0 encoding 'UTF8' ${locale}`,
      );
      say?.(`created database ${database}`);
    } catch (error) {
      // 42P04, 23505: another run was a moment faster.
      if (!['42P04', '23505'].includes(errorCode(error) ?? ''))
        throw refusedToAdmin(error, 'create the database');
    }
  }
  await admin.query(`alter database ${database} owner to ${ROLES.owner}`);
}

/** Text must sort the same on every server and after every upgrade of its libc: PostgreSQL 17 has that built in. */
async function stableLocale(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  return (rows[0]?.version ?? 0) >= 170_000 ? "locale_provider builtin locale 'C.UTF-8'" : "locale 'C'";
}

async function prepareDatabase({ adminUrl, database }: ProvisionOptions): Promise<void> {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  const admin = await connect({ url: url.href, setting: SETTING });
  const logins = [ROLES.app, ROLES.ingest, ROLES.readOnly].join(', ');
  try {
    await admin.query(`revoke all on database ${database} from public`);
    await admin.query(`grant connect on database ${database} to ${logins}`);
    await admin.query('revoke create on schema public from public');
    // Functions would otherwise be open to everybody as soon as they are created.
    await admin.query(
      `alter default privileges for role ${ROLES.owner} revoke execute on functions from public`,
    );
  } catch (error) {
    throw refusedToAdmin(error, `prepare ${place(url.href).text}`);
  } finally {
    await admin.end();
  }
}

function refusedToAdmin(error: unknown, what: string): unknown {
  if (errorCode(error) !== '42501') return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${SETTING}: this role may not ${what} (${reason}); use a superuser, or a role with CREATEROLE and CREATEDB`;
  return databaseError('provision_invalid', { message, cause: error });
}
