import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BILLABLE_SQL, LATEST_SQL, RAW_SQL } from '../../src/readings/readings.sql.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';

/** Two years of quarter hours for a few points, written as the owner of everything: 24 partitions, 25 chunks. */
const FILL = `
  select ensure_reading_partitions('billing', array(select generate_series('2024-01-01'::date, '2025-12-01', '1 month')::date));
  select ensure_reading_partitions('counter', array(select generate_series('2024-01-01'::date, '2025-12-01', '1 month')::date));
  select ensure_reading_partitions('gauge', array(select generate_series('2024-01-01'::date, '2025-12-01', '1 month')::date));
  insert into reading_billing (point, at, count, quality, source, batch, sequence)
    select p, t, extract(epoch from t)::bigint / 900, 0, 1, 1, 1
      from generate_series(1, 4) p, generate_series('2024-01-01Z'::timestamptz, '2025-12-31 23:45Z', '3 hours') t;
  insert into reading_counter (point, at, count, quality, source, batch, sequence)
    select p, t, extract(epoch from t)::bigint / 900, 0, 2, 1, 1
      from generate_series(1, 4) p, generate_series('2024-01-01 00:05Z'::timestamptz, '2025-12-31 23:50Z', '3 hours') t;
  insert into reading_gauge (point, at, value, quality, source, batch, sequence)
    select p, t, 230000, 0, 2, 1, 1
      from generate_series(1, 4) p, generate_series('2024-01-01Z'::timestamptz, '2025-12-31Z', '6 hours') t;
  analyze reading_billing, reading_counter, reading_gauge`;

describe.each(['plain', 'timescale'] as const)('plans on %s', (layer) => {
  let fresh: FreshDatabase;
  let admin: pg.Client;
  let plans: string[] = [];

  beforeAll(async () => {
    fresh = await freshDatabase({ layer });
    admin = new pg.Client(fresh.adminUrl);
    await admin.connect();
    await admin.query(FILL);
    // What a function runs inside is told by the server itself: the plan of production, not of a copy of its text.
    await admin.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_analyze = on;
      set auto_explain.log_timing = off; set auto_explain.log_nested_statements = on;
      set auto_explain.log_level = notice; set client_min_messages = notice`);
    admin.on('notice', ({ message = '' }) => {
      if (message.includes('plan:')) plans.push(message);
    });
  });
  afterAll(async () => {
    await admin.end();
    await fresh.drop();
  });

  async function planOf(text: string, values: unknown[]): Promise<{ plan: string; rows: number }> {
    plans = [];
    const { rowCount } = await admin.query(text, values);
    const plan = plans.find((each) => each.includes('public.reading_')) ?? '';
    return { plan, rows: rowCount ?? 0 };
  }
  /** Partitions or chunks that were really looked into, whatever class. */
  const touched = (plan: string) =>
    new Set(
      plan
        .split('\n')
        .filter(
          (line) =>
            / on (?:reading_chunks\.)?(?:reading_|_hyper_)/.test(line) && !line.includes('never executed'),
        )
        .map((line) => / on (?:reading_chunks\.)?((?:reading_|_hyper_)\w+)/.exec(line)?.[1]),
    ).size;

  test('a day with its neighbours: down the primary key of the months around it, and no other', async () => {
    const { plan, rows } = await planOf(BILLABLE_SQL, [[1, 2], '2025-03-10T00:00Z', '2025-03-11T00:00Z', 2]);
    expect(rows).toBe(2 * (8 + 8 + 4));
    walksDown(plan, { plain: 2, timescale: 4 });
  });

  test('a page of one class over a month', async () => {
    const month = ['2025-03-01T00:00Z', '2025-04-01T00:00Z', 'billing', 500];
    const first = await planOf(RAW_SQL, [[3], ...month, null, null]);
    expect(first.rows).toBe(31 * 8);
    walksDown(first.plan, { plain: 1, timescale: 3 });
    const next = await planOf(RAW_SQL, [[2, 3], ...month, 3, '2025-03-30T00:00Z']);
    expect(next.rows).toBe(15);
    walksDown(next.plan, { plain: 1, timescale: 3 });
  });

  test('the newest of each point: one partition of each class', async () => {
    const { plan, rows } = await planOf(LATEST_SQL, [[1, 2, 3, 4], '2026-01-01T00:00Z']);
    expect(rows).toBe(4);
    walksDown(plan, { plain: 3, timescale: 6 });
  });

  test('every function over partitions is planned once and never compiled', async () => {
    const { rows } = await admin.query<{ name: string; settings: string[] }>(
      `select p.proname as name, p.proconfig as settings from pg_proc p
        where p.proname = any(array['readings_billable', 'readings_raw', 'readings_latest'])
          and p.pronamespace in ('public'::regnamespace, 'beyond_extent'::regnamespace)`,
    );
    expect(rows).toHaveLength(6);
    for (const { name, settings } of rows)
      expect(settings, name).toEqual(
        expect.arrayContaining(['plan_cache_mode=force_generic_plan', 'jit=off']),
      );
  });

  function walksDown(plan: string, most: Record<typeof layer, number>): void {
    expect(plan).toMatch(/Index Scan .*_pkey/);
    expect(plan).not.toMatch(/Seq Scan|Bitmap Heap Scan on \S*(reading_|_hyper_)/);
    expect(touched(plan)).toBeGreaterThan(0);
    expect(touched(plan)).toBeLessThanOrEqual(most[layer]);
  }
});
