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
  /** Roles that exist get these passwords, whoever else may be using the old ones. */
  readonly resetPasswords?: boolean;
  readonly say?: (line: string) => void;
}

export interface ProvisionedUrls {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly workerUrl: string;
  readonly ingestUrl: string;
  readonly readOnlyUrl: string;
}

const SETTING = '--admin-url';

/** Of pg_proc p: all that makes, reads or writes large objects. */
export const LARGE_OBJECT_FUNCTIONS =
  "p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^(lo_.*|loread|lowrite|be_lo_.*)$'";

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
    workerUrl: url('worker'),
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
    await admin.query("set local lock_timeout = '30s'");
    await admin.query("select pg_advisory_xact_lock(hashtext('meterline provision'))");
    await work();
    await admin.query('commit');
  } catch (error) {
    await admin.query('rollback').catch(() => {});
    if (errorCode(error) === '55P03')
      throw databaseError('provision_invalid', { message: 'another run still provisions this server' });
    throw refusedToAdmin(error, 'create or change the roles');
  }
}

const HARMLESS = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';

/** Which passwords the server accepts already: asked by signing in, since only a superuser may look. */
async function knownPasswords({ adminUrl, passwords }: ProvisionOptions): Promise<ReadonlySet<LoginRole>> {
  const roles = Object.keys(ROLES) as LoginRole[];
  const accepted = await Promise.all(
    roles.map(async (role) => {
      const url = new URL(adminUrl);
      url.username = ROLES[role];
      url.password = encodeURIComponent(passwords[role]);
      const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 });
      client.on('error', () => {});
      try {
        await client.connect();
        return true;
      } catch (error) {
        // Signed in, and refused only then, by a database that is not for this role.
        return ['42501', '53300'].includes(errorCode(error) ?? '');
      } finally {
        await client.end().catch(() => {});
      }
    }),
  );
  return new Set(roles.filter((_, i) => accepted[i]));
}

async function provisionRoles(admin: pg.Client, options: ProvisionOptions): Promise<void> {
  const { passwords, resetPasswords, say } = options;
  const known = await knownPasswords(options);
  const { rows } = await admin.query<{ rolname: string; rolcanlogin: boolean; plain: boolean }>(
    `select rolname, rolcanlogin, rolcanlogin and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication
            or rolbypassrls) as plain from pg_roles where rolname = any($1)`,
    [Object.values(ROLES)],
  );
  const { rows: me } = await admin.query<{ super: boolean }>(
    'select rolsuper as super from pg_roles where rolname = current_user',
  );
  const roles = Object.entries(ROLES) as [LoginRole, string][];
  const foreign = roles.filter(
    ([key, name]) => !known.has(key) && rows.some((row) => row.rolname === name && row.rolcanlogin),
  );
  if (foreign.length > 0 && !resetPasswords) {
    const message = `the server has ${foreign.map(([, name]) => name).join(', ')} with another password, which another hub may be using: one server is for one installation; if these are yours, add --reset-passwords`;
    throw databaseError('provision_invalid', { message });
  }
  // Only a superuser may name the attributes that only a superuser has; they are off on a new role anyway.
  const attributes = me[0]?.super ? HARMLESS : 'nocreatedb nocreaterole';
  for (const [key, name] of roles) {
    const exists = rows.find((row) => row.rolname === name);
    // Untouched where it is right: a role belongs to the whole server, and others provision there too.
    if (exists?.plain && known.has(key)) continue;
    const password = known.has(key) ? '' : `password ${pg.escapeLiteral(scramVerifier(passwords[key]))}`;
    await admin.query(`${exists ? 'alter' : 'create'} role ${name} with login ${password} ${attributes}`);
    say?.(`${exists ? 'updated' : 'created'} role ${name}`);
  }
  await leaveNoGroups(admin);
  if (!me[0]?.super) await admin.query(`grant ${ROLES.owner} to current_user with inherit true, set true`);
}

/** None of them may become another: what one can do is what its own grants say. */
async function leaveNoGroups(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ member: string; group: string }>(
    `select quote_ident(m.rolname) as member, quote_ident(g.rolname) as group
       from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
      where m.rolname = any($1) and g.rolname = any($1)`,
    [Object.values(ROLES)],
  );
  for (const { member, group } of rows) await admin.query(`revoke ${group} from ${member}`);
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
  const logins = [ROLES.app, ROLES.worker, ROLES.ingest, ROLES.readOnly].join(', ');
  try {
    await admin.query(`revoke all on database ${database} from public`);
    await admin.query(`grant connect on database ${database} to ${logins}`);
    await admin.query('revoke create on schema public from public');
    await closeLargeObjects(admin);
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

/**
 * Large objects know no organisation and no "read only": what one customer's statement stored, another's could read.
 * Their functions belong to a superuser, so only one can close them; the boot check tells where that did not happen.
 */
async function closeLargeObjects(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `select p.oid::regprocedure::text as name from pg_proc p
      where ${LARGE_OBJECT_FUNCTIONS} and has_function_privilege('public', p.oid, 'execute')
        and pg_has_role(current_user, p.proowner, 'usage')`,
  );
  if (rows.length > 0)
    await admin.query(`revoke execute on function ${rows.map(({ name }) => name).join(', ')} from public`);
}

function refusedToAdmin(error: unknown, what: string): unknown {
  if (errorCode(error) !== '42501') return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${SETTING}: this role may not ${what} (${reason}); use a superuser, or a role with CREATEROLE and CREATEDB`;
  return databaseError('provision_invalid', { message, cause: error });
}
