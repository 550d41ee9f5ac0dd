import type pg from 'pg';
import { databaseError } from './errors.ts';
import { EXPECTED_PRIVILEGES } from './privileges.expected.ts';
import { GUARDS_SQL, PRIVILEGES_OF_SQL } from './privileges.sql.ts';
import { type CheckedRole, SETTINGS } from './role-findings.ts';
import { ROLES } from './roles.ts';

/** Who (a role, PUBLIC, or the schema itself) → what → what is said of it. */
export type Privileges = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Fact extends Record<string, unknown> {
  readonly subject: string;
  readonly object: string;
  readonly says: string;
}

export const CHECKED_ROLES = [
  'app',
  'worker',
  'ingest',
  'readOnly',
] as const satisfies readonly CheckedRole[];

/** Provisioning as a superuser closes it; on a server that gives nobody a superuser it must be lived with. */
const TOLERATED = 'large objects';

/** What roles may do, and what guards the tables, as the server's catalogue says. */
export async function readPrivileges(
  client: pg.ClientBase | pg.Pool,
  roles: readonly CheckedRole[],
  guarded: { readonly tables: readonly string[]; readonly functions: readonly string[] },
): Promise<Privileges> {
  const facts: Fact[] = [];
  for (const role of roles) facts.push(...(await client.query<Fact>(PRIVILEGES_OF_SQL, [ROLES[role]])).rows);
  facts.push(...(await client.query<Fact>(GUARDS_SQL, [guarded.tables, guarded.functions])).rows);
  const found: Record<string, Record<string, string>> = {};
  for (const { subject, object, says } of facts) {
    found[subject] ??= {};
    found[subject][object] = says;
  }
  return found;
}

export interface PrivilegeCheck {
  /** What must not be: one line each. */
  readonly findings: readonly string[];
  /** What should not be. */
  readonly warnings: readonly string[];
}

/** Compares one role, everybody and the guards with what the migrations made. */
export async function checkPrivileges(
  client: pg.ClientBase | pg.Pool,
  role: CheckedRole,
): Promise<PrivilegeCheck> {
  const { rows } = await client.query<{ name: string }>('select session_user::text as name');
  const name = rows[0]?.name ?? '';
  if (name !== ROLES[role]) {
    const line = `${SETTINGS[role]} connects as "${name}"; use the ${ROLES[role]} role (meterline database provision)`;
    return { findings: [line], warnings: [] };
  }
  const guarded = { tables: named('table'), functions: named('function') };
  return comparePrivileges(role, await readPrivileges(client, [role], guarded), EXPECTED_PRIVILEGES);
}

function named(kind: 'table' | 'function'): readonly string[] {
  return Object.keys(EXPECTED_PRIVILEGES.schema ?? {}).flatMap((object) =>
    object.startsWith(`${kind} `) ? object.slice(kind.length + 1) : [],
  );
}

export function comparePrivileges(
  role: CheckedRole,
  actual: Privileges,
  expected: Privileges,
): PrivilegeCheck {
  const findings: string[] = [];
  const warnings: string[] = [];
  for (const subject of [ROLES[role], 'PUBLIC', 'schema']) {
    const [has, should] = [actual[subject] ?? {}, expected[subject] ?? {}];
    for (const object of [...new Set([...Object.keys(has), ...Object.keys(should)])].sort()) {
      if (has[object] === should[object]) continue;
      const line = `${SETTINGS[role]}: ${difference(subject, object, has[object], should[object])}`;
      (object === TOLERATED ? warnings : findings).push(line);
    }
  }
  return { findings, warnings };
}

function difference(subject: string, object: string, has?: string, should?: string): string {
  if (object === TOLERATED)
    return `${subject} may use large objects, which no policy governs; run meterline database provision as a superuser`;
  if (subject === 'schema') return guardDifference(object, has, should);
  const [more, less] = [beyond(has, should), beyond(should, has)];
  const who = subject === 'PUBLIC' ? 'everybody (PUBLIC)' : `"${subject}"`;
  const grant = /^(table|function|schema|parameter) (.*)$/.exec(object);
  const on = (verb: string, what: string, to: string) =>
    grant ? `; ${verb} ${what} on ${target(grant)} ${to} ${subject.toLowerCase()}` : '';
  if (more !== '')
    return `${who} has on ${object} what it must not have: ${more}${on('revoke', plain(more), 'from')}`;
  return `${who} lacks on ${object} what it needs: ${less}${on('grant', plain(less), 'to')}`;
}

function guardDifference(object: string, has?: string, should?: string): string {
  if (has === undefined) return `the schema lacks ${object} (${should}); was it dropped by hand?`;
  if (should === undefined) return `the schema has ${object} (${has}), which no migration made; drop it`;
  return `${object} is "${has}" and must be "${should}"`;
}

const target = ([, kind = '', name = '']: readonly string[]) => (kind === 'table' ? name : `${kind} ${name}`);

/** As a statement takes it: without who else may grant, or as whom a function runs. */
const plain = (says: string): string => says.replaceAll(/ \((and may grant it|as [^)]*)\)/g, '');

function beyond(one = '', other = ''): string {
  const known = new Set(other.split(', '));
  return one
    .split(', ')
    .filter((each) => each !== '' && !known.has(each))
    .join(', ');
}

/** Refuses to go on when a role, everybody, or a guard is not as the migrations made it; returns what should be mended. */
export async function assertPrivileges(
  client: pg.ClientBase | pg.Pool,
  role: CheckedRole,
): Promise<readonly string[]> {
  const { findings, warnings } = await checkPrivileges(client, role);
  if (findings.length === 0) return warnings;
  throw databaseError('database_role_unsafe', { message: findings.join('\n'), details: { findings } });
}

/** The expectation as a file of the sources, from a database that the migrations have just made. */
export function formatPrivileges(privileges: Privileges): string {
  const quoted = (text: string) =>
    text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`;
  const name = (text: string) => (/^\w+$/.test(text) ? text : quoted(text));
  const sorted = <T>(record: Readonly<Record<string, T>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const subjects = sorted(privileges).map(([subject, objects]) => {
    const lines = sorted(objects).map(([object, says]) => {
      const line = `    ${name(object)}: ${quoted(says)},`;
      return line.length > 110 ? `    ${name(object)}:\n      ${quoted(says)},` : line;
    });
    return `  ${name(subject)}: {\n${lines.join('\n')}\n  },`;
  });
  return `${HEAD}export const EXPECTED_PRIVILEGES: Privileges = {\n${subjects.join('\n')}\n};\n`;
}

const HEAD = `import type { Privileges } from './privileges.ts';

// What each role may do and what guards each table, as the migrations make it; the boot check allows nothing else.
// Written by the test of the roles: npx vitest run --project medium privileges --update

`;
