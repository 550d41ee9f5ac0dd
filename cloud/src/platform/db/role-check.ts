import type pg from 'pg';
import { connectionError } from './connection.ts';
import { databaseError } from './errors.ts';
import { ATTRIBUTES_SQL, CREATES_SQL, MEMBERSHIPS_SQL, OWNED_SQL, PRIVILEGES_SQL } from './role-check.sql.ts';
import {
  type Attributes,
  type CheckedRole,
  type Membership,
  type Named,
  type Privileges,
  type RoleFacts,
  roleFindings,
  SETTINGS,
} from './role-findings.ts';
import { ROLES } from './roles.ts';

export type { CheckedRole } from './role-findings.ts';

export interface RoleCheckOptions {
  readonly url: string;
  /** Schemas that a library keeps by itself, such as the queue's: no rows of organisations, no policies. */
  readonly librarySchemas?: readonly string[];
}

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
    return roleFindings(role, await gather(client, role, options.librarySchemas ?? []));
  } finally {
    client.release();
  }
}

async function gather(
  client: pg.ClientBase,
  role: CheckedRole,
  librarySchemas: readonly string[],
): Promise<RoleFacts> {
  const rows = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(sql, [...values])).rows;
  const self = (await rows<Attributes>(ATTRIBUTES_SQL))[0];
  if (!self)
    throw databaseError('database_role_unsafe', { message: `${SETTINGS[role]}: the role does not exist` });
  return {
    self,
    memberships: await rows<Membership>(MEMBERSHIPS_SQL),
    owned: (await rows<Named>(OWNED_SQL)).map(({ name }) => name),
    creates: (await rows<Named>(CREATES_SQL)).map(({ name }) => name),
    tables: (await rows<Privileges>(PRIVILEGES_SQL, [ROLES.owner])).filter(
      (table) => !librarySchemas.includes(table.schema),
    ),
  };
}
