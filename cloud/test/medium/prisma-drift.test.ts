import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { drift, shapeOfDatabase, shapeOfPrisma } from '../support/prisma-schema.ts';

const prisma = shapeOfPrisma(readFileSync(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8'));
// Prisma's own configuration, which stands outside of the compiled project.
const configUrl = new URL('../../prisma.config.ts', import.meta.url).href;
const { default: config } = (await import(configUrl)) as { default: { tables?: { external?: string[] } } };
const external = config.tables?.external ?? [];

let fresh: FreshDatabase;
let owner: pg.Client;

beforeAll(async () => {
  fresh = await freshDatabase();
  owner = new pg.Client(fresh.ownerUrl);
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await fresh.drop();
});

test.each(['plain', 'timescale'] as const)(
  'the Prisma schema says what the migrations made, on %s',
  async (layer) => {
    const database = await freshDatabase({ layer });
    const client = new pg.Client(database.ownerUrl);
    await client.connect();
    expect(drift(prisma, await shapeOfDatabase(client, external))).toEqual([]);
    await client.end();
    await database.drop();
  },
);

test('every table that is called external exists', async () => {
  const all = Object.keys(await shapeOfDatabase(owner, []));
  expect(external.filter((table) => !all.includes(table.replace('public.', '')))).toEqual([]);
});

test.each([
  [
    'alter table outbox add column extra integer',
    'outbox.extra: Prisma has nothing, the database {"hasDefault":false,"nullable":true,"type":"integer"}',
  ],
  [
    'alter table outbox drop column error',
    'outbox.error: Prisma has {"hasDefault":false,"nullable":true,"type":"text"}, the database nothing',
  ],
  [
    'alter table outbox alter column attempts type bigint',
    'outbox.attempts: Prisma has {"hasDefault":true,"nullable":false,"type":"integer"}, the database {"hasDefault":true,"nullable":false,"type":"bigint"}',
  ],
  [
    'alter table outbox alter column topic drop not null',
    'outbox.topic: Prisma has {"hasDefault":false,"nullable":false,"type":"text"}, the database {"hasDefault":false,"nullable":true,"type":"text"}',
  ],
  [
    'alter table outbox alter column attempts drop default',
    'outbox.attempts: Prisma has {"hasDefault":true,"nullable":false,"type":"integer"}, the database {"hasDefault":false,"nullable":false,"type":"integer"}',
  ],
  [
    'alter table audit_seal drop constraint audit_seal_pkey',
    'audit_seal primary key: Prisma has ["organisation_id","number"], the database []',
  ],
  [
    'alter table outbox add unique (topic, key)',
    'outbox unique keys: Prisma has [], the database ["key,topic"]',
  ],
  ['create table stranger (id uuid)', 'stranger: only in the database'],
  ['drop table person_key', 'person_key: only in the Prisma schema'],
])('%s is noticed', async (change, line) => {
  await owner.query('begin');
  await owner.query(change);
  const lines = drift(prisma, await shapeOfDatabase(owner, external));
  await owner.query('rollback');
  expect(lines).toContain(line);
  expect(lines).toHaveLength(change.includes('drop constraint') ? lines.length : 1);
});
