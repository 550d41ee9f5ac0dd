import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUALITIES, unpackReadings } from '../../src/metering/packed.ts';
import { BILLABLE_SQL } from '../../src/readings/index.ts';
import { type MeteringStage, meteringStage } from '../support/metering-stage.ts';
import { commitCounts } from '../support/meters.ts';
import { type Row, store } from '../support/readings.ts';

const MINUTE = 60_000;
const Q = 15 * MINUTE;
const DAY = 96 * Q;
/** Midnight in Bangkok. */
const START = Date.UTC(2026, 2, 1, 17);

describe.each(['plain', 'timescale'] as const)('the ledger on %s', (layer) => {
  let stage: MeteringStage;
  beforeAll(async () => {
    stage = await meteringStage(layer);
  });
  afterAll(() => stage.stop());

  const counts = (point: number, values: readonly (number | null)[], from = START, step = Q) =>
    values.flatMap((count, i) =>
      count === null ? [] : [{ point, at: from + i * step, count: BigInt(count) }],
    );

  async function usage(point: number) {
    const { rows } = await stage.owner.query<{
      hour: string;
      quantity: bigint[];
      complete: number;
      revision: number;
    }>(
      `select to_char(hour at time zone 'UTC', 'DD HH24') as hour, quantity, complete, revision from usage_hour
        where point = $1 order by usage_hour.hour`,
      [point],
    );
    return rows.map(
      (r) => `${r.hour} ${r.quantity.map((q) => q ?? '.').join(' ')} /${r.complete} r${r.revision}`,
    );
  }
  const days = async (point: number) =>
    (
      await stage.owner.query(
        'select day::text as day, quantity::int, estimated::int, complete, quarters from usage_day where point = $1 order by 1',
        [point],
      )
    ).rows;

  test('a meter that people read counts in the unit of its list', async () => {
    const site = await stage.site({ points: 1 });
    const [point] = site.points.map(({ no }) => no);
    if (point === undefined) throw new Error('a point');
    await stage.owner.query("update point set register = null, unit = 'Wh' where no = $1", [point]);
    await commitCounts(stage.ingest, 'billing', counts(point, [70_000, 71_200], START, DAY));
    expect(await stage.worker.drain()).toMatchObject({ failed: 0 });
    expect(await days(point)).toEqual([
      { day: '2026-03-02', quantity: 1_200, estimated: 1_200, complete: 96, quarters: 96 },
    ]);
  });

  test('counts become quarters, hours and days; the first reading is the opening', async () => {
    const site = await stage.site({ points: 1 });
    const [point] = site.points.map(({ no }) => no);
    if (point === undefined) throw new Error('a point');
    await commitCounts(stage.ingest, 'billing', counts(point, [1_000, 1_010, 1_015, 1_030, 1_040, 1_041]));
    await commitCounts(stage.ingest, 'counter', counts(point, [1_010, 1_014, 1_015], START + Q, 5 * MINUTE));
    expect(await stage.worker.drain()).toMatchObject({ hours: 2, failed: 0 });
    expect(await usage(point)).toEqual(['01 17 100 50 150 100 /15 r1', '01 18 10 . . . /1 r1']);
    expect(await days(point)).toEqual([
      { day: '2026-03-02', quantity: 410, estimated: 0, complete: 5, quarters: 96 },
    ]);
    const { rows } = await stage.owner.query(
      'select kind, opening::int, num::int, unit, automatic, author from register_epoch where point = $1',
      [point],
    );
    expect(rows).toEqual([
      { kind: 'installed', opening: 1_000, num: 10, unit: 'Wh', automatic: true, author: 'system' },
    ]);
    expect(stage.problems).toEqual([]);
  });

  test('a late reading changes only what it touches, and what had been complete is kept as a revision', async () => {
    const site = await stage.site({ points: 1 });
    const point = site.points[0]?.no ?? 0;
    const all = counts(point, [0, 10, 20, 30, 40, 50, 60, 70, 80]);
    const late = { ...(all[5] as (typeof all)[number]), count: 55n };
    await commitCounts(
      stage.ingest,
      'billing',
      all.filter((_, i) => i !== 5),
    );
    await stage.worker.drain();
    expect((await usage(point))[1]).toBe('01 18 100 100 100 100 /15 r1');
    await commitCounts(stage.ingest, 'billing', [late]);
    expect(await stage.worker.drain()).toMatchObject({ changes: 1, hours: 1 });
    expect(await usage(point)).toEqual(['01 17 100 100 100 100 /15 r1', '01 18 150 50 100 100 /15 r2']);
    const { rows } = await stage.owner.query(
      'select revision, quantity::int[] from usage_revision where point = $1',
      [point],
    );
    expect(rows).toEqual([{ revision: 1, quantity: [100, 100, 100, 100] }]);
    // Told again, nothing differs.
    await commitCounts(stage.ingest, 'billing', [late]);
    expect(await stage.worker.drain()).toMatchObject({ changes: 1, hours: 0 });
  });

  test.each([
    // Midnight of each, in minutes after the hour of UTC.
    ['Asia/Bangkok', 0],
    ['Asia/Kathmandu', 15],
    ['Asia/Kolkata', 30],
    ['Pacific/Chatham', 15],
  ])('days of %s are their quarters, whatever of them is worked out anew', async (zone, minutes) => {
    const site = await stage.site({ points: 1, zone });
    const point = site.points[0]?.no ?? 0;
    const midnight = Temporal.ZonedDateTime.from(`2026-03-02T00:00[${zone}]`).epochMilliseconds;
    expect((midnight / MINUTE) % 60).toBe(minutes);
    const all = counts(
      point,
      Array.from({ length: 4 * 96 + 1 }, (_, i) => i * 10 + (i % 7)),
      midnight - DAY,
    );
    // A few at a time, the last days first, and late ones next to each midnight.
    const isNear = (i: number) => (i + 1) % 96 < 3;
    for (const turn of [
      (i: number) => !isNear(i) && i % 2 === 1,
      (i: number) => !isNear(i) && i % 2 === 0,
      (i: number) => isNear(i) && i > 192 && i !== 193,
      (i: number) => isNear(i) && i <= 192,
      (i: number) => i === 193,
    ]) {
      await commitCounts(
        stage.ingest,
        'billing',
        all.filter((_, i) => turn(i)),
      );
      await stage.worker.drain();
    }
    const expected = [-1, 0, 1, 2].map((day) => {
      const at = (time: number) => all.find((row) => row.at === time)?.count ?? 0n;
      return 10 * Number(at(midnight + (day + 1) * DAY) - at(midnight + day * DAY));
    });
    const amounts = async () => (await days(point)).map(({ quantity }) => quantity);
    expect(await amounts()).toEqual(expected);
    await stage.owner.query(
      "select note_usage_dirty(array[$1::int], array[$2::timestamptz], array['infinity'::timestamptz])",
      [point, new Date(midnight + 40 * MINUTE).toISOString()],
    );
    await stage.worker.drain();
    expect(await amounts()).toEqual(expected);
  });

  test('an earlier reading that comes late becomes the opening', async () => {
    const site = await stage.site({ points: 1 });
    const point = site.points[0]?.no ?? 0;
    await commitCounts(stage.ingest, 'billing', counts(point, [500, 510], START + DAY));
    await stage.worker.drain();
    await commitCounts(stage.ingest, 'billing', counts(point, [20], START));
    await stage.worker.drain();
    const { rows } = await stage.owner.query(
      'select opening::int, from_at = $2 as moved from register_epoch where point = $1',
      [point, new Date(START).toISOString()],
    );
    expect(rows).toEqual([{ opening: 20, moved: true }]);
    expect((await days(point)).map(({ quantity, estimated }) => [quantity, estimated])).toEqual([
      [4_800, 4_800],
      [100, 0],
    ]);
  });

  test('an unlogged reset bills nothing, is put to a person once, and freezes nothing', async () => {
    const site = await stage.site({ points: 1 });
    const point = site.points[0]?.no ?? 0;
    for (const value of [5_000, 5_010, 3, 13, 23, 33].entries()) {
      await commitCounts(stage.ingest, 'billing', counts(point, [value[1]], START + value[0] * Q));
      await stage.worker.drain();
    }
    expect(await usage(point)).toEqual(['01 17 100 . 100 100 /13 r1', '01 18 100 . . . /1 r1']);
    const { rows } = await stage.owner.query(
      'select kind, state, before_count::int as before, after_count::int as after, left_out from suspect where point = $1',
      [point],
    );
    expect(rows).toEqual([{ kind: 'drop', state: 'proposed', before: 5_010, after: 3, left_out: 0 }]);
    const told = await stage.owner.query(
      "select payload ->> 'state' as state from outbox where topic = 'meter.suspect' and key = $1 order by position",
      [site.points[0]?.id],
    );
    expect(told.rows).toEqual([{ state: 'proposed' }]);
  });

  test('a glitch that was put to a person is withdrawn when the line returns', async () => {
    const site = await stage.site({ points: 1 });
    const point = site.points[0]?.no ?? 0;
    for (const value of [5_000, 5_010, 0, 0, 0, 0, 5_060].entries()) {
      await commitCounts(stage.ingest, 'billing', counts(point, [value[1]], START + value[0] * Q));
      await stage.worker.drain();
    }
    // Revised: for a while two quarters had stood at nothing, confirmed by the zeros.
    expect(await usage(point)).toEqual(['01 17 100 100 100 100 /15 r2', '01 18 100 100 . . /3 r2']);
    const told = await stage.owner.query(
      "select payload ->> 'state' as state from outbox where topic = 'meter.suspect' and key = $1 order by position",
      [site.points[0]?.id],
    );
    expect(told.rows).toEqual([{ state: 'proposed' }, { state: 'withdrawn' }]);
  });

  test('a note is kept when the work on it fails, and one bad point keeps nobody waiting', async () => {
    const site = await stage.site({ points: 2 });
    const [good, bad] = site.points.map(({ no }) => no) as [number, number];
    await stage.owner.query(
      `create function break_one() returns trigger language plpgsql as
       $$ begin if new.point = ${bad} then raise exception 'broken on purpose'; end if; return new; end $$`,
    );
    await stage.owner.query(
      'create trigger break_one before insert on usage_hour for each row execute function break_one()',
    );
    try {
      await commitCounts(stage.ingest, 'billing', [...counts(good, [1, 2]), ...counts(bad, [1, 2])]);
      expect(await stage.worker.drain()).toMatchObject({ failed: 1 });
      expect(await usage(good)).toEqual(['01 17 10 . . . /1 r1']);
      const { rows } = await stage.owner.query('select attempts, error from usage_failure where point = $1', [
        bad,
      ]);
      expect(rows).toEqual([{ attempts: 1, error: 'broken on purpose' }]);
    } finally {
      await stage.owner.query('drop function break_one() cascade');
    }
    await stage.owner.query("update usage_failure set retry_at = now() - interval '1 second'");
    expect(await stage.worker.drain()).toMatchObject({ failed: 0, hours: 1 });
    expect(await usage(bad)).toEqual(['01 17 10 . . . /1 r1']);
    expect((await stage.owner.query('select from usage_failure')).rowCount).toBe(0);
    stage.problems.length = 0;
  });

  test('the ledger reads what people are shown: billing, counters, brackets, corrected', async () => {
    const site = await stage.site({ points: 1 });
    const { id, no: point } = site.points[0] ?? { id: '', no: 0 };
    const at = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();
    const billing = (minutes: number, value: number | null, bracket?: readonly [number, number]): Row => ({
      point,
      at: at(minutes),
      value,
      ...(bracket && { bracket: [at(bracket[0]), bracket[1]] }),
    });
    await store(stage.ingest, 'billing', [
      billing(0, 100),
      billing(15, 110, [14, 109]),
      billing(30, null, [29, 119]),
      billing(45, 130, [40, 126]),
      billing(60, 140),
    ]);
    await store(stage.ingest, 'counter', [
      ...[5, 10, 15, 20, 25, 30, 40].map((minutes) => ({
        point,
        at: at(minutes),
        value: 100 + minutes,
        quality: 5,
      })),
    ]);
    for (const [minutes, kind, count] of [
      [20, 'voided', null],
      [45, 'superseded', 131],
    ] as const) {
      await stage.owner.query(
        `insert into correction (id, organisation_id, point_id, point, at, kind, count, reason, author)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, 'a test', 'test')`,
        [site.organisation, id, point, at(minutes), kind, count],
      );
    }
    const { rows: shown } = await stage.app.query(BILLABLE_SQL, [[point], at(0), at(61), 0]);
    const { rows: read } = await stage.app.query('select * from ledger_readings($1, $2, $3, 2)', [
      [point],
      [at(0)],
      [at(61)],
    ]);
    const followed = unpackReadings(read[0]?.readings).map((r) => [
      r.at,
      r.count,
      QUALITIES.indexOf(r.quality),
    ]);
    expect(followed).toEqual(shown.map((r) => [r.at.epochMilliseconds, r.count, r.quality]));
    expect(followed.length).toBe(11);
    expect(read[0]).toMatchObject({ reach_back: true, reach_end: true });
    const { rows: middle } = await stage.app.query('select * from ledger_readings($1, $2, $3, 1)', [
      [point],
      [at(16)],
      [at(31)],
    ]);
    expect(middle[0]).toMatchObject({ reach_back: false, reach_end: false });
  });
});
