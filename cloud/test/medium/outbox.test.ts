import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/database.ts';
import { announcer, Listener, OUTBOX_CHANNEL } from '../../src/platform/db/listener.ts';
import {
  type DispatcherOptions,
  OutboxDispatcher,
  type OutboxEvent,
} from '../../src/platform/db/outbox.dispatcher.ts';
import type { Outcome } from '../../src/platform/db/outbox.outcome.ts';
import { CLAIM_SQL, SWEEP_SQL } from '../../src/platform/db/outbox.sql.ts';
import {
  discardFailed,
  failedEvents,
  type NewEvent,
  type Outbox,
  outboxBacklog,
  outboxStore,
  replayFailed,
} from '../../src/platform/db/outbox.store.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

const A = '0190aaaa-0000-7000-8000-00000000000a';
const B = '0190bbbb-0000-7000-8000-00000000000b';
const actor = { kind: 'system' };
const ids = createIds(systemClock);

let fresh: FreshDatabase;
let pool: pg.Pool;
let admin: pg.Pool;
let db: Database<{ outbox: Outbox }>;
let workers: pg.Pool;
/** As meterline_worker: the dispatcher and its operator. */
let all: Database;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
  admin = createPool({ url: fresh.adminUrl, setting: 'admin' });
  pool = createPool({ url: fresh.appUrl, setting: 'database.appUrl', size: 10 });
  db = new Database({
    pool,
    url: fresh.appUrl,
    stores: { outbox: outboxStore({ ids, wake: announcer(pool, OUTBOX_CHANNEL) }) },
    onHookError: (error) => {
      throw error;
    },
  });
  workers = createPool({ url: fresh.workerUrl, setting: 'database.workerUrl', size: 10 });
  all = new Database({
    pool: workers,
    url: fresh.workerUrl,
    servesAll: true,
    stores: {},
    onHookError: () => {},
  });
});
afterAll(async () => {
  await pool.end();
  await workers.end();
  await admin.end();
  await fresh.drop();
});
beforeEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.stop()));
  await admin.query('truncate outbox');
});

const add = (organisation: string, ...events: NewEvent[]) =>
  db.transaction({ organisation, actor }, (tx) => tx.outbox.add(...events));
const event = (n: number, key?: string): NewEvent => ({
  topic: 'thing.happened',
  payload: { n },
  ...(key ? { key } : {}),
});

function dispatcher(
  handle: (event: OutboxEvent) => Promise<Outcome>,
  extra: Partial<DispatcherOptions> = {},
) {
  const errors: unknown[] = [];
  const made = new OutboxDispatcher({
    db: all,
    handle,
    onError: (error) => errors.push(error),
    pollMs: 100,
    ...extra,
  });
  running.push(made);
  return Object.assign(made, { errors });
}
const until = (check: () => Promise<void> | void, timeout = 15_000) =>
  vi.waitFor(check, { timeout, interval: 20 });
const drained = () => until(async () => expect((await outboxBacklog(all)).pending).toBe(0));
const seqOf = (event: OutboxEvent) => (event.payload as { n: number }).n;

test('an event leaves after its commit only, with its organisation; one that was rolled back never', async () => {
  const seen: OutboxEvent[] = [];
  dispatcher(async (e) => {
    seen.push(e);
    return { kind: 'done' };
  }).start();
  await db
    .transaction({ organisation: A, actor }, async (tx) => {
      await tx.outbox.add(event(0));
      throw new Error('no');
    })
    .catch(() => {});
  const [id] = await add(B, { ...event(1), key: 'k' });
  await drained();
  await until(() =>
    expect(seen).toEqual([
      { id, organisation: B, topic: 'thing.happened', key: 'k', payload: { n: 1 }, attempts: 0 },
    ]),
  );
});

test('events of one key stay in order, with two dispatchers, failures and many transactions', async () => {
  const seen = new Map<string, number[]>();
  const handle = async (e: OutboxEvent): Promise<Outcome> => {
    await sleep(Math.random() * 5);
    if (e.attempts === 0 && Math.random() < 0.1) return { kind: 'retry', reason: 'bad luck' };
    const key = `${e.organisation} ${e.key}`;
    seen.set(key, [...(seen.get(key) ?? []), seqOf(e)]);
    return { kind: 'done' };
  };
  dispatcher(handle, { batchSize: 7 }).start();
  dispatcher(handle, { batchSize: 7 }).start();
  for (let n = 0; n < 20; n++)
    await Promise.all(
      [A, B].flatMap((organisation) => ['x', 'y', 'z'].map((key) => add(organisation, event(n, key)))),
    );
  await drained();
  expect(seen.size).toBe(6);
  for (const numbers of seen.values()) expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test('what keeps failing is put aside with its reason, does not hold up its key for ever, and can be replayed', async () => {
  let broken = true;
  const seen: number[] = [];
  const made = dispatcher(
    async (e) => {
      if (broken && seqOf(e) === 1) return { kind: 'retry', reason: 'cannot be read' };
      if (seqOf(e) === 2) return broken ? { kind: 'reject', reason: 'never will' } : { kind: 'done' };
      if (broken && seqOf(e) === 4) throw new Error('thrown');
      seen.push(seqOf(e));
      return { kind: 'done' };
    },
    { maxAttempts: 2 },
  );
  made.start();
  await add(A, event(1, 'k'), event(2), event(3, 'k'), event(4));
  await drained();
  expect(seen).toEqual([3]);
  const failed = await failedEvents(all);
  expect(failed.map((e) => [(e.payload as { n: number }).n, e.attempts, e.error]).sort()).toEqual([
    [1, 2, 'cannot be read'],
    [2, 1, 'never will'],
    [4, 2, 'thrown'],
  ]);
  broken = false;
  expect(await replayFailed(all, { ids: [failed[0]?.id ?? ''] })).toBe(1);
  expect(await replayFailed(all, { topic: 'other' })).toBe(0);
  expect(await discardFailed(all, failed[1]?.id ?? '')).toBe(1);
  expect(await discardFailed(all, failed[0]?.id ?? '')).toBe(0);
  expect(await replayFailed(all)).toBe(1);
  made.wake();
  await drained();
  expect(await outboxBacklog(all)).toMatchObject({ pending: 0, failed: 0 });
});

test('while nothing can be delivered, no attempts are used up and the pauses grow', async () => {
  let down = true;
  let calls = 0;
  const made = dispatcher(
    async () => {
      calls++;
      return down ? { kind: 'unavailable', reason: 'queue is away' } : { kind: 'done' };
    },
    { maxAttempts: 2 },
  );
  made.start();
  await add(A, event(1));
  await until(() => expect(calls).toBeGreaterThan(2));
  const { rows } = await admin.query('select attempts, error, state from outbox');
  expect(rows).toEqual([{ attempts: 0, error: 'queue is away', state: 'pending' }]);
  down = false;
  await drained();
});

test('a handler that hangs is given up, and one that opens a transaction is not nested', async () => {
  const aborted: boolean[] = [];
  let tries = 0;
  dispatcher(
    async (e) => {
      tries++;
      if (seqOf(e) === 1 && tries === 1) return new Promise<Outcome>(() => {});
      await add(e.organisation, ...(seqOf(e) === 1 ? [event(2)] : []));
      return { kind: 'done' };
    },
    { handlerTimeoutMs: 200, metrics: { delivered: (_topic, kind) => void aborted.push(kind === 'retry') } },
  ).start();
  await add(A, event(1));
  await until(() => expect(aborted).toEqual([true, false, false]));
});

test('a wake-up comes by NOTIFY from another connection, and again after that connection was lost', async () => {
  const seen: number[] = [];
  const lost: unknown[] = [];
  const made = dispatcher(
    async (e) => {
      seen.push(seqOf(e));
      return { kind: 'done' };
    },
    { pollMs: 60_000 },
  );
  const listener = new Listener({
    url: fresh.workerUrl,
    setting: 'database.workerUrl',
    channel: OUTBOX_CHANNEL,
    onNotify: made.wake,
    onLost: (error) => lost.push(error),
  });
  running.push(listener);
  made.start();
  listener.start();
  const listening = async () =>
    (
      await admin.query(
        "select pid from pg_stat_activity where application_name = 'meterline listener' and datname = current_database() and query like 'listen%' and state = 'idle'",
      )
    ).rows[0]?.pid;
  await until(async () => expect(await listening()).toBeDefined());
  await add(A, event(1));
  await until(() => expect(seen).toEqual([1]));
  const first = await listening();
  await admin.query('select pg_terminate_backend($1)', [first]);
  await until(() => expect(lost).toHaveLength(1));
  await until(async () => expect(await listening()).not.toBeOneOf([undefined, first]));
  await add(A, event(2));
  await until(() => expect(seen).toEqual([1, 2]));
});

test('a lost connection is survived', async () => {
  const seen = new Set<number>();
  let killed = false;
  const made = dispatcher(async (e) => {
    if (!killed) {
      killed = true;
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'meterline_worker' and state = 'idle in transaction'",
      );
    }
    seen.add(seqOf(e));
    return { kind: 'done' };
  });
  await add(A, event(1), event(2));
  made.start();
  await drained();
  expect(made.errors).toHaveLength(1);
  expect([...seen].sort()).toEqual([1, 2]);
});

test('kill -9 in the middle of a batch: the rows are free at once, nothing is lost, at most the batch is repeated', async () => {
  await admin.query(
    'create table if not exists delivery (id uuid); grant insert on delivery to meterline_worker',
  );
  const added = await add(A, ...Array.from({ length: 60 }, (_, n) => event(n)));
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../support/outbox-child.ts', import.meta.url)), fresh.workerUrl],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  await sleep(300);
  child.kill('SIGKILL');
  await once(child, 'exit');
  dispatcher(async (e) => {
    await admin.query('insert into delivery (id) values ($1)', [e.id]);
    return { kind: 'done' };
  }).start();
  await drained();
  const { rows } = await admin.query('select id, count(*)::int as n from delivery group by id');
  expect(rows.map((row) => row.id).sort()).toEqual([...added].sort());
  expect(rows.filter((row) => row.n > 1).length).toBeLessThanOrEqual(20);
});

test('stop lets the batch in hand end, and takes no other', async () => {
  let done = 0;
  const made = dispatcher(
    async () => {
      await sleep(100);
      done++;
      return { kind: 'done' };
    },
    { batchSize: 5 },
  );
  await add(A, ...Array.from({ length: 12 }, (_, n) => event(n)));
  made.start();
  await sleep(50);
  await made.stop();
  expect(done).toBe(5);
  expect(await outboxBacklog(all)).toMatchObject({ pending: 7 });
});

test('what was dispatched long ago is swept, what failed stays', async () => {
  await add(A, ...Array.from({ length: 2_500 }, (_, n) => event(n)));
  await admin.query(
    "update outbox set state = case when (payload->>'n')::int = 0 then 'failed' else 'dispatched' end, finished_at = now() - interval '8 days'",
  );
  await add(A, event(1));
  expect(await dispatcher(async () => ({ kind: 'done' })).sweep()).toBe(2_499);
  expect(await outboxBacklog(all)).toMatchObject({ pending: 1, failed: 1 });
});

test.each([
  ['a topic that is none', { topic: 'Not A Topic', payload: {} }, { code: '23514' }],
  [
    'a payload too big',
    { topic: 't', payload: { text: 'x'.repeat(70_000) } },
    { code: 'outbox_event_invalid' },
  ],
  ['a payload that is no JSON', { topic: 't', payload: { big: 1n } }, { code: 'outbox_event_invalid' }],
])('%s is refused', async (_name, bad, expected) => {
  await expect(add(A, bad)).rejects.toMatchObject(expected);
});

test('the application can neither read nor change what it put in; the ingest role can put in', async () => {
  await add(A, event(1));
  for (const sql of ['select * from outbox', "update outbox set topic = 't'", 'delete from outbox'])
    await expect(db.transaction({ organisation: A, actor }, (tx) => tx.query(sql))).rejects.toThrow(
      /permission denied/,
    );
  const ingestPool = createPool({ url: fresh.ingestUrl, setting: 'database.ingestUrl' });
  const ingest = new Database({
    pool: ingestPool,
    url: fresh.ingestUrl,
    stores: { outbox: outboxStore({ ids }) },
    onHookError: () => {},
  });
  await ingest.transaction({ organisation: A, actor }, (tx) => tx.outbox.add(event(2)));
  await ingestPool.end();
  expect(await outboxBacklog(all)).toMatchObject({ pending: 2 });
});

test('the plans: neither the claim nor the sweep reads what is done', async () => {
  await admin.query(
    `insert into outbox (id, organisation_id, topic, key, payload, state, finished_at)
    select gen_random_uuid(), $1, 't', (n % 50)::text, '{}', case when n > 49900 then 'pending' else 'dispatched' end,
           case when n > 49900 then null else now() - interval '1 day' end from generate_series(1, 50000) n`,
    [A],
  );
  await admin.query('analyze outbox');
  const plan = async (sql: string, parameters: unknown[]) => {
    const client = await workers.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query(`explain ${sql}`, parameters);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      await client.query('rollback');
      client.release();
    }
  };
  const claim = await plan(CLAIM_SQL, [100]);
  expect(claim).toContain('outbox_due');
  expect(claim).not.toMatch(/Seq Scan/);
  const sweep = await plan(SWEEP_SQL, [604_800, 1_000]);
  expect(sweep).toContain('outbox_finished');
  expect(sweep).not.toMatch(/Seq Scan/);
});
