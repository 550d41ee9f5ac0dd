import {
  DAY,
  fill,
  type Ground,
  noteAll,
  openGround,
  percentile,
  QUARTER,
  round,
} from './metering-ground.ts';

// What a late reading costs, and a month of a thousand meters from nothing; beside them reading the same rows with
// nothing done to them, which is what no ledger could be faster than.

const METERS = 1_000;
const LATE = 200;
const BEGIN = Date.UTC(2026, 0, 1);
const MONTH = { from: BEGIN, to: BEGIN + 31 * DAY };

export async function run() {
  const ground = await openGround();
  try {
    const { points } = await ground.site(METERS);
    const numbers = points.map(({ no }) => no);
    await fill(ground.owner, 'billing', numbers, { ...MONTH, step: QUARTER });
    await ground.owner.query('vacuum analyze reading_billing');
    const readings = METERS * 31 * 96;
    const limitMs = await timed(() => readOnly(ground, numbers));
    await noteAll(ground, numbers, BEGIN);
    const monthMs = await timed(() => ground.worker.drain());
    await ground.owner.query('vacuum analyze usage_hour, usage_day, usage_point');
    const late = await lateReadings(ground, numbers);
    return {
      part: 'recompute',
      cases: [
        {
          name: 'a month of 1000 meters',
          unit: 'readings/s',
          value: Math.round((readings / monthMs) * 1_000),
          limit: Math.round((readings / limitMs) * 1_000),
          ratio: round(limitMs / monthMs),
          seconds: round(monthMs / 1_000, 1),
        },
        {
          name: 'one late reading',
          unit: 'ms',
          value: round(percentile(late, 0.5)),
          p95: round(percentile(late, 0.95)),
        },
      ],
    };
  } finally {
    await ground.stop();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The same rows packed by the same function, a hundred points a statement. */
async function readOnly({ owner }: Ground, points: readonly number[]): Promise<void> {
  for (let begin = 0; begin < points.length; begin += 100) {
    const part = points.slice(begin, begin + 100);
    await owner.query('select * from ledger_readings($1, $2, $3, 4)', [
      part,
      part.map(() => '-infinity'),
      part.map(() => 'infinity'),
    ]);
  }
}

/** From the commit of a reading in the middle of the month until its quarters stand. */
async function lateReadings(ground: Ground, points: readonly number[]): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < LATE; i += 1) {
    const at = new Date(BEGIN + (3 + (i % 25)) * DAY + 50 * QUARTER + 60_000 * (1 + (i % 10))).toISOString();
    const point = points[(i * 7) % points.length] ?? 0;
    await ground.ingest.query("select store_counters($1, $2, $3, '{0}', '{2}', '{1}', '{1}')", [
      [point],
      [at],
      [String(Math.floor((Date.parse(at) - BEGIN) / 90_000))],
    ]);
    await ground.ingest.query('select note_usage_dirty($1, $2, $2)', [[point], [at]]);
    times.push(await timed(() => ground.worker.turn()));
  }
  return times;
}
