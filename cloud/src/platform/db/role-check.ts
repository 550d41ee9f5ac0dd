import type pg from 'pg';
import { connectionError } from './connection.ts';
import { databaseError } from './errors.ts';
import { ATTRIBUTES_SQL, CREATES_SQL, MEMBERSHIPS_SQL, OWNED_SQL, PRIVILEGES_SQL } from './role-check.sql.ts';
import { ROLES } from './roles.ts';

export type CheckedRole = 'app' | 'ingest' | 'readOnly';

export interface RoleCheckOptions {
  readonly url: string;
  /** Schemas that a library keeps by itself, such as the queue's: no rows of organisations, no policies. */
  readonly librarySchemas?: readonly string[];
}

const SETTINGS = {
  app: 'database.appUrl',
  ingest: 'database.ingestUrl',
  readOnly: 'database.readOnlyUrl',
} as const;

/** Raw readings carry no policy (a compressed table cannot), so no reading role may touch them nor their chunks. */
const RAW_TABLE = /^readings?(_|$)/;
const CHUNK_SCHEMA = /^(_timescaledb_.*|reading_chunks)$/;
/** Where every role looks up whether the schema fits the version. */
const HISTORY = 'schema_migration';

const DANGEROUS_GROUP =
  /^pg_(read_all_data|write_all_data|(read|write)_server_files|execute_server_program|create_subscription|maintain|signal_backend|checkpoint)$/;

/** Refuses to go on with a role that is stronger than its purpose; one line for each thing found. */
export async function assertRole(pool: pg.Pool, role: CheckedRole, options: RoleCheckOptions): Promise<void> {
  const findings = await checkRole(pool, role, options);
  if (findings.length > 0)
    throw databaseError('database_role_unsafe', { message: findings.join('\n'), details: { findings } });
}

export async function checkRole(
  pool: pg.Pool,
  role: CheckedRole,
  options: RoleCheckOptions,
): Promise<readonly string[]> {
  const setting = SETTINGS[role];
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw connectionError({ setting, url: options.url }, error) ?? error;
  }
  try {
    const found = await find(client, role, options.librarySchemas ?? []);
    return found.findings.map((finding) => `${setting} connects as "${found.name}", which ${finding}`);
  } finally {
    client.release();
  }
}

interface Found {
  readonly name: string;
  readonly findings: readonly string[];
}

async function find(
  client: pg.ClientBase,
  role: CheckedRole,
  librarySchemas: readonly string[],
): Promise<Found> {
  const rows = async <Row extends pg.QueryResultRow>(sql: string) => (await client.query<Row>(sql)).rows;
  const self = (await rows<Attributes>(ATTRIBUTES_SQL))[0];
  if (!self)
    throw databaseError('database_role_unsafe', { message: `${SETTINGS[role]}: the role does not exist` });
  const use = `use the ${ROLES[role]} role (meterline database provision)`;
  // A superuser is a member of everything and owns everything: one line says it all.
  if (self.super)
    return { name: self.name, findings: [`is a superuser and would bypass row-level security; ${use}`] };
  const memberships = await rows<Membership>(MEMBERSHIPS_SQL);
  const isOwner = self.name === ROLES.owner || memberships.some((group) => group.name === ROLES.owner);
  const owned = isOwner ? [] : (await rows<Named>(OWNED_SQL)).map(({ name }) => name);
  const creates = isOwner ? [] : (await rows<Named>(CREATES_SQL)).map(({ name }) => name);
  const privileges = (await rows<Privileges>(PRIVILEGES_SQL)).filter(
    (table) => !librarySchemas.includes(table.schema),
  );
  const findings = [
    ...attributeFindings(self, use),
    ...memberships.flatMap((group) => membershipFindings(role, self.name, group)),
    ...(self.name === ROLES.owner ? [`owns the schema and would bypass row-level security; ${use}`] : []),
    ...list('owns', owned, `alter … owner to ${ROLES.owner}`),
    ...list('may create objects in', creates, `revoke create on … from ${self.name}`),
    ...(isOwner ? [] : tableFindings(role, self.name, privileges)),
  ];
  return { name: self.name, findings };
}

interface Named {
  readonly name: string;
}
interface Attributes extends Named {
  readonly super: boolean;
  readonly bypass: boolean;
  readonly create_role: boolean;
  readonly create_db: boolean;
  readonly replication: boolean;
}
interface Membership extends Named {
  readonly super: boolean;
  readonly bypass: boolean;
  readonly inherited: boolean;
}
interface Privileges {
  readonly schema: string;
  readonly table: string;
  readonly protected: boolean;
  readonly select: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly truncate: boolean;
  readonly trigger: boolean;
}

function attributeFindings(self: Attributes, use: string): string[] {
  const say = (has: boolean, what: string, attribute: string) =>
    has ? [`${what}; alter role ${self.name} no${attribute}, or ${use}`] : [];
  return [
    ...say(self.bypass, 'has BYPASSRLS and would bypass row-level security', 'bypassrls'),
    ...say(self.create_role, 'may create roles (CREATEROLE)', 'createrole'),
    ...say(self.create_db, 'may create databases (CREATEDB)', 'createdb'),
    ...say(self.replication, 'may replicate (REPLICATION), which reads every row', 'replication'),
  ];
}

function membershipFindings(role: CheckedRole, self: string, group: Membership): string[] {
  const remedy = `revoke ${group.name} from ${self}`;
  if (group.name === ROLES.owner)
    return [`is a member of ${ROLES.owner}, the owner of the schema; ${remedy}`];
  if (group.name === ROLES.worker && role === 'app')
    return group.inherited
      ? [
          `inherits ${ROLES.worker} and so sees all organisations; grant ${ROLES.worker} to ${self} with inherit false`,
        ]
      : [];
  if (group.super || group.bypass)
    return [`is a member of ${group.name}, which bypasses row-level security; ${remedy}`];
  const ours = Object.values<string>(ROLES).includes(group.name);
  return ours || DANGEROUS_GROUP.test(group.name) ? [`is a member of ${group.name}; ${remedy}`] : [];
}

function tableFindings(role: CheckedRole, self: string, tables: readonly Privileges[]): string[] {
  const which = (test: (table: Privileges) => boolean) => tables.filter(test).map(label);
  const raw = ({ schema, table }: Privileges) => RAW_TABLE.test(table) || CHUNK_SCHEMA.test(schema);
  const reads = (t: Privileges) => t.select && t.table !== HISTORY;
  const writes = (t: Privileges) => t.insert || t.update || t.delete || t.truncate || t.trigger;
  const revoke = (what: string) => `revoke ${what} on … from ${self}`;
  const unprotected = which((t) => !t.protected && !raw(t) && (t.select || writes(t)));
  const common = [
    ...list(
      'has grants on tables without row-level security,',
      unprotected,
      'alter table … enable row level security',
    ),
    ...list(
      'may truncate, which no policy governs,',
      which((t) => t.truncate),
      revoke('truncate'),
    ),
    ...list(
      'may put triggers on',
      which((t) => t.trigger),
      revoke('trigger'),
    ),
  ];
  if (role === 'ingest')
    return [
      ...list('may read', which(reads), revoke('select')),
      ...list(
        'may change or delete rows of',
        which((t) => t.update || t.delete),
        revoke('update, delete'),
      ),
      ...common,
    ];
  const readings = which((t) => raw(t) && (t.select || writes(t)));
  return [
    ...list('has grants on raw readings, which carry no policy,', readings, revoke('all')),
    ...(role === 'readOnly'
      ? list('may write to', which(writes), revoke('insert, update, delete, truncate, trigger'))
      : []),
    ...common,
  ];
}

const label = ({ schema, table }: Privileges) => (schema === 'public' ? table : `${schema}.${table}`);

/** A line stays a line, however much was found. */
function list(what: string, names: readonly string[], remedy: string): string[] {
  if (names.length === 0) return [];
  const rest = names.length > 4 ? ` and ${names.length - 4} more` : '';
  return [`${what} ${names.slice(0, 4).join(', ')}${rest}; ${remedy}`];
}
