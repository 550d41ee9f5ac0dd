import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/database.ts';
import { PrismaBridge } from '../../src/platform/db/prisma.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const A = '0190aaaa-0000-7000-8000-00000000000a';
const actor = { kind: 'system' };
const entry = (organisationId: string, i: number | string) => ({
  id: crypto.randomUUID(),
  organisationId,
  at: new Date('2026-11-20T04:00:00Z'),
  actorKind: 'system',
  action: 'test.written',
  subjectType: 'thing',
  subjectId: String(i),
});

let fresh: FreshDatabase;
let pool: pg.Pool;
let db: Database;
const bridge = new PrismaBridge();

beforeAll(async () => {
  fresh = await freshDatabase();
  pool = createPool({ url: fresh.appUrl, setting: 'database.appUrl', size: 8 });
  db = new Database({ pool, url: fresh.appUrl, stores: {}, onHookError: () => {} });
});
afterAll(async () => {
  await bridge.close();
  await pool.end();
  await fresh.drop();
});

test('reads and writes on the connection, and in the organisation, of our transaction', async () => {
  await db.transaction({ organisation: A, actor }, async (tx) => {
    const prisma = await tx.bind(bridge.store);
    await prisma.auditEntry.create({ data: entry(A, 'first') });
    const sql = await tx.query('select subject_id, pg_backend_pid() from audit_entry');
    expect(sql.rows).toHaveLength(1);
    const pid = await prisma.$queryRaw<{ pid: number }[]>`select pg_backend_pid() as pid`;
    expect(pid[0]?.pid).toBe(sql.rows[0]?.pg_backend_pid);
  });
  const other = crypto.randomUUID();
  const seen = await db.transaction({ organisation: other, actor }, async (tx) =>
    (await tx.bind(bridge.store)).auditEntry.findMany(),
  );
  expect(seen).toEqual([]);
  const foreign = db.transaction({ organisation: other, actor }, async (tx) =>
    (await tx.bind(bridge.store)).auditEntry.create({ data: entry(A, 'foreign') }),
  );
  await expect(foreign).rejects.toThrow(/row-level security/);
});

test('is rolled back with it, and useless after it', async () => {
  let leaked: Awaited<ReturnType<typeof bridge.store>> | undefined;
  await expect(
    db.transaction({ organisation: A, actor }, async (tx) => {
      leaked = await tx.bind(bridge.store);
      await leaked.auditEntry.create({ data: entry(A, 'rolled back') });
      throw new Error('mine');
    }),
  ).rejects.toThrow('mine');
  expect(() => leaked?.auditEntry).toThrow(expect.objectContaining({ code: 'transaction_closed' }));
  const count = await db.transaction({ organisation: A, actor }, async (tx) =>
    (await tx.bind(bridge.store)).auditEntry.count({ where: { subjectId: 'rolled back' } }),
  );
  expect(count).toBe(0);
});

test('a failed statement fails the transaction, even when its error is swallowed; late work fails with our error', async () => {
  const id = crypto.randomUUID();
  const twice = db.transaction({ organisation: A, actor }, async (tx) => {
    const prisma = await tx.bind(bridge.store);
    await prisma.auditEntry.create({ data: { ...entry(A, 'twice'), id } });
    await prisma.auditEntry.create({ data: { ...entry(A, 'twice'), id } }).catch(() => {});
  });
  await expect(twice).rejects.toMatchObject({ code: 'transaction_aborted' });
  const count = await db.transaction({ organisation: A, actor }, async (tx) =>
    (await tx.bind(bridge.store)).auditEntry.count({ where: { id } }),
  );
  expect(count).toBe(0);
  const closed = await db.transaction({ organisation: A, actor }, async (tx) => tx);
  expect(() => closed.bind(bridge.store)).toThrow(expect.objectContaining({ code: 'transaction_closed' }));
});

test('a statement that Prisma started but nobody awaited does not outlive the transaction', async () => {
  let late: Promise<unknown> = Promise.resolve();
  await db
    .transaction({ organisation: A, actor }, async (tx) => {
      const prisma = await tx.bind(bridge.store);
      late = prisma.auditEntry.create({ data: entry(A, 'nobody waits') }).then((row) => row.id);
      late.catch(() => {});
    })
    .catch(() => {});
  const saved = await late.then(() => 1).catch(() => 0);
  const count = await db.transaction({ organisation: A, actor }, async (tx) =>
    (await tx.bind(bridge.store)).auditEntry.count({ where: { subjectId: 'nobody waits' } }),
  );
  expect(count).toBe(saved);
});

test('100 transactions at once never mix, batched look-ups among them', async () => {
  const organisations = Array.from({ length: 100 }, () => crypto.randomUUID());
  const seen = await Promise.all(
    organisations.map((organisation, i) =>
      db.transaction({ organisation, actor }, async (tx) => {
        const prisma = await tx.bind(bridge.store);
        const created = await prisma.auditEntry.create({ data: entry(organisation, i) });
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        // Look-ups by key that start in one tick are merged into one query: only within their transaction.
        const found = await Promise.all([
          prisma.auditEntry.findUnique({ where: { id: created.id } }),
          prisma.auditEntry.findUnique({ where: { id: crypto.randomUUID() } }),
        ]);
        return [found.map((row) => row?.subjectId), await prisma.auditEntry.count()];
      }),
    ),
  );
  expect(seen).toEqual(organisations.map((_, i) => [[String(i), undefined], 1]));
});

test('what it costs', async () => {
  const time = async (work: () => Promise<unknown>) => {
    await work();
    const started = performance.now();
    for (let i = 0; i < 300; i++) await work();
    return ((performance.now() - started) / 300).toFixed(2);
  };
  const empty = await time(() => db.transaction({ organisation: A, actor }, (tx) => tx.query('select 1')));
  const sql = await time(() =>
    db.transaction({ organisation: A, actor }, (tx) => tx.query('select * from audit_entry limit 1')),
  );
  const prisma = await time(() =>
    db.transaction({ organisation: A, actor }, async (tx) =>
      (await tx.bind(bridge.store)).auditEntry.findFirst(),
    ),
  );
  console.log(`ms a transaction: empty ${empty}, one query by SQL ${sql}, by Prisma ${prisma}`);
});
