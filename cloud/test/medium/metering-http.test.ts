import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MeteringHttp, openMeteringHttp } from '../support/metering-http.ts';
import { type MeteringStage, meteringStage } from '../support/metering-stage.ts';
import { commitCounts, ENERGY } from '../support/meters.ts';
import type { Site } from '../support/sites.ts';

const MINUTE = 60_000;
const Q = 15 * MINUTE;
const DAY = 96 * Q;
/** 1 March 2026, midnight in Bangkok. */
const MARCH = Date.UTC(2026, 1, 28, 17);
const time = (at: number) => encodeURIComponent(new Date(at).toISOString());

let stage: MeteringStage;
let http: MeteringHttp;
let site: Site;
let room: string;
const path = (rest: string) => `/${site.organisation}${rest}`;
const point = (i: number) => site.points[i] ?? { id: '', no: 0 };

const counts = (no: number, from: number, values: readonly (number | null)[]) =>
  values.flatMap((count, i) =>
    count === null ? [] : [{ point: no, at: from + i * Q, count: BigInt(count) }],
  );

beforeAll(async () => {
  stage = await meteringStage();
  http = await openMeteringHttp(stage.fresh);
  site = await stage.site({ points: 6 });
  const { rows } = await stage.owner.query<{ id: string }>(
    `insert into place (id, organisation_id, building_id, name, kind)
     values (gen_random_uuid(), $1, $2, '101', 'room') returning id`,
    [site.organisation, site.building],
  );
  room = rows[0]?.id ?? '';
  // Two days of ten counts (100 Wh) a quarter hour, but for an hour of the second day.
  const steady = Array.from({ length: 2 * 96 + 1 }, (_, i) => (i > 100 && i < 104 ? null : 1_000 + i * 10));
  await commitCounts(stage.ingest, 'billing', counts(point(0).no, MARCH, steady));
  await stage.worker.drain();
});
afterAll(async () => {
  await http.close();
  await stage.stop();
});

describe('usage', () => {
  test('of two days in bars of days, with what is estimated and complete', async () => {
    const { status, body } = await http.get(
      path(`/usage?point=${point(0).id}&from=${time(MARCH)}&to=${time(MARCH + 2 * DAY)}&resolution=day`),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      zone: 'Asia/Bangkok',
      resolution: 'day',
      series: [
        {
          unit: 'Wh',
          points: [point(0).id],
          total: { quantity: '19200', estimated: '400', estimatedShare: 0.0208, completeness: 1 },
          bars: [
            { from: '2026-02-28T17:00:00.000Z', quantity: '9600', estimated: '0', completeness: 1 },
            { from: '2026-03-01T17:00:00.000Z', quantity: '9600', estimated: '400' },
          ],
        },
      ],
    });
  });

  test('the server keeps to the budget, and sets the period before beside it', async () => {
    const asked = `/usage?point=${point(0).id}&from=${time(MARCH + DAY)}&to=${time(MARCH + 2 * DAY)}&previous=true`;
    const fine = (await http.get(path(asked))).body as { resolution: string; series: { bars: unknown[] }[] };
    expect([fine.resolution, fine.series[0]?.bars.length]).toEqual(['quarter', 96]);
    const coarse = await http.get(path(`${asked}&budget=24`));
    expect(coarse.body).toMatchObject({
      resolution: 'hour',
      previous: { from: '2026-02-28T17:00:00.000Z', series: [{ total: { quantity: '9600' } }] },
    });
  });

  test('where nothing is known there is no zero', async () => {
    const { body } = await http.get(
      path(`/usage?point=${point(0).id}&from=${time(MARCH - DAY)}&to=${time(MARCH)}&resolution=day`),
    );
    expect(body).toMatchObject({
      series: [{ total: { quantity: null, completeness: 0 }, bars: [{ quantity: null, completeness: 0 }] }],
    });
  });

  test.each([
    ['0000-01-01T00:00:00Z', '0000-02-01T00:00:00Z'],
    ['9999-12-31T00:00:00-23:00', '9999-12-31T23:59:59-23:00'],
    ['2226-01-01T00:00:00Z', '2226-01-02T00:00:00Z'],
  ])('%s is a time of no meter, whoever asks', async (from, to) => {
    const asked = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
    const at = `at=${encodeURIComponent(to)}`;
    for (const rest of [
      `/usage?point=${point(0).id}&${asked}`,
      `/usage.csv?point=${point(0).id}&${asked}`,
      `/meters/${room}/loss?${asked}`,
      `/points/${point(0).id}/quarter?${at}`,
      `/points/${point(0).id}/reading?${at}`,
    ]) {
      const { status, body } = await http.get(path(rest));
      expect([rest, status]).toEqual([rest, 422]);
      expect(JSON.stringify(body)).toContain('must be from 1900 to 2199');
    }
  });

  test.each([
    `2026-99-99T00:00:00.000Z ${'0'.repeat(8)}-0000-7000-8000-000000000000`,
    `2026-09-09T00:00:00.000Z ${'-'.repeat(36)}`,
    'x',
  ])('%s is the end of no page of suspicions', async (after) => {
    const { status, body } = await http.get(path(`/suspects?after=${encodeURIComponent(after)}`));
    expect([status, body]).toMatchObject([422, { code: 'usage_selection_invalid' }]);
  });

  test('a count that no register can hold is a fault of whoever says it', async () => {
    const { status, body } = await http.post(path(`/points/${point(0).id}/epochs`), {
      ...{ kind: 'reset', at: new Date(MARCH).toISOString(), reason: 'a slip of the pen' },
      ...{ opening: '9999999999999999999' },
    });
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('at most 18 digits')]);
  });

  test('of a room is of what hung there, while it hung there', async () => {
    const { rows } = await stage.owner.query<{ id: string }>(
      `insert into meter (id, organisation_id, building_id, role, label)
       values (gen_random_uuid(), $1, $2, 'sub', 'room 101') returning id`,
      [site.organisation, site.building],
    );
    await stage.owner.query(
      `insert into installation (id, organisation_id, point_id, meter_id, place_id, from_at, to_at)
       values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)`,
      [
        site.organisation,
        point(0).id,
        rows[0]?.id,
        room,
        new Date(MARCH + 6 * 4 * Q).toISOString(),
        new Date(MARCH + DAY + Q).toISOString(),
      ],
    );
    const { body } = await http.get(
      path(`/usage?place=${room}&from=${time(MARCH)}&to=${time(MARCH + 2 * DAY)}&resolution=day`),
    );
    // 18 hours of the first day, one quarter hour of the second.
    expect(body).toMatchObject({
      series: [{ total: { quantity: '7300' }, bars: [{ quantity: '7200' }, { quantity: '100' }] }],
    });
  });

  test('of a meter is of the register that it is billed on, not of those beside it', async () => {
    const other = await stage.site({ points: 2 });
    const [billed, beside] = [other.points[0]?.no ?? 0, other.points[1]?.no ?? 0];
    const { rows } = await stage.owner.query<{ id: string }>(
      `insert into meter (id, organisation_id, building_id, role, label)
       values (gen_random_uuid(), $1, $2, 'sub', 'both ways') returning id`,
      [other.organisation, other.building],
    );
    await stage.owner.query('update point set meter_id = $1 where no = any($2)', [
      rows[0]?.id,
      [billed, beside],
    ]);
    await stage.owner.query("update point set class = 'counter' where no = $1", [beside]);
    await commitCounts(stage.ingest, 'billing', counts(billed, MARCH, [0, 10]));
    await commitCounts(stage.ingest, 'counter', counts(beside, MARCH, [0, 70]));
    await stage.worker.drain();
    const asked = `from=${time(MARCH)}&to=${time(MARCH + Q)}&resolution=quarter`;
    const amountOf = async (subject: string) =>
      (await http.get(`/${other.organisation}/usage?${subject}&${asked}`)).body;
    expect(await amountOf(`meter=${rows[0]?.id}`)).toMatchObject({
      series: [{ total: { quantity: '100' } }],
    });
    expect(await amountOf(`point=${other.points[1]?.id}`)).toMatchObject({
      series: [{ total: { quantity: '700' } }],
    });
  });

  test('as CSV', async () => {
    const { status, body } = await http.get(
      path(`/usage.csv?point=${point(0).id}&from=${time(MARCH)}&to=${time(MARCH + 2 * DAY)}&resolution=hour`),
    );
    const lines = String(body).split('\r\n');
    expect(status).toBe(200);
    expect(lines.length).toBe(1 + 48 + 1);
    expect(lines.slice(0, 2)).toEqual([
      'from,to,unit,quantity,estimated,completeness',
      '2026-02-28T17:00:00.000Z,2026-02-28T18:00:00.000Z,Wh,400,0,1',
    ]);
  });

  test('readings as they came, as CSV', async () => {
    const asked = `from=${time(MARCH)}&to=${time(MARCH + 4 * Q)}`;
    const { status, body } = await http.get(path(`/readings.csv?point=${point(0).id}&${asked}`));
    const [header = '', first = '', ...others] = String(body).split('\r\n');
    expect([status, others.length]).toEqual([200, 4]);
    const row = Object.fromEntries(header.split(',').map((name, i) => [name, first.split(',')[i]]));
    expect(row).toMatchObject({
      point: point(0).id,
      register: ENERGY,
      at: '2026-02-28T17:00:00.000Z',
      value: '1000',
    });
    expect(row).toMatchObject({ unit: 'count', quality: 'good', evidence: expect.stringMatching(/./) });
    const gauges = await http.get(path(`/readings.csv?point=${point(0).id}&${asked}&class=gauge`));
    expect(gauges).toEqual({ status: 200, body: `${header}\r\n` });
    const other = await stage.site({ points: 1 });
    const theirs = await http.get(path(`/readings.csv?point=${other.points[0]?.id}&${asked}`));
    expect(theirs).toMatchObject({ status: 404, body: { code: 'usage_subject_not_found' } });
    const unknown = await fetch(`${http.url}${path(`/readings.csv?point=${point(0).id}&${asked}`)}`);
    expect(unknown.status).toBe(401);
  });

  test('readings of years come in pages that fit together', async () => {
    const { organisation, points } = await stage.site({ points: 1 });
    const many = Array.from({ length: 9_000 }, (_, i) => i);
    await commitCounts(stage.ingest, 'counter', counts(points[0]?.no ?? 0, MARCH - 100 * DAY, many));
    const asked = `from=${time(MARCH - 200 * DAY)}&to=${time(MARCH + DAY)}&class=counter`;
    const { body } = await http.get(`/${organisation}/readings.csv?point=${points[0]?.id}&${asked}`);
    const values = String(body)
      .split('\r\n')
      .slice(1, -1)
      .map((line) => Number(line.split(',')[3]));
    expect(values).toEqual(many);
  });

  test('a long export comes in parts that fit together', async () => {
    const { body } = await http.get(
      path(
        `/usage.csv?point=${point(0).id}&from=${time(MARCH - 60 * DAY)}&to=${time(MARCH + 2 * DAY)}&resolution=hour`,
      ),
    );
    const begins = String(body)
      .split('\r\n')
      .slice(1, -1)
      .map((line) => Date.parse(line.split(',')[0] ?? ''));
    expect(begins.length).toBe(62 * 24);
    expect(begins.every((at, i) => i === 0 || at - (begins[i - 1] ?? 0) === 4 * Q)).toBe(true);
  });

  test.each([
    ['nothing named', `/usage?from=${time(MARCH)}&to=${time(MARCH + DAY)}`, 422],
    [
      'two named',
      `/usage?point=${'0'.repeat(8)}-0000-4000-8000-000000000000&place=${'0'.repeat(8)}-0000-4000-8000-000000000000&from=${time(MARCH)}&to=${time(MARCH + DAY)}`,
      422,
    ],
    [
      'time backwards',
      `/usage?point=019a9b3c-0000-7000-8000-000000000000&from=${time(MARCH)}&to=${time(MARCH)}`,
      422,
    ],
    [
      'a stranger',
      `/usage?point=019a9b3c-0000-7000-8000-000000000000&from=${time(MARCH)}&to=${time(MARCH + DAY)}`,
      404,
    ],
  ])('refuses %s', async (_what, asked, status) => {
    expect((await http.get(path(asked))).status).toBe(status);
  });

  test("another organisation's point is a stranger", async () => {
    const other = await stage.site({ points: 1 });
    const asked = `/usage?point=${other.points[0]?.id}&from=${time(MARCH)}&to=${time(MARCH + DAY)}`;
    expect((await http.get(path(asked))).status).toBe(404);
    expect((await http.get(`/${other.organisation}${asked}`)).status).toBe(200);
  });
});

describe('down to the readings', () => {
  test('a quarter with its edges, readings, epoch', async () => {
    const { body } = await http.get(path(`/points/${point(0).id}/quarter?at=${time(MARCH + 5 * Q)}`));
    expect(body).toMatchObject({
      quantity: '100',
      complete: true,
      revision: 1,
      edges: [
        { method: 'exact', count: '1050', quantitySinceEpoch: '500' },
        { method: 'exact', count: '1060', quantitySinceEpoch: '600' },
      ],
      epochs: [{ kind: 'installed', opening: '1000', num: '10', den: '1', unit: 'Wh' }],
      suspects: [],
      revisions: [],
    });
    const { readings } = body as { readings: object[] };
    expect(readings.length).toBeGreaterThanOrEqual(4);
    expect(readings[2]).toMatchObject({
      count: '1050',
      evidence: 'signed',
      origin: 'billing',
      believed: true,
    });
  });

  test('a count between two readings says that it is one, and which they are', async () => {
    const { body } = await http.get(path(`/points/${point(0).id}/reading?at=${time(MARCH + 102 * Q)}`));
    expect(body).toMatchObject({
      method: 'interpolated',
      count: '2020',
      before: { count: '2000' },
      after: { count: '2040' },
      readings: [{ count: '2000' }, { count: '2040' }],
    });
  });

  test('the newest value, and its age', async () => {
    const { body } = await http.get(path(`/latest?point=${point(0).id}`));
    expect(body).toMatchObject({ items: [{ value: '2920', class: 'billing', quality: 'good' }] });
  });
});

describe('what people decide', () => {
  const usageOf = async (i: number) => {
    const { body } = await http.get(
      path(`/usage?point=${point(i).id}&from=${time(MARCH)}&to=${time(MARCH + DAY)}&resolution=day`),
    );
    return (body as { series: { total: { quantity: string } }[] }).series[0]?.total.quantity;
  };

  test('an unlogged reset is declared, billed from then on, and closed', async () => {
    await commitCounts(stage.ingest, 'billing', counts(point(1).no, MARCH, [5_000, 5_010, 20, 30, 40]));
    await stage.worker.drain();
    expect(await usageOf(1)).toBe('300');
    const list = (await http.get(path(`/suspects?point=${point(1).id}`))).body as { items: { id: string }[] };
    expect(list.items).toMatchObject([{ kind: 'drop', state: 'proposed', before: '5010', after: '20' }]);
    const id = list.items[0]?.id ?? '';
    const refused = await http.post(path(`/suspects/${id}/resolve`), {
      as: 'reset',
      reason: 'display was read',
    });
    expect(refused).toMatchObject({ status: 422, body: { code: 'epoch_invalid' } });
    const resolved = await http.post(path(`/suspects/${id}/resolve`), {
      as: 'reset',
      closing: '5013',
      opening: '0',
      reason: 'power cut; the display was read',
    });
    expect(resolved).toMatchObject({ status: 200, body: { epoch: expect.any(String) } });
    await stage.worker.drain();
    expect(await usageOf(1)).toBe('530');
    expect((await http.get(path(`/suspects?point=${point(1).id}`))).body).toEqual({ items: [] });
    const all = await http.get(path(`/suspects?point=${point(1).id}&state=all`));
    expect(all.body).toMatchObject({
      items: [{ state: 'withdrawn', resolution: 'reset', resolvedBy: 'operator api' }],
    });
    const again = await http.post(path(`/suspects/${id}/resolve`), { as: 'dismissed', reason: 'once more' });
    expect(again.status).toBe(409);
    const audit = await stage.owner.query(
      "select action from audit_entry where action like 'epoch%' or action like 'suspect%'",
    );
    expect(audit.rows.map(({ action }) => action).sort()).toEqual(['epoch.declared', 'suspect.reset']);
  });

  test('a jump that is true is confirmed, a false one dismissed', async () => {
    for (const i of [2, 3])
      await commitCounts(stage.ingest, 'billing', counts(point(i).no, MARCH, [0, 10, 9_000, 9_010, 9_020]));
    await stage.worker.drain();
    expect([await usageOf(2), await usageOf(3)]).toEqual(['300', '300']);
    for (const [i, as] of [
      [2, 'confirmed'],
      [3, 'dismissed'],
    ] as const) {
      const list = (await http.get(path(`/suspects?point=${point(i).id}`))).body as {
        items: { id: string }[];
      };
      const { status } = await http.post(path(`/suspects/${list.items[0]?.id}/resolve`), {
        as,
        reason: 'looked at it',
      });
      expect(status).toBe(200);
      expect((await http.get(path(`/suspects?point=${point(i).id}`))).body).toEqual({ items: [] });
    }
    await stage.worker.drain();
    expect([await usageOf(2), await usageOf(3)]).toEqual(['90200', '300']);
  });

  test('readings that are held are voided, and the line goes on', async () => {
    await commitCounts(stage.ingest, 'billing', counts(point(4).no, MARCH, [700, 710, 5, 6]));
    await stage.worker.drain();
    const list = (await http.get(path(`/suspects?point=${point(4).id}`))).body as {
      items: { id: string; state: string }[];
    };
    expect(list.items[0]?.state).toBe('held');
    const { status } = await http.post(path(`/suspects/${list.items[0]?.id}/resolve`), {
      as: 'voided',
      reason: 'wrong wiring',
    });
    expect(status).toBe(200);
    await stage.worker.drain();
    await commitCounts(stage.ingest, 'billing', counts(point(4).no, MARCH + 4 * Q, [740]));
    await stage.worker.drain();
    expect(await usageOf(4)).toBe('400');
  });

  test('a transformer of another ratio counts from its moment on', async () => {
    await commitCounts(stage.ingest, 'billing', counts(point(5).no, MARCH, [0, 10, 20, 30, 40]));
    await stage.worker.drain();
    const declared = await http.post(path(`/points/${point(5).id}/epochs`), {
      kind: 'ratio',
      at: new Date(MARCH + 2.5 * Q).toISOString(),
      num: '800',
      den: '1',
      reason: 'transformer 400/5 mounted',
    });
    expect(declared.status).toBe(201);
    await stage.worker.drain();
    expect(await usageOf(5)).toBe(String(25 * 10 + 15 * 800));
    const epochs = await http.get(path(`/points/${point(5).id}/epochs`));
    expect(epochs.body).toMatchObject({
      items: [
        { kind: 'installed', automatic: true },
        { kind: 'ratio', opening: '25', closing: '25', num: '800', evidence: { counted: 'interpolated' } },
      ],
    });
  });

  test.each([
    ['no opening', { kind: 'reset' }, 'epoch_invalid'],
    ['a second unit', { kind: 'reset', opening: '0', unit: 'mL', num: '1' }, 'epoch_invalid'],
    ['a count beyond the end', { kind: 'reset', opening: '1000000' }, 'epoch_invalid'],
  ])('refuses an epoch with %s', async (_what, body, code) => {
    const at = new Date(MARCH + 3 * Q).toISOString();
    const answer = await http.post(path(`/points/${point(0).id}/epochs`), { ...body, at, reason: 'a test' });
    expect(answer).toMatchObject({ status: 422, body: { code } });
  });
});

test('the loss of a main meter against its sub-meters', async () => {
  const ground = await stage.site({ points: 3 });
  const meters: (string | undefined)[] = [];
  for (const [i, role] of (['main', 'sub', 'sub'] as const).entries()) {
    const { rows } = await stage.owner.query<{ id: string }>(
      `insert into meter (id, organisation_id, building_id, role, label, parent_meter_id)
       values (gen_random_uuid(), $1, $2, $3, $4, $5) returning id`,
      [ground.organisation, ground.building, role, `meter ${i}`, meters[0] ?? null],
    );
    meters.push(rows[0]?.id);
    await stage.owner.query('update point set meter_id = $2 where id = $1', [
      ground.points[i]?.id,
      rows[0]?.id,
    ]);
  }
  const line = (each: number) => Array.from({ length: 9 }, (_, i) => i * each);
  for (const [i, each] of [100, 60, 30].entries())
    await commitCounts(stage.ingest, 'billing', counts(ground.points[i]?.no ?? 0, MARCH, line(each)));
  await stage.worker.drain();
  const { status, body } = await http.get(
    `/${ground.organisation}/meters/${meters[0]}/loss?from=${time(MARCH)}&to=${time(MARCH + 8 * Q)}`,
  );
  expect(status).toBe(200);
  // 4 000 Wh, 2 400 and 1 200: 400 are missing, 120 at most can be explained.
  expect(body).toMatchObject({
    unit: 'Wh',
    main: { meter: meters[0], points: [ground.points[0]?.id], accuracyPpm: 10_000 },
    subs: [{ accuracyPpm: 10_000 }, { accuracyPpm: 10_000 }],
    hours: [
      { main: '4000', subs: '3600', loss: '400', band: '120', complete: true, verdict: 'loss' },
      { main: '4000', subs: '3600', loss: '400', verdict: 'loss' },
    ],
  });
  const loss = async (from: number) =>
    (
      await http.get(
        `/${ground.organisation}/meters/${meters[0]}/loss?from=${time(from)}&to=${time(from + 4 * Q)}`,
      )
    ).body;
  // Of the hour before anything was read nothing is known: that is no zero.
  expect(await loss(MARCH - 4 * Q)).toMatchObject({
    hours: [{ main: null, subs: null, loss: null, band: null, missing: 3, verdict: 'unknown' }],
  });
  // A sub-meter that was taken away before counts no more, and is not missed.
  await stage.owner.query(
    `insert into installation (id, organisation_id, point_id, meter_id, from_at, to_at) values (gen_random_uuid(), $1, $2, $3, $4, $5)`,
    [ground.organisation, ground.points[2]?.id, meters[2], new Date(MARCH - Q), new Date(MARCH + 4 * Q)],
  );
  await stage.owner.query('update meter set accuracy_ppm = 2000 where id = $1', [meters[0]]);
  expect(await loss(MARCH + 4 * Q)).toMatchObject({
    main: { accuracyPpm: 2_000 },
    hours: [{ main: '4000', subs: '2400', loss: '1600', missing: 0, complete: true, verdict: 'loss' }],
  });
});
