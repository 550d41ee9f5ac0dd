import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  auditUsage,
  installedHandler,
  openingHandler,
  probeMetering,
  usageLag,
} from '../../src/metering/index.ts';
import { createMetrics } from '../../src/platform/telemetry/index.ts';
import { type MeteringStage, meteringStage } from '../support/metering-stage.ts';
import { commitCounts, testProfiles } from '../support/meters.ts';
import { openSites, type Site } from '../support/sites.ts';

const Q = 15 * 60_000;
const START = Date.UTC(2026, 2, 1, 17);
let stage: MeteringStage;
let ground: ReturnType<typeof openSites>;
let site: Site;

beforeAll(async () => {
  stage = await meteringStage();
  ground = openSites(stage.fresh);
  site = await stage.site({ points: 3 });
  for (const [i, { no }] of site.points.entries()) {
    const counts = Array.from({ length: 3 * 96 }, (_, place) => ({
      point: no,
      at: START + place * Q,
      count: BigInt(place === 50 ? 0 : place * (i + 1)),
    }));
    await commitCounts(stage.ingest, 'billing', counts);
  }
  await stage.worker.drain();
});
afterAll(async () => {
  await ground.close();
  await stage.stop();
});

const audit = (days = 400) =>
  auditUsage({ ...ground.parts, profiles: new Map(), everybody: stage.everybody, days });
const scraped = async () => {
  const metrics = createMetrics('worker');
  probeMetering(metrics, stage.everybody);
  const text = await metrics.registry.metrics();
  return (name: string) => Number(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'm').exec(text)?.[1]);
};

test('what stands is what everything worked out anew gives, and that is published', async () => {
  expect(await audit()).toMatchObject({ points: 3, differences: [] });
  expect((await audit(1)).quarters).toBeGreaterThan(200);
  const metric = await scraped();
  expect(metric('meterline_ledger_mismatches')).toBe(0);
  expect(metric('meterline_ledger_audit_age_seconds')).toBeLessThan(60);
  expect(metric('meterline_usage_failures')).toBe(0);
});

test('one organisation is audited alone', async () => {
  const options = { ...ground.parts, profiles: new Map(), everybody: stage.everybody };
  expect(await auditUsage({ ...options, organisation: site.organisation })).toMatchObject({ points: 3 });
  expect(await auditUsage({ ...options, organisation: site.gateway })).toMatchObject({ points: 0 });
});

test('a bucket that is not what it must be is found, said, and worked out again', async () => {
  const { no = 0, id = '' } = site.points[1] ?? {};
  const hour = new Date(START + 24 * Q).toISOString();
  await stage.owner.query(
    'update usage_hour set quantity[2] = quantity[2] + 1 where point = $1 and hour = $2',
    [no, hour],
  );
  await stage.owner.query("update usage_day set quantity = 1 where point = $1 and day = '2026-03-03'", [no]);
  const { differences } = await audit();
  expect(differences).toEqual([
    { point: id, what: 'hour', at: hour, stands: '20 21 20 20', mustBe: '20 20 20 20', by: '1' },
    { point: id, what: 'day', at: '2026-03-03', stands: '1', mustBe: '1920', by: '-1919' },
  ]);
  expect((await scraped())('meterline_ledger_mismatches')).toBe(2);
  await stage.ingest.query('select note_usage_dirty($1, $2, $3)', [
    [no],
    [new Date(START).toISOString()],
    ['infinity'],
  ]);
  expect((await usageLag(stage.everybody)).waiting).toBe(1);
  await stage.worker.drain();
  expect((await usageLag(stage.everybody)).waiting).toBe(0);
  expect((await audit()).differences).toEqual([]);
});

test('a point that is given to a meter elsewhere has the days of that building', async () => {
  const own = await stage.site({ points: 1 });
  const { id, no } = own.points[0] ?? { id: '', no: 0 };
  const quarters = Array.from({ length: 9 }, (_, i) => ({ point: no, at: START + i * Q, count: BigInt(i) }));
  await commitCounts(stage.ingest, 'billing', quarters);
  await stage.worker.drain();
  const days = async () =>
    (await stage.owner.query('select day::text from usage_day where point = $1', [no])).rows.map(
      ({ day }) => day,
    );
  expect(await days()).toEqual(['2026-03-02']);
  const building = own.gateway.replace(/^.{8}/, 'ffffffff');
  await stage.owner.query(
    "insert into building (id, organisation_id, name, zone) values ($1, $2, 'B', 'America/Lima')",
    [building, own.organisation],
  );
  await stage.owner.query(
    "insert into meter (id, organisation_id, building_id, role, label) values ($1, $2, $1, 'sub', 'x')",
    [building, own.organisation],
  );
  await stage.owner.query('update point set meter_id = $2 where id = $1', [id, building]);
  const deliver = (payload: object) =>
    installedHandler(ground.parts)(
      { id, organisation: own.organisation, topic: 'point.installed', key: null, payload, attempts: 0 },
      new AbortController().signal,
    );
  expect(await deliver({ point: id })).toEqual({ kind: 'done' });
  expect(await deliver({})).toMatchObject({ kind: 'reject' });
  await stage.worker.drain();
  expect(await days()).toEqual(['2026-03-01']);
});

test('audits are kept, and nobody can change them', async () => {
  const { rows } = await stage.owner.query('select differences from usage_audit order by at');
  expect(rows.map(({ differences }) => differences)).toEqual([0, 0, 0, 2, 0]);
  await expect(stage.owner.query('delete from usage_audit')).rejects.toThrow(/append-only/);
});

test('an opening that came with a reading begins the register, once', async () => {
  const own = await stage.site({ points: 1 });
  const { id, no } = own.points[0] ?? { id: '', no: 0 };
  await commitCounts(stage.ingest, 'billing', [
    { point: no, at: START, count: 7n },
    { point: no, at: START + 4 * Q, count: 40n },
    { point: no, at: START + 5 * Q, count: 50n },
  ]);
  await stage.worker.drain();
  const handle = openingHandler({ ...ground.parts, profiles: testProfiles });
  const deliver = (payload: object) =>
    handle(
      { id, organisation: own.organisation, topic: 'reading.opening', key: null, payload, attempts: 0 },
      new AbortController().signal,
    );
  const opening = { point: id, at: START - Q, count: '5', reference: 'import 7' };
  expect(await deliver(opening)).toEqual({ kind: 'done' });
  expect(await deliver({ ...opening, count: '6' })).toEqual({ kind: 'done' });
  expect(await deliver({ point: id })).toMatchObject({ kind: 'reject' });
  await stage.worker.drain();
  const { rows } = await stage.owner.query(
    'select kind, opening::int, automatic, superseded_at is null as active from register_epoch where point = $1 order by automatic desc',
    [no],
  );
  expect(rows).toEqual([
    { kind: 'installed', opening: 7, automatic: true, active: false },
    { kind: 'installed', opening: 5, automatic: false, active: true },
  ]);
  const sum = await stage.owner.query(
    'select sum(q)::int as sum from usage_hour, unnest(quantity) q where point = $1',
    [no],
  );
  expect(sum.rows).toEqual([{ sum: 450 }]);
});
