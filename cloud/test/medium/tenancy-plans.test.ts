import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAYS_SQL, OWN_HOURS_SQL, OWN_PLACE_SQL } from '../../src/metering/usage.sql.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { asApp, Let, TENANT_MAY } from '../support/leases.ts';
import { makeSite, type Site } from '../support/sites.ts';

/** Two years of hours and days of forty meters, written as the owner of everything. */
const FILL = `
  insert into usage_hour (hour, point, organisation_id, quantity, estimated, complete)
    select t, p, $2, '{1,2,3,4}', '{0,0,0,0}', 15
      from unnest($1::int[]) p, generate_series('2024-12-31 17:00Z'::timestamptz, '2026-12-31 16:00Z', '1 hour') t`;
const FILL_DAYS = `
  insert into usage_day (day, point, organisation_id, quantity, estimated, complete, quarters)
    select d, p, $2, 240, 0, 96, 96 from unnest($1::int[]) p, generate_series('2025-01-01'::date, '2026-12-31', '1 day') d`;

let fresh: FreshDatabase;
let owner: pg.Pool;
let app: pg.Pool;
let site: Site;
let room: string;
let context: { organisation: string; person: string; may: string };

beforeAll(async () => {
  fresh = await freshDatabase();
  owner = createPool({ url: fresh.ownerUrl, setting: 'owner', size: 2 });
  app = createPool({ url: fresh.appUrl, setting: 'app', size: 2 });
  site = await makeSite(owner, { points: 40 });
  const points = site.points.map(({ no }) => no);
  await owner.query(FILL, [points, site.organisation]);
  await owner.query(FILL_DAYS, [points, site.organisation]);
  const ground = new Let(owner, site);
  for (const [i, point] of site.points.entries()) {
    const place = await ground.room(String(101 + i));
    await ground.meter(place, point, '2025-01-01T00:00Z');
    const tenant = await ground.tenant(`Tenant ${i}`);
    await ground.lease(`L-${i}`, [[place, '2026-01-11T04:15Z', '2026-11-20T09:45Z']], [[tenant]]);
    if (i > 0) continue;
    room = place;
    context = { organisation: site.organisation, person: tenant.person, may: TENANT_MAY };
  }
  await owner.query('vacuum analyze');
}, 60_000);
afterAll(async () => {
  await Promise.all([owner.end(), app.end()]);
  await fresh.drop();
});

async function planOf(text: string, values: readonly unknown[]): Promise<string> {
  return asApp(app, context, async (client) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, timing off, summary off, buffers off) ${text}`,
      [...values],
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
}

const year = (point: number) => [[point], ['2026-01-12'], ['2026-11-20']];

describe('a tenant’s chart', () => {
  test('a year of days goes down the primary key, and finds the windows once', async () => {
    const plan = await planOf(DAYS_SQL, year(site.points[0]?.no ?? 0));
    expect(plan).toMatch(/Index Scan using usage_day_pkey on usage_day d .*actual rows=312/);
    onceAQuery(plan, 'app_own_days');
  });

  test('hours as well, and those that two share come beside them', async () => {
    const plan = await planOf(OWN_HOURS_SQL, [
      [site.points[0]?.no ?? 0],
      ['2026-01-01T00:00Z'],
      ['2026-02-01T00:00Z'],
    ]);
    expect(plan).toMatch(/Index Scan using usage_hour_pkey on usage_hour h\w* .*actual rows=499/);
    expect(plan).toMatch(/Function Scan on app_own_partial_hours h\w* .*actual rows=1 loops=1/);
    onceAQuery(plan, 'app_own_quarters');
  });

  test('the points of a room are looked up by it, not by all that the organisation has', async () => {
    const plan = await planOf(OWN_PLACE_SQL, [site.organisation, room]);
    expect(plan).toMatch(/actual rows=1 loops=1/);
    expect(plan).not.toMatch(/Rows Removed by Filter: [1-9]\d{2,}/);
  });

  test('what is another’s costs a look and gives nothing', async () => {
    const plan = await planOf(DAYS_SQL, year(site.points[7]?.no ?? 0));
    expect(plan).toMatch(/usage_day_pkey on usage_day d .*actual rows=0/);
  });

  test('whoever speaks for the organisation is asked nothing of leases', async () => {
    context = { ...context, may: '*' };
    const plan = await planOf(DAYS_SQL, year(site.points[7]?.no ?? 0));
    context = { ...context, may: TENANT_MAY };
    expect(plan).toMatch(/usage_day_pkey on usage_day d .*actual rows=312/);
    // The windows are a plan of their own that never ran.
    expect(plan).toMatch(/InitPlan \d[\s\S]*never executed/);
  });
});

function onceAQuery(plan: string, value: string): void {
  expect(plan, value).not.toMatch(/Seq Scan on usage_/);
  // The values stand in the filter as results of plans of their own, each of which ran once.
  const filter = /Filter: .*(InitPlan \d+)/.exec(plan);
  expect(filter, plan).not.toBeNull();
  for (const [, loops] of plan.matchAll(
    /InitPlan \d+[^\n]*\n\s*->\s*Result \(.*?(?:actual rows=1 loops=(\d+)|never executed)/g,
  ))
    expect(Number(loops ?? 1)).toBe(1);
}
