import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/platform/db/connection.ts';
import { BILLABLE_SQL, LATEST_SQL, RAW_SQL } from '../../src/readings/readings.sql.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { type Row, store } from '../support/readings.ts';
import { makeSite, type Site } from '../support/sites.ts';

// The same texts, the same data and the same results, whichever way the series are kept.
describe.each(['plain', 'timescale'] as const)('readings on %s', (layer) => {
  let fresh: FreshDatabase;
  let site: Site;
  const pools: Record<string, pg.Pool> = {};
  const as = (role: 'owner' | 'app' | 'ingest' | 'worker') => pools[role] as pg.Pool;

  beforeAll(async () => {
    fresh = await freshDatabase({ layer });
    for (const [role, url] of [
      ['owner', fresh.ownerUrl],
      ['app', fresh.appUrl],
      ['ingest', fresh.ingestUrl],
      ['worker', fresh.workerUrl],
    ] as const)
      pools[role] = createPool({ url, setting: role, size: 2 });
    site = await makeSite(as('owner'), { points: 12 });
  });
  afterAll(async () => {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
    await fresh.drop();
  });

  const no = (i: number) => site.points[i]?.no ?? 0;
  const billable = async (point: number, from: string, to: string, neighbours: number) => {
    const { rows } = await as('app').query(BILLABLE_SQL, [[point], from, to, neighbours]);
    return rows.map(
      (r) => `${String(r.at).slice(5, 16)} ${r.count} ${r.origin}${r.correction ? ' corrected' : ''}`,
    );
  };
  const quarter = (
    point: number,
    time: string,
    value: bigint | number | null,
    more: Partial<Row> = {},
  ): Row => ({
    point,
    at: `2026-03-01T${time}Z`,
    value,
    ...more,
  });

  test('new rows are written; a repeat is harmless; another value comes back and changes nothing', async () => {
    const rows = [
      quarter(no(0), '00:00', 100),
      quarter(no(0), '00:15', 110, { raw: Buffer.from('0000006e', 'hex') }),
    ];
    expect(await store(as('ingest'), 'billing', rows)).toEqual([]);
    expect(await store(as('ingest'), 'billing', rows)).toEqual([]);
    const other = [
      quarter(no(0), '00:00', 100, { quality: 8 }),
      quarter(no(0), '00:15', 110, { raw: Buffer.from('0000006f', 'hex') }),
      quarter(no(0), '00:30', 120),
      quarter(no(0), '00:30', 121),
    ];
    const conflicts = await store(as('ingest'), 'billing', other);
    expect(conflicts.map(({ place, count }) => [place, count])).toEqual([
      [2n, 110n],
      [4n, 120n],
    ]);
    expect(await billable(no(0), '2026-03-01T00:00Z', '2026-03-02T00:00Z', 0)).toEqual([
      '03-01T00:00 100 billing',
      '03-01T00:15 110 billing',
      '03-01T00:30 120 billing',
    ]);
  });

  test('counters, gauges and rows without a value keep the same rule', async () => {
    const rows = [quarter(no(1), '00:00', 1), quarter(no(1), '00:05', null, { quality: 6 })];
    for (const type of ['counter', 'gauge'] as const) {
      expect(await store(as('ingest'), type, rows)).toEqual([]);
      expect(await store(as('ingest'), type, rows)).toEqual([]);
      const [conflict, ...rest] = await store(as('ingest'), type, [quarter(no(1), '00:05', 2)]);
      expect(rest).toEqual([]);
      expect(conflict).toMatchObject({ place: 1n, quality: 6 });
    }
  });

  test('what a bill may rest on: both classes and brackets in one order, the strongest of an instant', async () => {
    await store(as('ingest'), 'counter', [
      quarter(no(2), '00:05', 5),
      quarter(no(2), '00:10', 10),
      quarter(no(2), '00:15', 15),
      quarter(no(2), '00:20', 20),
    ]);
    await store(as('ingest'), 'billing', [
      quarter(no(2), '00:00', 0, { boundary: '2026-03-01T00:00Z', bracket: ['2026-02-28T23:58Z', -2] }),
      quarter(no(2), '00:15', 15, { boundary: '2026-03-01T00:15Z', bracket: ['2026-03-01T00:10Z', 10] }),
      quarter(no(2), '00:30', 30, { boundary: '2026-03-01T00:30Z', bracket: ['2026-03-01T00:31Z', 31] }),
    ]);
    expect(await billable(no(2), '2026-03-01T00:00Z', '2026-03-01T01:00Z', 1)).toEqual([
      '02-28T23:58 -2 bracket',
      '03-01T00:00 0 billing',
      '03-01T00:05 5 counter',
      '03-01T00:10 10 counter',
      '03-01T00:15 15 billing',
      '03-01T00:20 20 counter',
      '03-01T00:30 30 billing',
      '03-01T00:31 31 bracket',
    ]);
    expect(await billable(no(2), '2026-03-01T00:12Z', '2026-03-01T00:16Z', 2)).toEqual([
      '03-01T00:05 5 counter',
      '03-01T00:10 10 counter',
      '03-01T00:15 15 billing',
      '03-01T00:20 20 counter',
      '03-01T00:30 30 billing',
    ]);
  });

  test('the edge comes out the same when the counters have gone: the bracket stays', async () => {
    await store(as('ingest'), 'billing', [
      quarter(no(3), '00:00', 0),
      quarter(no(3), '00:16', 16, { boundary: '2026-03-01T00:15Z', bracket: ['2026-03-01T00:12Z', 12] }),
    ]);
    expect(await billable(no(3), '2026-03-01T00:12Z', '2026-03-01T00:15Z', 1)).toEqual([
      '03-01T00:00 0 billing',
      '03-01T00:12 12 bracket',
      '03-01T00:16 16 billing',
    ]);
  });

  test('neighbours are found over a gap of years, in whatever partitions', async () => {
    await store(as('ingest'), 'billing', [
      { point: no(4), at: '2019-05-05T00:00Z', value: 1 },
      { point: no(4), at: '2031-12-31T23:59Z', value: 9 },
      { point: no(4), at: '2031-12-31T23:59:59.999Z', value: 10 },
    ]);
    expect(await billable(no(4), '2026-03-01T00:00Z', '2026-03-02T00:00Z', 1)).toEqual([
      '05-05T00:00 1 billing',
      '12-31T23:59 9 billing',
    ]);
    expect(await billable(no(4), '2026-03-01T00:00Z', '2026-03-02T00:00Z', 3)).toHaveLength(3);
    expect(await billable(no(4), '2026-03-01T00:00Z', '2026-03-02T00:00Z', 0)).toEqual([]);
  });

  test('a person supersedes, voids and restores; the reading stays; what is void is nobody’s neighbour', async () => {
    const point = site.points[5] ?? { id: '', no: 0 };
    await store(as('ingest'), 'billing', [
      quarter(point.no, '00:00', 100),
      quarter(point.no, '00:15', 999_999),
      quarter(point.no, '00:30', null, { quality: 6 }),
      quarter(point.no, '00:45', 130),
    ]);
    const correct = (at: string, kind: string, count: number | null) =>
      as('owner').query(
        `insert into correction (id, organisation_id, point_id, point, at, kind, count, reason, author)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, 'misread', 'tester')`,
        [site.organisation, point.id, point.no, `2026-03-01T${at}Z`, kind, count],
      );
    await correct('00:15', 'voided', null);
    await correct('00:30', 'superseded', 120);
    const all = () => billable(point.no, '2026-03-01T00:00Z', '2026-03-01T01:00Z', 0);
    const rest = ['03-01T00:30 120 billing corrected', '03-01T00:45 130 billing'];
    expect(await all()).toEqual(['03-01T00:00 100 billing', ...rest]);
    expect(await billable(point.no, '2026-03-01T00:30Z', '2026-03-01T00:31Z', 1)).toEqual([
      '03-01T00:00 100 billing',
      ...rest,
    ]);
    await correct('00:15', 'superseded', 110);
    await correct('00:15', 'restored', null);
    expect(await all()).toEqual(['03-01T00:00 100 billing', '03-01T00:15 999999 billing', ...rest]);
    await expect(as('owner').query("update correction set reason = 'none'")).rejects.toThrow(/append-only/);
  });

  test('a correction names its point by its own number', async () => {
    const [one, two] = [site.points[6], site.points[7]];
    const insert = as('owner').query(
      `insert into correction (id, organisation_id, point_id, point, at, kind, reason, author)
       values (gen_random_uuid(), $1, $2, $3, now(), 'voided', 'mine', 'tester')`,
      [site.organisation, one?.id, two?.no],
    );
    await expect(insert).rejects.toThrow(/its point by its own number/);
  });

  test('one class as it came, page by page', async () => {
    const rows = [0, 1].flatMap((p) =>
      [0, 15, 30, 45].map((minute) =>
        quarter(no(8 + p), `02:${String(minute).padStart(2, '0')}`, p * 100 + minute),
      ),
    );
    await store(as('ingest'), 'billing', rows);
    const seen: string[] = [];
    let after: { point: number; at: unknown } | undefined;
    for (;;) {
      const { rows: page } = await as('app').query(RAW_SQL, [
        [no(8), no(9)],
        '2026-03-01T02:00Z',
        '2026-03-01T03:00Z',
        'billing',
        3,
        after?.point ?? null,
        after ? String(after.at) : null,
      ]);
      seen.push(...page.map((row) => `${row.point - no(8)} ${String(row.at).slice(14, 16)} ${row.value}`));
      if (page.length < 3) break;
      after = page.at(-1);
    }
    expect(seen).toEqual([
      '0 00 0',
      '0 15 15',
      '0 30 30',
      '0 45 45',
      '1 00 100',
      '1 15 115',
      '1 30 130',
      '1 45 145',
    ]);
  });

  test('the newest of each point over all classes, and none from beyond', async () => {
    await store(as('ingest'), 'billing', [quarter(no(10), '00:15', 15)]);
    await store(as('ingest'), 'counter', [quarter(no(10), '00:15', 15), quarter(no(10), '00:20', 20)]);
    await store(as('ingest'), 'gauge', [quarter(no(11), '00:21', 230_000)]);
    const latest = async (until: string) =>
      (await as('app').query(LATEST_SQL, [[no(10), no(11), 987_654], until])).rows.map(
        (row) => `${row.value} ${row.class}`,
      );
    expect(await latest('2026-03-01T12:00Z')).toEqual(['20 counter', '230000 gauge']);
    expect(await latest('2026-03-01T00:17Z')).toEqual(['15 billing']);
  });

  test('two who need the same new month do not hinder each other', async () => {
    const writers = Array.from({ length: 6 }, (_, i) =>
      store(i % 2 === 0 ? as('ingest') : as('owner'), i % 3 === 0 ? 'counter' : 'gauge', [
        { point: no(0), at: `2027-0${1 + (i % 2)}-01T00:00Z`, value: 7, sequence: i },
        { point: no(1), at: `2027-0${2 - (i % 2)}-01T00:00Z`, value: 7, sequence: i },
      ]),
    );
    expect((await Promise.all(writers)).flat()).toEqual([]);
  });

  test('a time that no calendar of ours has is refused, and nothing of its batch is stored', async () => {
    const rows = [quarter(no(0), '05:00', 1), { point: no(0), at: '2150-01-01T00:00Z', value: 2 }];
    await expect(store(as('ingest'), 'counter', rows)).rejects.toThrow(/no readings are kept for 2150-01/);
    expect(await billable(no(0), '2026-03-01T04:00Z', '2026-03-01T06:00Z', 0)).toEqual([]);
  });
});
