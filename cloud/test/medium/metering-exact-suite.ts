import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consume } from '../../src/metering/domain/consume.ts';
import { quarterCeil, quarterFloor } from '../../src/metering/domain/dirty.ts';
import type { Epoch } from '../../src/metering/domain/epoch.ts';
import type { CountReading } from '../../src/metering/domain/reading.ts';
import { type MeteringStage, meteringStage } from '../support/metering-stage.ts';
import { type Count, commitCounts, ENERGY, THIRDS } from '../support/meters.ts';
import {
  chance,
  DAY,
  isUnlogged,
  STORIES,
  type TrueMeter,
  trueMeter,
  UNLOGGED,
} from '../support/true-meter.ts';

const START = Date.UTC(2026, 0, 1);
const UNSTEADY = 4;

interface Told extends TrueMeter {
  readonly point: number;
  readonly id: string;
  readonly den: bigint;
}

/** What stands in the end, to be the same on every layer; filled when the tests have run. */
interface Shown {
  /** Of quarter hours, days, epochs and suspects. */
  digest?: string;
  /** How many rows that were. */
  rows?: number;
}

/**
 * All stories of a meter on a real database; each day is one commit, and the ledger follows every few days. To each ten
 * meters comes one that is reset again and again while nobody notes it.
 */
export function describeExactness(
  layer: 'plain' | 'timescale',
  meters: number,
  days: number,
  first = 1,
): Shown {
  const shown: Shown = {};
  describe(`${meters} meters over ${days} days on ${layer}, from the ${first}. on`, () => {
    let stage: MeteringStage;
    let told: readonly Told[] = [];

    beforeAll(async () => {
      stage = await meteringStage(layer);
      told = await meet(stage, meters, days, first);
      await live(stage, told, days);
    }, 3_000_000);
    afterAll(async () => {
      // A thousand meters of sixty days would stay in memory, a description after the other.
      told = [];
      await stage.stop();
    });

    test('what was billed is what passed, to the last watt-hour', async () => {
      const { rows } = await stage.owner.query<{ point: number; sum: bigint }>(
        'select point, sum(q)::bigint as sum from usage_hour, unnest(quantity) q group by point',
      );
      const sums = new Map(rows.map(({ point, sum }) => [point, sum]));
      const wrong = told.filter((meter) => sums.get(meter.point) !== billed(meter));
      expect(wrong.map(({ story, point }) => ({ story, point, billed: sums.get(point) }))).toEqual([]);
    });

    test('each quarter hour and each day is what everything worked out at once gives', async () => {
      const epochs = await epochsOf(stage);
      const { rows } = await stage.owner.query<{ point: number; quarters: string }>(QUARTERS);
      const stored = new Map(rows.map(({ point, quarters }) => [point, quarters]));
      const different = told.flatMap((meter) =>
        firstDifference(stored.get(meter.point) ?? '', whole(meter, epochs.get(meter.point) ?? [], days)),
      );
      expect(different).toEqual([]);
      expect(rows.reduce((sum, { quarters }) => sum + quarters.split(' ').length, 0)).toBeGreaterThan(
        meters * days * 90,
      );
      expect((await stage.owner.query(DAYS_DIFFER)).rows).toEqual([]);
    });

    test('glitches are all listed, and nothing waits for a person that nobody need look at', async () => {
      const { rows } = await stage.owner.query<{ point: number; state: string; count: number }>(
        "select point, state, count(*)::int from suspect where state <> 'withdrawn' group by 1, 2",
      );
      const unlogged = new Set(told.filter(({ story }) => isUnlogged(story)).map(({ point }) => point));
      const asked = rows.filter(({ state }) => state === 'held' || state === 'proposed');
      expect(asked.filter(({ point }) => !unlogged.has(point))).toEqual([]);
      const listed = new Set(rows.filter(({ state }) => state === 'discarded').map(({ point }) => point));
      const slipped = told.filter(({ readings }) => readings.some(({ quality }) => quality !== 0));
      expect(slipped.filter(({ point }) => !listed.has(point)).map(({ point }) => point)).toEqual([]);
      expect(stage.problems).toEqual([]);
    });

    test('resets that nobody noted are each put to a person, bill nothing, and hold up nothing after them', async () => {
      const unlogged = told.filter(({ story }) => isUnlogged(story));
      const { rows } = await stage.owner.query<{ point: number; listed: string; last: number }>(
        UNLOGGED_SQL,
        [unlogged.map(({ point }) => point)],
      );
      expect(rows.length).toBe(Math.ceil(meters / 10));
      const byPoint = new Map(rows.map((row) => [row.point, row]));
      for (const { point, breaks, readings } of unlogged) {
        expect(breaks).toHaveLength(3);
        const listed = breaks.map(({ before, after }) => `proposed ${before} ${after}`).join();
        expect(byPoint.get(point)).toMatchObject({ listed, last: quarterFloor(readings.at(-1)?.at ?? 0) });
      }
    });

    test('and all of it can be told in one word', async () => {
      const { rows } = await stage.owner.query(EVERYTHING);
      shown.rows = rows.length;
      shown.digest = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
      expect(rows.length).toBeGreaterThan(meters * days * 24);
    });
  });
  return shown;
}

async function meet(
  stage: MeteringStage,
  meters: number,
  days: number,
  first: number,
): Promise<readonly Told[]> {
  // One in eleven of them is of those whose resets nobody notes.
  const all = meters + Math.ceil(meters / 10);
  const tens = await stage.site({ points: Math.ceil(all * 0.7), register: ENERGY });
  const thirds = await stage.site({ points: Math.floor(all * 0.3), register: THIRDS });
  const points = [
    ...tens.points.map((point) => ({ ...point, den: 1n })),
    ...thirds.points.map((point) => ({ ...point, den: 3n })),
  ];
  return points.map(({ no, id, den }, i) => {
    const story = storyOf(i);
    return { ...trueMeter(story, 7_919 * (first + i), START, days), point: no, id, den };
  });
}

/** Ten that can be billed in full, and one that cannot, in turns. */
const storyOf = (i: number) =>
  STORIES[i % (STORIES.length + 1)] ??
  UNLOGGED[Math.floor(i / (STORIES.length + 1)) % UNLOGGED.length] ??
  'unlogged';

/** Day after day: what came in on time, what is late, what is told twice, and what was shuffled over all days. */
async function live(stage: MeteringStage, told: readonly Told[], days: number): Promise<void> {
  const random = chance(11);
  const arrivals = Array.from({ length: days + 25 }, (): Count[] => []);
  for (const { point, readings, arrives } of told) {
    for (const { at, count, quality, lateDays, twice } of readings) {
      const day = Math.floor((at - START) / DAY);
      const place = arrives === 'shuffled' ? Math.floor(random() * days) : day + lateDays;
      const row = { point, at, count, quality };
      arrivals[Math.min(place, arrivals.length - 1)]?.push(row);
      if (twice) arrivals[Math.min(place + Math.floor(random() * 3), arrivals.length - 1)]?.push(row);
    }
  }
  for (const [day, rows] of arrivals.entries()) {
    const fresh = [...new Map(rows.map((row) => [`${row.point} ${row.at}`, row])).values()];
    for (let begin = 0; begin < fresh.length; begin += 10_000)
      await commitCounts(stage.ingest, 'billing', fresh.slice(begin, begin + 10_000));
    if (day === Math.floor(days / 2)) await declare(stage, told);
    if (day % 12 === 11) await stage.worker.drain();
  }
  await stage.worker.drain();
}

/** Somebody enters what a technician noted: some of it before the readings are in, some after. */
async function declare(stage: MeteringStage, told: readonly Told[]): Promise<void> {
  for (const { point, id, events, den } of told) {
    for (const { kind, at, closing, opening } of events) {
      const time = new Date(at).toISOString();
      await stage.owner.query(
        `insert into register_epoch (id, organisation_id, point_id, point, from_at, kind, opening, closing, modulus, num, den,
           unit, max_per_hour, gap_ms, author, created_at)
         select gen_random_uuid(), organisation_id, $2, $1, $3, $4, $5, $6, 1000000, 10, $7, 'Wh', 20000, 2700000, 'test', now()
           from point where no = $1`,
        [point, id, time, kind, String(opening), String(closing), String(den)],
      );
      await stage.ingest.query(
        "select note_usage_dirty(array[$1::int], array[$2::timestamptz], array['infinity'::timestamptz])",
        [point, time],
      );
    }
  }
}

async function epochsOf(stage: MeteringStage): Promise<Map<number, Epoch[]>> {
  const { rows } = await stage.owner.query(
    `select point, kind, (extract(epoch from from_at) * 1000)::float8 as "from", opening, closing, modulus, num, den,
       max_per_hour as "maxPerHour", gap_ms as "gapMs" from register_epoch where superseded_at is null order by point, from_at`,
  );
  const epochs = rows.map(
    (row) => ({ ...row, closing: row.closing ?? undefined }) as Epoch & { point: number },
  );
  return Map.groupBy(epochs, ({ point }) => point);
}

/** The truth: what passed, cut at the technician's visits; each part in whole watt-hours, rounded down once. */
function billed(meter: Told): bigint {
  if (isUnlogged(meter.story)) return billedBetween(meter);
  const { passed, events, den } = meter;
  const parts = events.map((event) => event.passed);
  const last = parts.reduce((left, part) => left - part, passed);
  return [...parts, last].reduce((sum, counts) => sum + (counts * 10n) / den, 0n);
}

/** Of a meter that nobody knows to have been reset: what each unbroken line shows, by the epoch of the first count. */
function billedBetween({ readings, breaks, den }: Told): bigint {
  const [opening, end] = [readings[0]?.count ?? 0n, readings.at(-1)?.count ?? 0n];
  const until = [...breaks.map(({ before }) => before), end];
  const lines = [opening, ...breaks.map(({ after }) => after)].map(
    (from, i) => [from, until[i] ?? end] as const,
  );
  const quantity = (count: bigint) => floorOf((count - opening) * 10n, den);
  return lines.reduce((sum, [from, to]) => sum + quantity(to) - quantity(from), 0n);
}

const floorOf = (value: bigint, by: bigint): bigint => (value - (((value % by) + by) % by)) / by;

/** Straight from the truth's readings, without database or worker, written as QUARTERS writes them. */
function whole(meter: Told, epochs: readonly Epoch[], days: number): string {
  const readings = meter.readings.map(
    ({ at, count, quality }): CountReading => ({
      at,
      count,
      quality: quality === UNSTEADY ? 'unsteady' : 'good',
    }),
  );
  const window = { from: quarterFloor(START - DAY), to: quarterCeil(START + (days + 2) * DAY) };
  return consume(readings, epochs, window)
    .quarters.map(({ at, quantity, estimated, complete }) => `${at}:${quantity}:${estimated}:${complete}`)
    .join(' ');
}

function firstDifference(stored: string, expected: string): readonly object[] {
  if (stored === expected) return [];
  const [have, want] = [stored.split(' '), expected.split(' ')];
  const place = want.findIndex((quarter, i) => quarter !== have[i]);
  return [{ have: have[place], want: want[place], counts: [have.length, want.length] }];
}

const QUARTERS = `select point, string_agg(concat((extract(epoch from hour) * 1000)::bigint + (u.place - 1) * 900000, ':', u.q,
    ':', u.e, ':', case when (complete >> (u.place - 1)::int) & 1 = 1 then 'true' else 'false' end), ' '
    order by hour, u.place) as quarters
  from usage_hour, unnest(quantity, estimated) with ordinality u (q, e, place) where u.q is not null group by point`;

/** By the database itself, for a zone without changing clocks: midnight in Bangkok is 17:00 UTC. */
const DAYS_DIFFER = `with summed as (
    select point, ((hour + (place - 1) * interval '15 minutes') at time zone 'Asia/Bangkok')::date as day,
           sum(q)::bigint as quantity, sum(e)::bigint as estimated, sum((complete >> (place - 1)::int) & 1)::int as complete
      from usage_hour, unnest(quantity, estimated) with ordinality u (q, e, place) where q is not null group by 1, 2)
  select * from summed s full join usage_day d using (point, day)
   where (s.quantity, s.estimated, s.complete) is distinct from (d.quantity, d.estimated, d.complete::int) limit 5`;

const UNLOGGED_SQL = `select point, last, string_agg(concat(state, ' ', before_count, ' ', after_count), ',' order by from_at) as listed
  from suspect join (
    select point, max(extract(epoch from hour) * 1000 + (place - 1) * 900000)::float8 as last
      from usage_hour, unnest(quantity) with ordinality u (q, place) where q is not null group by point) u using (point)
 where point = any ($1) and state <> 'withdrawn' group by point, last`;

/** Without what differs from run to run: ids, and when it was worked out. */
const EVERYTHING = `select 'hour' as what, point, hour::text as at, concat_ws(' ', quantity, estimated, complete) as told from usage_hour
  union all select 'day', point, day::text, concat_ws(' ', quantity, estimated, complete) from usage_day
  union all select 'epoch', point, from_at::text, concat_ws(' ', kind, opening, closing, num, den)
    from register_epoch where superseded_at is null
  union all select 'suspect', point, from_at::text, concat_ws(' ', kind, state, since_at, before_count, after_count, left_out)
    from suspect where state <> 'withdrawn'
  order by 1, 2, 3, 4`;
