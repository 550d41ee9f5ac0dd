import { createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPool } from '../../src/platform/db/connection.ts';
import { type ProvisionedUrls, provision } from '../../src/platform/db/provision.ts';
import { assertRole, type CheckedRole, checkRole } from '../../src/platform/db/role-check.ts';
import { QUEUE_SCHEMA } from '../../src/platform/queue/postgres-backend.ts';
import { type FreshDatabase, freshDatabase, PASSWORDS } from '../support/database.ts';

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

const URLS: Record<CheckedRole, keyof ProvisionedUrls> = {
  app: 'appUrl',
  worker: 'workerUrl',
  ingest: 'ingestUrl',
  readOnly: 'readOnlyUrl',
};

async function check(role: CheckedRole, url = fresh[URLS[role]]): Promise<readonly string[]> {
  const pool = createPool({ url, setting: 'test', size: 1 });
  try {
    return await checkRole(pool, role, { url, librarySchemas: [QUEUE_SCHEMA] });
  } finally {
    await pool.end();
  }
}

/** A login of its own for each case: the roles of the product serve other tests at the same time. */
async function stranger(
  attributes: string,
  grants: readonly string[] = [],
): Promise<{ name: string; url: string; gone(): Promise<void> }> {
  const name = `role_${crypto.randomUUID().slice(0, 8)}`;
  await admin.query(`create role ${name} login password 'stranger' ${attributes}`);
  await admin.query(`grant connect on database ${fresh.name} to ${name}`);
  for (const grant of grants) await admin.query(grant.replaceAll('ROLE', name));
  const url = new URL(fresh.appUrl);
  url.username = name;
  url.password = 'stranger';
  return {
    name,
    url: url.href,
    gone: async () => {
      await admin.query(
        `reassign owned by ${name} to meterline_owner; drop owned by ${name}; drop role ${name}`,
      );
    },
  };
}

test.each(['plain', 'timescale'] as const)('the roles as provisioned pass on %s', async (layer) => {
  const database = await freshDatabase({ layer });
  for (const role of ['app', 'worker', 'ingest', 'readOnly'] as const)
    expect(await check(role, database[URLS[role]])).toEqual([]);
  await database.drop();
});

describe('too powerful', () => {
  test('a superuser', async () => {
    const url = new URL(fresh.adminUrl);
    const expected = `database.appUrl connects as "${url.username}", which is a superuser and would bypass row-level security; use the meterline_app role (meterline database provision)`;
    expect(await check('app', fresh.adminUrl)).toEqual([expected]);
    const pool = createPool({ url: fresh.adminUrl, setting: 'database.appUrl' });
    await expect(assertRole(pool, 'app', { url: fresh.adminUrl })).rejects.toMatchObject({
      code: 'database_role_unsafe',
      message: expected,
    });
    await pool.end();
  });

  test('the owner', async () => {
    expect(await check('app', fresh.ownerUrl)).toContain(
      'database.appUrl connects as "meterline_owner", which owns the schema and would bypass row-level security; use the meterline_app role (meterline database provision)',
    );
  });

  const cases: [string, CheckedRole, string, string[], RegExp][] = [
    ['BYPASSRLS', 'app', 'bypassrls', [], /has BYPASSRLS .*; use the meterline_app role/],
    ['CREATEROLE', 'app', 'createrole', [], /may create roles/],
    ['CREATEDB', 'ingest', 'createdb', [], /^database.ingestUrl .* may create databases/],
    ['REPLICATION', 'readOnly', 'replication', [], /^database.readOnlyUrl .* may replicate/],
    [
      'a member of the owner',
      'app',
      '',
      ['grant meterline_owner to ROLE'],
      /is a member of meterline_owner, the owner of the schema; use the meterline_app role/,
    ],
    [
      'a member of the owner that must ask',
      'app',
      '',
      ['grant meterline_owner to ROLE with inherit false'],
      /is a member of meterline_owner/,
    ],
    [
      'a reader of everything',
      'app',
      '',
      ['grant pg_read_all_data to ROLE'],
      /is a member of pg_read_all_data; use/,
    ],
    [
      'a worker that must ask',
      'app',
      '',
      ['grant meterline_worker to ROLE with inherit false'],
      /is a member of meterline_worker and so sees all organisations/,
    ],
    [
      'an ingest that is the app',
      'ingest',
      '',
      ['grant meterline_app to ROLE'],
      /is a member of meterline_app/,
    ],
    [
      'an owner of a table',
      'app',
      '',
      [
        'create table owned_ROLE (id int)',
        'alter table owned_ROLE enable row level security',
        'alter table owned_ROLE owner to ROLE',
      ],
      /owns table owned_role_\w+; use/,
    ],
    [
      'a creator',
      'app',
      '',
      ['grant create on schema public to ROLE'],
      /may create objects in schema public/,
    ],
    [
      'one that truncates',
      'app',
      '',
      ['grant truncate on outbox to ROLE'],
      /may truncate, which no policy governs, outbox; use/,
    ],
    [
      'one with an unprotected table',
      'app',
      '',
      ['create table if not exists bare (id int)', 'grant select (id) on bare to ROLE'],
      /tables without row-level security, bare; use/,
    ],
    [
      'one with raw readings',
      'app',
      '',
      ['create table if not exists reading_counter (id int)', 'grant select on reading_counter to ROLE'],
      /has grants on raw readings, which carry no policy, reading_counter/,
    ],
    [
      'one with a chunk',
      'readOnly',
      '',
      [
        'create schema if not exists reading_chunks',
        'create table if not exists reading_chunks.m2026 (id int)',
        'grant select on reading_chunks.m2026 to ROLE',
      ],
      /raw readings.*reading_chunks\.m2026/,
    ],
    [
      'an ingest that reads',
      'ingest',
      '',
      ['grant select (id) on outbox to ROLE'],
      /may read outbox; use the meterline_ingest role/,
    ],
    [
      'an ingest that changes',
      'ingest',
      '',
      ['grant update on outbox to ROLE'],
      /may change or delete rows of outbox/,
    ],
    ['a reader that writes', 'readOnly', '', ['grant insert on outbox to ROLE'], /may write to outbox; use/],
  ];
  test.each(cases)('%s', async (_name, role, attributes, grants, expected) => {
    const login = await stranger(attributes, grants);
    try {
      const findings = await check(role, login.url);
      expect(findings.filter((line) => expected.test(line))).toHaveLength(1);
      expect(findings.every((line) => !line.includes('\n'))).toBe(true);
    } finally {
      await login.gone();
    }
  });

  test('the right role, and a statement that puts it right', async () => {
    const own = await freshDatabase();
    const superuser = new pg.Client(own.adminUrl);
    await superuser.connect();
    try {
      await superuser.query('create table note (id int); grant select on note to public');
      await superuser.query(
        'grant truncate on outbox to meterline_app; alter table audit_entry disable row level security',
      );
      await superuser.query(
        'grant update on outbox to meterline_readonly; grant create on schema public to meterline_app',
      );
      for (const [role, count] of [
        ['app', 4],
        ['readOnly', 1],
      ] as const) {
        const findings = await check(role, own[URLS[role]]);
        expect(findings).toHaveLength(count);
        for (const line of findings) await superuser.query(line.slice(line.lastIndexOf(';') + 1));
      }
      for (const role of ['app', 'worker', 'ingest', 'readOnly'] as const)
        expect(await check(role, own[URLS[role]])).toEqual([]);
    } finally {
      await superuser.end();
      await own.drop();
    }
  });

  test('a member of a member of the owner', async () => {
    const middle = await stranger('', ['grant meterline_owner to ROLE']);
    const login = await stranger('', [`grant ${middle.name} to ROLE`]);
    expect((await check('app', login.url)).join('\n')).toMatch(/is a member of meterline_owner/);
    await login.gone();
    await middle.gone();
  });
});

describe('no connection', () => {
  const reason = async (url: string) => {
    const pool = createPool({ url, setting: 'database.appUrl', connectTimeoutMs: 1_000 });
    const error: unknown = await checkRole(pool, 'app', { url }).catch((e: unknown) => e);
    await pool.end();
    expect(error).toMatchObject({ code: 'database_unreachable', retryable: true });
    return (error as Error).message;
  };
  const variant = (change: (url: URL) => void) => {
    const url = new URL(fresh.appUrl);
    change(url);
    return url;
  };

  test('says what is wrong, where, and never the password', async () => {
    const { host, port } = new URL(fresh.appUrl);
    const at = `database.appUrl: no connection to PostgreSQL at ${host}`;
    const wrong = variant((url) => {
      url.password = 'not-the-password';
    });
    expect(await reason(wrong.href)).toBe(
      `${at}/${fresh.name}: the password for "meterline_app" was not accepted`,
    );
    const missing = variant((url) => {
      url.pathname = '/no_such_database';
    });
    expect(await reason(missing.href)).toBe(
      `${at}/no_such_database: the database "no_such_database" does not exist; create it with: meterline database provision`,
    );
    const closed = variant((url) => {
      url.port = '1';
    });
    expect(await reason(closed.href)).toMatch(
      /127\.0\.0\.1:1\/\w+: the connection was refused; is PostgreSQL running there\?$/,
    );
    const nowhere = variant((url) => {
      url.hostname = 'no-such-host.invalid';
    });
    expect(await reason(nowhere.href)).toContain(
      `no-such-host.invalid:${port}/${fresh.name}: the host name no-such-host.invalid cannot be resolved`,
    );
  });

  test('a server that accepts and then says nothing is given up in time', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const silent = variant((url) => {
      url.port = String(typeof address === 'object' ? address?.port : '');
    });
    expect(await reason(silent.href)).toContain('the server did not answer in time');
    server.close();
  }, 5_000);
});

describe('provisioning', () => {
  test('may be repeated, sets new passwords, and never sends one in clear', async () => {
    const lines: string[] = [];
    const again = await provision({
      adminUrl: fresh.adminUrl,
      database: fresh.name,
      passwords: {
        owner: 'owner-of-the-tests',
        app: 'app-of-the-tests',
        worker: 'worker-of-the-tests',
        ingest: 'ingest-of-the-tests',
        readOnly: 'readonly-of-the-tests',
      },
      say: (line) => lines.push(line),
    });
    expect(again.appUrl).toBe(fresh.appUrl);
    expect(lines).toEqual([]);
    const { rows } = await admin.query("select rolpassword from pg_authid where rolname = 'meterline_app'");
    expect(rows[0].rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
  });

  test('leaves the password of a role that another hub may use, until told to change it', async () => {
    const { rows: before } = await admin.query(
      "select rolpassword from pg_authid where rolname = 'meterline_ingest'",
    );
    const other = { ...PASSWORDS, ingest: 'ingest-of-another-hub' };
    const refused = provision({ adminUrl: fresh.adminUrl, database: fresh.name, passwords: other });
    await expect(refused).rejects.toMatchObject({
      code: 'provision_invalid',
      message: expect.stringMatching(
        /^the server has meterline_ingest with another password, .*one server is for one installation.*--reset-passwords$/,
      ),
    });
    const { rows: after } = await admin.query(
      "select rolpassword from pg_authid where rolname = 'meterline_ingest'",
    );
    expect(after).toEqual(before);
  });

  describe('on a server of its own', () => {
    let server: { url: string; stop(): Promise<void> };
    // Roles serve the tests of all files at the same time: what changes them needs a server that nobody shares.
    beforeAll(async () => {
      const stack = new URL('../../../scripts/stack/postgres.ts', import.meta.url).href;
      server = await ((await import(stack)) as { startPostgres(): Promise<typeof server> }).startPostgres();
    });
    afterAll(() => server.stop());

    test('changes passwords when told to, takes groups away, and closes what no policy reaches', async () => {
      const run = (passwords: typeof PASSWORDS, resetPasswords = false, lines: string[] = []) =>
        provision({
          adminUrl: server.url,
          database: 'meter',
          passwords,
          resetPasswords,
          say: (line) => lines.push(line),
        });
      await run(PASSWORDS);
      const root = new pg.Client(server.url.replace(/\/[^/]*$/, '/meter'));
      await root.connect();
      await root.query('grant meterline_worker to meterline_app, meterline_owner with inherit false');
      await root.query('grant temporary on database meter to public; alter role meterline_app createdb');
      const lines: string[] = [];
      const other = { ...PASSWORDS, ingest: 'ingest-of-another-hub' };
      await expect(run(other)).rejects.toMatchObject({ code: 'provision_invalid' });
      const urls = await run(other, true, lines);
      expect(lines).toEqual(['updated role meterline_app', 'updated role meterline_ingest']);
      const { rows } = await root.query(
        `select (select count(*)::int from pg_auth_members m join pg_roles r on r.oid = m.member
                  where r.rolname like 'meterline%') as groups,
                has_database_privilege('meterline_readonly', current_database(), 'temporary') as temp`,
      );
      expect(rows).toEqual([{ groups: 0, temp: false }]);
      await root.end();
      const ingest = new pg.Client(urls.ingestUrl);
      await ingest.connect();
      await ingest.end();
      const reader = new pg.Client(urls.readOnlyUrl);
      await reader.connect();
      for (const sql of [
        "select lo_from_bytea(0, 'x')",
        'select lo_creat(-1)',
        'select lo_get(1)',
        'select lo_open(1, 131072)',
        'create temporary table outbox (id int)',
      ])
        await expect(reader.query(sql)).rejects.toThrow(/permission denied/);
      await reader.end();
    });
  });

  test('refuses what cannot work, before it touches anything', async () => {
    const passwords = {
      owner: 'owner-of-the-tests',
      app: 'app-of-the-tests',
      worker: 'worker-of-the-tests',
      ingest: 'ingest-of-the-tests',
      readOnly: 'short',
    };
    const run = (extra: object) =>
      provision({ adminUrl: fresh.adminUrl, database: 'fine', passwords, ...extra });
    await expect(run({})).rejects.toMatchObject({
      code: 'provision_invalid',
      message: expect.stringMatching(/readOnly must have 12/),
    });
    const good = { ...passwords, readOnly: 'readonly-of-the-tests' };
    await expect(run({ passwords: good, database: 'Bad-Name' })).rejects.toMatchObject({
      message: expect.stringMatching(/"Bad-Name" cannot be/),
    });
    await expect(run({ passwords: good, adminUrl: fresh.appUrl })).rejects.toMatchObject({
      message: expect.stringMatching(/may not create or change the roles .*; use a superuser/),
    });
  });
});

describe('the schema', () => {
  let rows: { table: string; rls: boolean; org: boolean; policies: string[] }[];
  beforeEach(async () => {
    ({ rows } = await admin.query(`
      select c.relname as table, c.relrowsecurity as rls,
        exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organisation_id') as org,
        array(select coalesce(pg_get_expr(p.polqual, p.polrelid), '') || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
                -- A restrictive one opens nothing: it narrows what these let through.
                from pg_policy p where p.polrelid = c.oid and p.polpermissive
                 and p.polroles && array(select oid from pg_roles where rolname in ('meterline_app', 'meterline_ingest', 'meterline_readonly')
                                         union all select 0)) as policies
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relowner = 'meterline_owner'::regrole
         and c.relname <> all (array['reading_gauge', 'reading_counter', 'reading_billing', 'reading_bounded', 'reading_partition_lock'])`));
  });

  test('has row-level security on every table', () => {
    expect(rows.filter((row) => !row.rls)).toEqual([]);
    expect(rows.length).toBeGreaterThan(5);
  });

  test('lets no login role past the organisation, and asks for it once a query', () => {
    const withOrganisation = rows.filter((row) => row.org);
    expect(withOrganisation.map((row) => row.table)).toContain('audit_entry');
    const others = withOrganisation.flatMap(({ table, policies }) =>
      policies.flatMap((policy) =>
        /organisation_id = \( SELECT app_org\(\) AS app_org\)/.test(policy) ? [] : [`${table}: ${policy}`],
      ),
    );
    // Where a person belongs, and what they have agreed to, they see of themselves in all organisations.
    const own = '(person_id = ( SELECT app_person() AS app_person))';
    expect(others.sort()).toEqual([`consent: ${own}${own}`, `membership: ${own}`]);
  });

  test('opens no function to everybody', async () => {
    const { rows: open } = await admin.query(
      `select p.oid::regprocedure from pg_proc p where p.proowner = 'meterline_owner'::regrole
        and p.prorettype <> 'trigger'::regtype and has_function_privilege('public', p.oid, 'execute')`,
    );
    expect(open).toEqual([]);
  });
});
