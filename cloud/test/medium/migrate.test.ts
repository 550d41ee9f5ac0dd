import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPool } from '../../src/platform/db/index.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { MIGRATIONS_FOLDER, readMigrations } from '../../src/platform/db/migration-files.ts';
import { migrationStatus } from '../../src/platform/db/migration-status.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

let folder: string;
let database: FreshDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await cp(MIGRATIONS_FOLDER, folder, { recursive: true });
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function start(layer: 'plain' | 'timescale' = 'plain') {
  database = await freshDatabase({ layer, migrated: false });
  pool = createPool({ url: database.appUrl, setting: 'database.appUrl' });
}
const write = (path: string, sql: string) => writeFile(join(folder, path), sql);
const run = (extra: Partial<Parameters<typeof migrate>[0]> = {}) =>
  migrate({ url: database.ownerUrl, folder, ...extra });
const tables = async () => {
  const { rows } = await pool.query(
    "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  return rows.map((row) => row.relname);
};

describe.each(['plain', 'timescale'] as const)('on %s', (layer) => {
  test('applies every file once, each with its checksum, and reports what is open', async () => {
    await start(layer);
    expect(await migrationStatus(pool, folder)).toMatchObject({
      ready: false,
      summary: expect.stringMatching(/^\d+ migrations pending$/),
    });
    const first = await run();
    expect(first.layers).toEqual(['core', layer]);
    expect(first.applied).toContain('core/0003_audit.sql');
    expect(first.applied.includes('timescale/0001_extension.sql')).toBe(layer === 'timescale');
    expect((await run()).applied).toEqual([]);
    expect(await migrationStatus(pool, folder)).toMatchObject({ ready: true, summary: 'up to date' });
    const { rows } = await pool.query(
      "select rolname from pg_class join pg_roles r on r.oid = relowner where relname = 'outbox'",
    );
    expect(rows).toEqual([{ rolname: 'meterline_owner' }]);
  });

  test('the licensed layer is refused on a server without the Community edition', async () => {
    await start(layer);
    await run();
    await expect(run({ licensed: true })).rejects.toMatchObject({
      code: 'database_unsupported',
      message: `the licensed layer needs the Community edition of TimescaleDB; this server has ${layer === 'plain' ? 'none' : 'apache'}`,
    });
  });
});

test('an edited, a renamed, a missing and a late file are each refused by name', async () => {
  await start();
  await write('core/0907_extra.sql', 'create table extra (id int)');
  await run();
  await write('core/0907_extra.sql', 'create table extra (id bigint)');
  await expect(run()).rejects.toMatchObject({
    code: 'migration_changed',
    message: expect.stringContaining('core/0907_extra.sql was edited'),
  });
  expect((await migrationStatus(pool, folder)).summary).toContain('core/0907_extra.sql was edited');
  await rm(join(folder, 'core/0907_extra.sql'));
  await expect(run()).rejects.toMatchObject({
    code: 'migration_missing',
    message: expect.stringContaining('core/0907_extra.sql'),
  });
  await write('core/0907_extra.sql', 'create table extra (id int)');
  await write('core/0906_late.sql', 'create table late (id int)');
  await expect(run()).rejects.toMatchObject({
    code: 'migration_out_of_order',
    message: expect.stringContaining('core/0906_late.sql'),
  });
  expect(await tables()).not.toContain('late');
});

test('line ends as another system checks them out are no change', async () => {
  await start();
  await run();
  const text = await readFile(join(folder, 'core/0002_outbox.sql'), 'utf8');
  await write('core/0002_outbox.sql', text.replaceAll('\n', '\r\n'));
  expect((await run()).applied).toEqual([]);
});

test('neither the time limit nor the search path of the role reach into a migration', async () => {
  await start();
  const admin = new pg.Client(database.adminUrl);
  await admin.connect();
  await admin.query(`alter role meterline_owner in database ${database.name} set statement_timeout = '50ms'`);
  await admin.query('create schema elsewhere authorization meterline_owner');
  await admin.query(`alter role meterline_owner in database ${database.name} set search_path = elsewhere`);
  await admin.end();
  await write('core/0908_slow.sql', 'select pg_sleep(0.2); create table slow (id int)');
  await run();
  expect(await tables()).toContain('slow');
});

test('a file that fails names itself, the line and the reason, and leaves nothing behind', async () => {
  await start();
  await write(
    'core/0908_broken.sql',
    `-- a comment; with a semicolon\ncreate table half (id int);\n\ncreate function f() returns int language sql as $$ select 1; $$;\ninsert into half\n  values (1, 'x', nothing);\n`,
  );
  await expect(run()).rejects.toMatchObject({
    code: 'migration_failed',
    message: 'core/0908_broken.sql:6: column "nothing" does not exist; nothing of this file was applied',
  });
  expect(await tables()).toContain('audit_entry');
  expect(await tables()).not.toContain('half');
  expect((await migrationStatus(pool, folder)).pending).toEqual(['core/0908_broken.sql']);
});

test('a file may not end its transaction', async () => {
  await start();
  await write('core/0908_commits.sql', 'create table one (id int);\ncommit;\ncreate table two (id int);');
  await expect(run()).rejects.toMatchObject({
    message: expect.stringContaining('core/0908_commits.sql:2: a migration must not end its transaction'),
  });
  expect(await tables()).not.toContain('two');
});

test('a table in use is not waited for without end', async () => {
  await start();
  await run();
  const user = new pg.Client({ connectionString: database.ownerUrl });
  await user.connect();
  await user.query('begin; lock table outbox in access share mode');
  await write('core/0908_alter.sql', 'alter table outbox add column extra int');
  await expect(run({ lockTimeoutMs: 200 })).rejects.toMatchObject({
    message: expect.stringContaining('the table is in use'),
  });
  await user.end();
  expect((await run()).applied).toEqual(['core/0908_alter.sql']);
});

test('two at once: one migrates, the other waits, says so, and finds nothing to do; a stuck one is not waited for', async () => {
  await start();
  const lines: string[] = [];
  await write('core/0908_slow.sql', 'select pg_sleep(0.5)');
  const results = await Promise.all([1, 2].map(() => run({ say: (line) => lines.push(line) })));
  const files = await readMigrations(folder);
  const wanted = files.filter(({ layer }) => layer === 'core' || layer === 'plain').map(({ path }) => path);
  expect(results.map(({ applied }) => applied).sort((a, b) => a.length - b.length)).toEqual([[], wanted]);
  expect(lines.filter((line) => line.startsWith('waiting for another process'))).toHaveLength(1);

  await write('core/0909_stuck.sql', 'select pg_sleep(2)');
  const stuck = run();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await expect(run({ waitMs: 300 })).rejects.toMatchObject({
    code: 'migration_locked',
    retryable: true,
    message: expect.stringMatching(/server process \d+, since 20/),
  });
  await stuck;
});

test.each(['appUrl', 'workerUrl', 'ingestUrl', 'readOnlyUrl'] as const)(
  '%s cannot keep it from being done',
  async (role) => {
    await start();
    await run();
    const client = new pg.Client(database[role]);
    await client.connect();
    try {
      await client.query('begin; select pg_advisory_lock(7318005271); select from schema_migration');
      await write('core/0909_more.sql', 'create table more (id int)');
      expect((await run({ waitMs: 300 })).applied).toEqual(['core/0909_more.sql']);
      await client.query('rollback; begin');
      await expect(client.query('lock table schema_lock in access share mode')).rejects.toThrow(/permission/);
    } finally {
      await client.end();
    }
  },
);

test('brings up the parts that a library keeps, and says whose schema failed', async () => {
  await start();
  const part = {
    name: 'queue',
    migrate: async (owner: pg.ClientBase) => void (await owner.query('create schema parts')),
  };
  await run({ parts: [part] });
  await expect(run({ parts: [part] })).rejects.toMatchObject({
    message: 'schema of queue: schema "parts" already exists',
  });
});

test('whoever runs it, the owner role owns what it makes; a role that may not is refused', async () => {
  await start();
  await migrate({ url: database.adminUrl, folder });
  const { rows } = await pool.query(
    "select distinct rolname from pg_class join pg_roles r on r.oid = relowner where relnamespace = 'public'::regnamespace",
  );
  expect(rows).toEqual([{ rolname: 'meterline_owner' }]);
  await expect(migrate({ url: database.appUrl, folder })).rejects.toMatchObject({
    code: 'database_role_unsafe',
    message: expect.stringContaining('connects as "meterline_app", which may not act as meterline_owner'),
  });
});
