import type pg from 'pg';
import { COUNT_REFUSALS } from '../commit.sql.ts';
import { instant } from '../instant.ts';
import type { RefusalCount } from './refusal-tally.ts';

/** Beside what was refused behind the door: one place tells all of it. */
export async function countRefusals(
  pool: pg.Pool,
  counts: readonly RefusalCount[],
  now: number,
): Promise<void> {
  await pool.query(COUNT_REFUSALS, [
    counts.map(({ gateway }) => gateway),
    counts.map(({ reason }) => reason),
    counts.map(({ count }) => count),
    instant(now),
  ]);
}
