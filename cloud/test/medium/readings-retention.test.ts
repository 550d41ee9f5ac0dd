import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { fixedClock } from '../../src/kernel/clock.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database } from '../../src/platform/db/index.ts';
import { splitStatements } from '../../src/platform/db/statements.ts';
import { expireReadings, expiring, partitions } from '../../src/readings/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { hubEnv, temporaryFolder } from '../support/hub-process.ts';
import { store } from '../support/readings.ts';
import { makeSite, type Site } from '../support/sites.ts';

const keep = { billingMonths: 120, counterMonths: 25, gaugeDays: 90 };
const NEVER = new AbortController().signal;

test('the licensed file asks for nothing but what the licence withholds here', async () => {
  const fresh = await freshDatabase({ layer: 'timescale' });
  const owner = createPool({ url: fresh.ownerUrl, setting: 'owner', size: 1 });
  const file = new URL('../../migrations/licensed/0001_compression.sql', import.meta.url);
  const statements = splitStatements(readFileSync(file, 'utf8'));
  expect(statements).toHaveLength(6);
  for (const { text } of statements)
    await expect(owner.query(text), text).rejects.toThrow(/not supported under the current "apache" license/);
  await owner.end();
  await fresh.drop();
});

describe.each(['plain', 'timescale'] as const)('retention on %s', (layer) => {
  let fresh: FreshDatabase;
  let owner: pg.Pool;
  let ingest: pg.Pool;
  let worker: pg.Pool;
  let everybody: Database;
  let site: Site;
  const now = Temporal.Now.instant();
  const clock = fixedClock(now);
  const before = (duration: Temporal.DurationLike) =>
    now.toZonedDateTimeISO('UTC').subtract(duration).toInstant().toString({ smallestUnit: 'second' });
  const TYPES = ['gauge', 'counter', 'billing'] as const;
  /** Ages around each limit: a day within it, and well past it by more than a partition. */
  const AGES = {
    gauge: [{ days: 1 }, { days: 89 }, { days: 140 }, { months: 20 }],
    counter: [{ days: 1 }, { months: 24, days: 27 }, { months: 27 }, { years: 5 }],
    billing: [{ days: 1 }, { years: 9, months: 11 }, { years: 10, months: 3 }, { years: 30 }],
  } as const;

  beforeAll(async () => {
    fresh = await freshDatabase({ layer });
    owner = createPool({ url: fresh.ownerUrl, setting: 'owner', size: 2 });
    ingest = createPool({ url: fresh.ingestUrl, setting: 'ingest', size: 2 });
    worker = createPool({ url: fresh.workerUrl, setting: 'worker', size: 2 });
    everybody = new Database({
      pool: worker,
      url: fresh.workerUrl,
      servesAll: true,
      stores: {},
      onHookError: (error) => {
        throw error;
      },
    });
    site = await makeSite(owner, { points: 2 });
    for (const type of TYPES)
      await store(
        ingest,
        type,
        AGES[type].map((age) => ({ point: no(0), at: before(age), value: 1 })),
      );
  });
  afterAll(async () => {
    await Promise.all([owner.end(), ingest.end(), worker.end()]);
    await fresh.drop();
  });
  const no = (i: number) => site.points[i]?.no ?? 0;
  const left = async (type: string) => {
    const { rows } = await owner.query(`select at from reading_${type} order by at desc`);
    return rows.map(({ at }) => at.toString());
  };

  test('knows every partition with its times and size', async () => {
    const all = await partitions(everybody);
    expect(all.map(({ class: type }) => type).sort()).toEqual(TYPES.flatMap((t) => [t, t, t, t]).sort());
    for (const { fromAt, toAt, bytes } of all) {
      expect(Temporal.Instant.compare(fromAt, toAt)).toBe(-1);
      expect(bytes).toBeGreaterThan(0n);
    }
  });

  test('waits for nobody: while somebody reads, what should go stays, and goes the next time', async () => {
    const reader = await owner.connect();
    await reader.query('begin; select count(*) from reading_gauge');
    const [gauge] = await expireReadings({ everybody, keep, clock }, NEVER);
    await reader.query('rollback');
    reader.release();
    expect(gauge).toMatchObject({ class: 'gauge', dropped: [], busy: true });
    expect(await left('gauge')).toHaveLength(4);
  });

  test('drops whole partitions past their time, and nothing that is not', async () => {
    const told = await expiring({ everybody, keep, clock });
    const done = await expireReadings({ everybody, keep, clock }, NEVER);
    for (const type of TYPES) {
      expect(await left(type)).toEqual(AGES[type].slice(0, 2).map((age) => before(age)));
      const gone = done.filter((each) => each.class === type).flatMap(({ dropped }) => dropped);
      if (type !== 'counter' && type !== 'billing') expect(gone).toHaveLength(2);
    }
    expect(done.flatMap(({ dropped }) => dropped).sort()).toEqual([
      // The counters and billing readings had already gone when the gauges were waited for.
      ...told.map(({ name }) => name).sort(),
    ]);
    expect(await expiring({ everybody, keep, clock })).toEqual([]);
  });

  test('an operator looks first, and lets go by command', async () => {
    await store(ingest, 'gauge', [{ point: no(1), at: before({ months: 8 }), value: 5 }]);
    const run = async (...args: string[]) => {
      const out: string[] = [];
      const env = hubEnv(fresh, temporaryFolder());
      const code = await main(args, { env, out: (text) => out.push(text), err: (text) => out.push(text) });
      return { code, out: out.join('\n') };
    };
    const looked = await run('readings', 'expire', '--dry-run', '--json');
    expect(JSON.parse(looked.out)).toMatchObject({
      class: 'gauge',
      megabytes: expect.stringMatching(/^0\.\d$/),
    });
    expect((await run('readings', 'list')).out.split('\n')).toHaveLength(1 + 7);
    const done = await run('readings', 'expire');
    expect([done.code, done.out]).toEqual([
      0,
      expect.stringMatching(/\ngauge .* 1 +0\ncounter .* 0 +0\nbilling /),
    ]);
    expect((await run('readings', 'expire', '--dry-run')).out).toBe('none');
  });

  test('a late reading of a time that has gone makes its partition anew, and goes the next time', async () => {
    const at = before({ years: 2, months: 6 });
    expect(await store(ingest, 'counter', [{ point: no(1), at, value: 5 }])).toEqual([]);
    expect(await left('counter')).toContain(at);
    await expireReadings({ everybody, keep, clock }, NEVER);
    expect(await left('counter')).not.toContain(at);
  });

  test('the database itself keeps what must be kept, whoever asks', async () => {
    for (const [type, age] of [
      ['billing', { months: 59 }],
      ['counter', { months: 1 }],
      ['gauge', { days: 6 }],
      ['billing', { years: -100 }],
    ] as const) {
      const drop = worker.query('select drop_expired_partition($1, $2)', [type, before(age)]);
      await expect(drop).rejects.toThrow(/readings are kept for/);
      const remove = worker.query('select delete_expired_batches($1, $2, 10)', [type, before(age)]);
      await expect(remove).rejects.toThrow(/are kept for/);
    }
    await expect(
      worker.query("select drop_expired_partition('audit', now() - interval '99 years')"),
    ).rejects.toThrow(/there is no class 'audit'/);
  });

  test('batches go with their readings; the end of a chain and the records stay', async () => {
    const journal = '0190aaaa-0000-7000-8000-000000000001';
    const batch = (number: number, kind: string, type: string | null, age: Temporal.DurationLike) =>
      owner.query(
        `insert into batch (organisation_id, gateway_id, journal, number, kind, class, first, last, sealed_at, received_at,
           digest, key_id, clock, statement, signature, boundary_at, occasion, root)
         values ($1, $2, $3, $4::bigint, $5, $6, $4, $4, $7, $7, sha256($4::text::bytea), 'k', '{}', 's', decode(repeat('00', 64), 'hex'),
           case when $5 = 'boundary' then $7::timestamptz end, case when $5 = 'boundary' then 'quarter' end,
           case when $5 = 'boundary' then sha256('r') end)`,
        [site.organisation, site.gateway, journal, number, kind, type, before(age)],
      );
    await batch(1, 'records', null, { years: 20 });
    await batch(2, 'readings', 'gauge', { months: 5 });
    await batch(3, 'readings', 'gauge', { days: 80 });
    await batch(4, 'readings', 'counter', { months: 5 });
    await batch(5, 'boundary', null, { years: 9 });
    await batch(6, 'boundary', null, { years: 11 });
    await batch(7, 'readings', 'counter', { years: 3 });
    const done = await expireReadings({ everybody, keep, clock }, NEVER);
    expect(done.map(({ rows }) => rows)).toEqual([1, 0, 1]);
    const { rows } = await owner.query('select number from batch order by number');
    expect(rows.map(({ number }) => Number(number))).toEqual([1, 3, 4, 5, 7]);
  });
});
