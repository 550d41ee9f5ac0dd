import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CHECKED_ROLES,
  checkPrivileges,
  formatPrivileges,
  readPrivileges,
} from '../../src/platform/db/privileges.ts';
import type { CheckedRole } from '../../src/platform/db/role-check.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

let fresh: FreshDatabase;
let admin: pg.Client;

beforeAll(async () => {
  fresh = await freshDatabase();
  admin = new pg.Client(fresh.adminUrl);
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await fresh.drop();
});

const EXPECTATION = '../../src/platform/db/privileges.expected.ts';

test.each(['plain', 'timescale'] as const)(
  'the expectation is what the migrations make, on %s',
  async (layer) => {
    const database = await freshDatabase({ layer });
    const owner = new pg.Client(database.ownerUrl);
    await owner.connect();
    try {
      const { rows } = await owner.query<{ name: string }>(
        `select c.oid::regclass::text as name from pg_class c where c.relowner = 'meterline_owner'::regrole
        and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace`,
      );
      const own = await owner.query<{ name: string }>(
        `select p.oid::regprocedure::text as name from pg_proc p
          where p.proowner = 'meterline_owner'::regrole and p.pronamespace = 'public'::regnamespace`,
      );
      const tables = rows.map(({ name }) => name);
      const functions = own.rows.map(({ name }) => name);
      const made = formatPrivileges(await readPrivileges(owner, CHECKED_ROLES, { tables, functions }));
      await expect(made).toMatchFileSnapshot(EXPECTATION);
    } finally {
      await owner.end();
      await database.drop();
    }
  },
);

/** Changes what belongs to the whole server within a transaction that is never committed: others test there too. */
async function findingsAfter(role: CheckedRole, ...statements: string[]): Promise<readonly string[]> {
  await admin.query('begin');
  try {
    for (const statement of statements) await admin.query(statement);
    await admin.query(`set local session authorization ${NAMES[role]}`);
    return (await checkPrivileges(admin, role)).findings;
  } finally {
    await admin.query('rollback');
  }
}
const NAMES = {
  app: 'meterline_app',
  worker: 'meterline_worker',
  ingest: 'meterline_ingest',
  readOnly: 'meterline_readonly',
} as const;

test.each(CHECKED_ROLES)('%s as the migrations made it is right, told fast', async (role) => {
  const since = performance.now();
  expect(await findingsAfter(role)).toEqual([]);
  console.log(`${role}: checked in ${Math.round(performance.now() - since)} ms`);
});

describe('is refused, with one line each:', () => {
  test.each<[string, CheckedRole, string[], RegExp]>([
    [
      'a group that must be asked for and may create roles',
      'app',
      ['create role g createrole', 'grant g to meterline_app with inherit false'],
      /"meterline_app" has on role what it must not have: member of g$/,
    ],
    [
      'a group that holds everything, two steps away',
      'readOnly',
      [
        'create role g',
        'create role h',
        'grant all on all tables in schema public to h',
        'grant h to g; grant g to meterline_readonly with inherit false',
      ],
      /member of g, member of h$/,
    ],
    ['CREATEROLE', 'app', ['alter role meterline_app createrole'], /: createrole$/],
    [
      'a worker past all policies',
      'worker',
      ['alter role meterline_worker bypassrls'],
      /^database\.workerUrl: "meterline_worker" has on role .*: bypassrls$/,
    ],
    [
      'a worker that deletes what was sealed',
      'worker',
      ['grant delete on audit_entry to meterline_worker'],
      /has on table audit_entry what it must not have: delete; revoke delete on audit_entry from meterline_worker$/,
    ],
    [
      'the worker, to be handed on',
      'app',
      ['grant meterline_worker to meterline_app with admin true, inherit false, set false'],
      /member of meterline_worker with admin$/,
    ],
    [
      'passwords',
      'app',
      ['grant select on pg_authid to meterline_app'],
      /has on table pg_authid .*: select; revoke/,
    ],
    [
      'passwords, column by column',
      'readOnly',
      ['grant select (rolpassword) on pg_authid to meterline_readonly'],
      /select \(rolpassword\)/,
    ],
    [
      'files of the server',
      'app',
      ['grant execute on function pg_read_file(text) to meterline_app'],
      /has on function pg_read_file\(text\) .*: execute/,
    ],
    [
      'large objects into files',
      'app',
      ['grant execute on function lo_export(oid, text) to meterline_app'],
      /function lo_export/,
    ],
    [
      'a function of a superuser',
      'app',
      ['create function f() returns int language sql security definer return 1'],
      /everybody \(PUBLIC\) has on function f\(\) .*: execute \(as \w+\); revoke execute on function f\(\) from public$/,
    ],
    [
      'a switch for triggers',
      'app',
      ['grant set on parameter session_replication_role to meterline_app'],
      /has on parameter session_replication_role .*: set;/,
    ],
    [
      'triggers switched off for a role',
      'worker',
      ['alter role meterline_worker set session_replication_role = replica'],
      /has on settings .*: session_replication_role=replica$/,
    ],
    [
      'a setting for everybody',
      'app',
      ["alter role all in database DATABASE set session_replication_role = 'replica'"],
      /everybody \(PUBLIC\) has on settings/,
    ],
    [
      'changing what was done',
      'app',
      ['grant update, delete on audit_entry to meterline_app'],
      /: delete, update; revoke delete, update on audit_entry/,
    ],
    [
      'changing what was done, for everybody',
      'app',
      ['grant update, delete on audit_entry to public'],
      /everybody \(PUBLIC\) has on table audit_entry .*: delete, update;/,
    ],
    ['sealing', 'app', ['grant insert on audit_seal to meterline_app'], /table audit_seal .*: insert/],
    [
      'a policy that lets all through',
      'app',
      ['create policy open on audit_entry using (true)'],
      /the schema has policy open on audit_entry \(all to public using true\), which no migration made/,
    ],
    [
      'a policy that was opened',
      'app',
      ['alter policy own_organisation on audit_entry using (true)'],
      /policy own_organisation on audit_entry is ".* using true" and must be/,
    ],
    [
      'no row-level security',
      'app',
      ['alter table audit_entry disable row level security'],
      /table audit_entry is "row security off/,
    ],
    [
      'a trigger that was switched off',
      'app',
      ['alter table audit_entry disable trigger append_only'],
      /trigger append_only on audit_entry is "off/,
    ],
    [
      'a trigger that was dropped',
      'worker',
      ['drop trigger awaits_seal on audit_entry'],
      /the schema lacks trigger awaits_seal on audit_entry/,
    ],
    [
      'a trigger that does nothing',
      'app',
      [
        'create or replace function refuse_change() returns trigger language plpgsql as $$ begin return old; end $$',
      ],
      /function refuse_change\(\) is/,
    ],
    [
      'a trigger of a stranger',
      'app',
      [
        'create function t() returns trigger language plpgsql as $$ begin return new; end $$; revoke execute on function t() from public',
        'create trigger t before insert on outbox for each row execute function t()',
      ],
      /the schema has trigger t on outbox/,
    ],
    [
      'temporary tables',
      'app',
      ['grant temporary on database DATABASE to public'],
      /everybody \(PUBLIC\) has on database .*: temporary$/,
    ],
    [
      'looking over shoulders',
      'readOnly',
      ['grant pg_monitor to meterline_readonly'],
      /member of pg_monitor/,
    ],
    [
      'statistics of everybody',
      'readOnly',
      ['grant pg_read_all_stats to meterline_readonly'],
      /member of pg_read_all_stats/,
    ],
    [
      'the jobs of the queue',
      'readOnly',
      [
        'grant usage on schema bullmq to meterline_readonly',
        'grant select on bullmq.job to meterline_readonly',
      ],
      /has on table bullmq\.job .*: select/,
    ],
    [
      'grants on what comes later',
      'app',
      ['alter default privileges for role meterline_owner grant select on tables to meterline_app'],
      /default of meterline_owner/,
    ],
    [
      'a table of its own',
      'app',
      ['create table mine (id int)', 'alter table mine owner to meterline_app'],
      /has on table mine what it must not have: .*owner/,
    ],
    [
      'a foreign server',
      'app',
      [
        'create foreign data wrapper w',
        'create server s foreign data wrapper w',
        'grant usage on foreign server s to meterline_app',
      ],
      /has on server s what it must not have: granted/,
    ],
    [
      'too little',
      'worker',
      ['revoke insert on audit_seal from meterline_worker'],
      /"meterline_worker" lacks on table audit_seal what it needs: insert; grant insert on audit_seal to meterline_worker$/,
    ],
  ])('%s', async (_name, role, statements, line) => {
    const found = await findingsAfter(
      role,
      ...statements.map((sql) => sql.replaceAll('DATABASE', fresh.name)),
    );
    expect(found.filter((finding) => line.test(finding))).toHaveLength(1);
    for (const finding of found) expect(finding).not.toContain('\n');
  });

  test('a role of another name, whatever it may do', async () => {
    expect((await checkPrivileges(admin, 'app')).findings).toEqual([
      expect.stringMatching(/^database\.appUrl connects as "\w+"; use the meterline_app role/),
    ]);
  });
});

test('what does no harm is left alone', async () => {
  expect(
    await findingsAfter(
      'app',
      "alter role meterline_app set statement_timeout = '10s'",
      `alter role meterline_app in database ${fresh.name} set work_mem = '8MB'`,
      'create table of_the_operator (id int)',
      'create role reports; grant select on audit_entry to reports',
    ),
  ).toEqual([]);
});

test('large objects that nobody could close are a warning', async () => {
  await admin.query('begin; grant execute on function lo_creat(int) to public');
  try {
    await admin.query('set local session authorization meterline_app');
    const { findings, warnings } = await checkPrivileges(admin, 'app');
    expect(warnings.join()).toMatch(/may use large objects, which no policy governs/);
    expect(findings).toEqual([]);
  } finally {
    await admin.query('rollback');
  }
});
