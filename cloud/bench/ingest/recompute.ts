import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BenchStage } from './stage.ts';

const PROGRAM = fileURLToPath(new URL('recompute-process.ts', import.meta.url));
/** Age of the oldest change that usage does not show yet, as the hub's own metric has it. */
const LAG = `select count(*)::int as waiting,
  coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float8 as seconds from usage_dirty`;
const COMPUTED = `select count(*)::int as hours, count(distinct point)::int as points from usage_hour`;
/** One count of the register is 10 Wh: what was used is what its counts span, to the watt-hour. */
const WRONG = `with counted as (
    select point, 10 * (max(count) - min(count)) as used from (
      select point, count from reading_counter union all select point, count from reading_billing) r
     where point in (select point from usage_point) group by point
  ), computed as (
    select point, sum(q) as used from usage_hour cross join lateral unnest(quantity) q group by point
  )
  select count(*)::int as points from counted c left join computed u using (point)
   where u.used is distinct from c.used`;

export type Recompute = Awaited<ReturnType<typeof startRecompute>>;

/** Recompute runs beside what is measured, in a process of its own. */
export async function startRecompute({ admin, urls }: BenchStage) {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', PROGRAM, urls.appUrl, urls.workerUrl],
    { stdio: ['pipe', 'inherit', 'inherit'] },
  );
  const look = async () => {
    const { rows } = await admin.query<{ waiting: number; seconds: number }>(LAG);
    return rows[0] ?? { waiting: 0, seconds: 0 };
  };
  return {
    /** How old the oldest change is that waits at this moment. */
    lag: async (): Promise<number> => round1((await look()).seconds),
    /** Waits until everything that came in is worked out, and looks whether it is right. */
    async caughtUp() {
      const since = performance.now();
      while ((await look()).waiting > 0) await sleep(100);
      const caughtUpSeconds = round1((performance.now() - since) / 1_000);
      const { rows: wrong } = await admin.query<{ points: number }>(WRONG);
      if (wrong[0]?.points !== 0) throw new Error(`usage of ${wrong[0]?.points} points is wrong`);
      const { rows } = await admin.query<{ hours: number; points: number }>(COMPUTED);
      return { caughtUpSeconds, hoursComputed: rows[0]?.hours, points: rows[0]?.points };
    },
    async stop(): Promise<void> {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

const round1 = (value: number): number => Math.round(value * 10) / 10;
