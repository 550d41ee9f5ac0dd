import { type LoginRole, ROLES } from './roles.ts';

export type CheckedRole = Exclude<LoginRole, 'owner'>;

/** How the address of each role is called where the operator wrote it. */
export const SETTINGS = {
  owner: 'database.ownerUrl',
  app: 'database.appUrl',
  worker: 'database.workerUrl',
  ingest: 'database.ingestUrl',
  readOnly: 'database.readOnlyUrl',
} as const satisfies Record<LoginRole, string>;

export interface Named {
  readonly name: string;
}
export interface Attributes extends Named {
  readonly super: boolean;
  readonly bypass: boolean;
  readonly create_role: boolean;
  readonly create_db: boolean;
  readonly replication: boolean;
}
export interface Membership extends Named {
  readonly super: boolean;
  readonly bypass: boolean;
  readonly inherited: boolean;
}
export interface Privileges {
  readonly schema: string;
  readonly table: string;
  /** It belongs to the schema of the product, not to somebody who keeps a table of theirs beside it. */
  readonly ours: boolean;
  readonly protected: boolean;
  readonly select: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly truncate: boolean;
  readonly trigger: boolean;
}

/** What a connected role is and may do, as the server's catalogue says. */
export interface RoleFacts {
  readonly self: Attributes;
  readonly memberships: readonly Membership[];
  readonly owned: readonly string[];
  readonly creates: readonly string[];
  readonly tables: readonly Privileges[];
}

/**
 * Raw readings carry no policy (a compressed table cannot), so no role may touch them nor their chunks. A table of that
 * name under row-level security is one like any other.
 */
const RAW_TABLE = /^readings?(_|$)/;
const CHUNK_SCHEMA = /^(_timescaledb_.*|reading_chunks)$/;
/** Where every role looks up whether the schema fits the version. */
const HISTORY = 'schema_migration';

const DANGEROUS_GROUP =
  /^pg_(read_all_data|write_all_data|(read|write)_server_files|execute_server_program|create_subscription|maintain|signal_backend|checkpoint)$/;

/**
 * One line for each thing that is too much, with what to do about it. What is taken away is taken from the very role
 * that is meant, and only what it never needs: any other role serves somebody else, who would miss it.
 */
export function roleFindings(role: CheckedRole, facts: RoleFacts): readonly string[] {
  const { self } = facts;
  const say = (finding: string) => `${SETTINGS[role]} connects as "${self.name}", which ${finding}`;
  const stranger = strangerFinding(role, self, facts.memberships);
  if (stranger !== undefined) return [say(`${stranger}; ${use(role)}`)];
  const remedy: Remedy = (statement) => (self.name === ROLES[role] ? statement : use(role));
  // A superuser is a member of everything and owns everything: one line says it all.
  if (self.super) return [say(`${SUPERUSER}; ${remedy(`alter role ${self.name} nosuperuser`)}`)];
  // Through the owner it may do everything that the other lines would list one by one.
  const isOwner = facts.memberships.some((group) => group.name === ROLES.owner);
  return [
    ...attributeFindings(self, remedy),
    ...facts.memberships.flatMap((group) => membershipFindings(self.name, group, remedy)),
    ...(isOwner ? [] : ownershipFindings(facts, remedy)),
    ...(isOwner ? [] : tableFindings(role, facts, remedy)),
  ].map(say);
}

type Remedy = (statement: string) => string;

const use = (role: CheckedRole) => `use the ${ROLES[role]} role (meterline database provision)`;
const SUPERUSER = 'is a superuser and would bypass row-level security';

/** Another role of ours, or a superuser under a name of their own: an address stands under the wrong key. */
function strangerFinding(
  role: CheckedRole,
  self: Attributes,
  memberships: readonly Membership[],
): string | undefined {
  if (self.name === ROLES[role]) return undefined;
  if (self.super) return SUPERUSER;
  if (self.name === ROLES.owner) return 'owns the schema and would bypass row-level security';
  const [meant] = Object.entries(ROLES).find(([, name]) => name === self.name) ?? [];
  if (meant !== undefined) return `is the role of ${SETTINGS[meant as LoginRole]}`;
  return memberships.some((group) => group.name === ROLES.owner)
    ? `is a member of ${ROLES.owner}, the owner of the schema`
    : undefined;
}

function attributeFindings(self: Attributes, remedy: Remedy): string[] {
  const say = (has: boolean, what: string, attribute: string) =>
    has ? [`${what}; ${remedy(`alter role ${self.name} no${attribute}`)}`] : [];
  return [
    ...say(self.bypass, 'has BYPASSRLS and would bypass row-level security', 'bypassrls'),
    ...say(self.create_role, 'may create roles (CREATEROLE)', 'createrole'),
    ...say(self.create_db, 'may create databases (CREATEDB)', 'createdb'),
    ...say(self.replication, 'may replicate (REPLICATION), which reads every row', 'replication'),
  ];
}

function membershipFindings(self: string, group: Membership, remedy: Remedy): string[] {
  const revoke = remedy(`revoke ${group.name} from ${self}`);
  if (group.name === ROLES.owner)
    return [`is a member of ${ROLES.owner}, the owner of the schema; ${revoke}`];
  if (group.name === ROLES.worker)
    return [`is a member of ${ROLES.worker} and so sees all organisations; ${revoke}`];
  if (group.super || group.bypass)
    return [`is a member of ${group.name}, which bypasses row-level security; ${revoke}`];
  const ours = Object.values<string>(ROLES).includes(group.name);
  return ours || DANGEROUS_GROUP.test(group.name) ? [`is a member of ${group.name}; ${revoke}`] : [];
}

function ownershipFindings({ self, owned, creates }: RoleFacts, remedy: Remedy): string[] {
  const alter = `alter ${owned[0]} owner to ${ROLES.owner}`;
  const revoke = `revoke create on ${creates[0]} from ${self.name}, public`;
  return [
    ...list('owns', owned, remedy(alter + others(owned))),
    ...list('may create objects in', creates, remedy(revoke + others(creates))),
  ];
}

function tableFindings(role: CheckedRole, { self, tables }: RoleFacts, remedy: Remedy): string[] {
  const raw = ({ schema, table, protected: guarded }: Privileges) =>
    (RAW_TABLE.test(table) && !guarded) || CHUNK_SCHEMA.test(schema);
  const reads = (t: Privileges) => t.select && t.table !== HISTORY;
  const writes = (t: Privileges) => t.insert || t.update || t.delete || t.truncate || t.trigger;
  const finding = (test: (table: Privileges) => boolean, what: string, privileges: string) => {
    const found = tables.filter(test).map(label);
    return list(what, found, remedy(revokeFrom(self.name, privileges, found)));
  };
  const bare = (t: Privileges) => !t.protected && !raw(t) && (t.select || writes(t));
  const switchedOff = tables.filter((t) => t.ours && bare(t)).map(label);
  const common = [
    // Whoever switched it off must switch it on again: to revoke would stop the hub, and leave the table open.
    ...list(
      'has grants on tables without row-level security,',
      switchedOff,
      `alter table ${switchedOff[0]} enable row level security${others(switchedOff)}`,
    ),
    ...finding((t) => !t.ours && bare(t), 'has grants on tables without row-level security,', 'all'),
    ...finding((t) => t.truncate, 'may truncate, which no policy governs,', 'truncate'),
    ...finding((t) => t.trigger, 'may put triggers on', 'trigger'),
  ];
  if (role === 'ingest')
    return [
      ...finding(reads, 'may read', 'select'),
      ...finding((t) => t.update || t.delete, 'may change or delete rows of', 'update, delete'),
      ...common,
    ];
  return [
    ...finding(
      (t) => raw(t) && (t.select || writes(t)),
      'has grants on raw readings, which carry no policy,',
      'all',
    ),
    ...(role === 'readOnly'
      ? finding(writes, 'may write to', 'insert, update, delete, truncate, trigger')
      : []),
    ...common,
  ];
}

const label = ({ schema, table }: Privileges) => (schema === 'public' ? table : `${schema}.${table}`);

/** Also from everybody: what is granted to PUBLIC a role has too, and of our tables nothing is. */
function revokeFrom(self: string, privileges: string, names: readonly string[]): string {
  const statement = `revoke ${privileges} on ${names.slice(0, MOST_NAMED).join(', ')} from ${self}, public`;
  return statement + others(names, MOST_NAMED);
}

const others = (names: readonly string[], said = 1) => (names.length > said ? ', and so the others' : '');

/** A line stays a line, however much was found. */
const MOST_NAMED = 4;

function list(what: string, names: readonly string[], remedy: string): string[] {
  if (names.length === 0) return [];
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return [`${what} ${names.slice(0, MOST_NAMED).join(', ')}${rest}; ${remedy}`];
}
