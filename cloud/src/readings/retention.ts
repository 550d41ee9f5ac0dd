import type { Temporal } from 'temporal-polyfill';
import type { Clock } from '../kernel/clock.ts';
import { ALL_ORGANISATIONS, type Database, errorCode } from '../platform/db/index.ts';
import { cutoffOf, READING_CLASSES, type ReadingClass, type Retention } from './domain/retention.ts';
import { DELETE_BATCHES_SQL, DROP_SQL, PARTITIONS_SQL } from './readings.sql.ts';

/** A partition or a chunk, whichever this database has. */
export interface Partition {
  readonly class: ReadingClass;
  readonly name: string;
  readonly fromAt: Temporal.Instant;
  /** Half-open. */
  readonly toAt: Temporal.Instant;
  readonly bytes: bigint;
}

export interface RetentionOptions {
  /** Of meterline_worker: nobody else may. */
  readonly everybody: Database;
  readonly keep: Retention;
  readonly clock: Clock;
}

export interface Expired {
  readonly class: ReadingClass;
  readonly cutoff: Temporal.Instant;
  readonly dropped: readonly string[];
  /** Batches whose readings have gone, and rows that had no certain time. */
  readonly rows: number;
  /** Somebody was reading or writing what should go: it goes the next time. */
  readonly busy: boolean;
}

const WORKER = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'retention' } };
const ROWS_A_TURN = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';

export function partitions(everybody: Database): Promise<readonly Partition[]> {
  return everybody.transaction({ ...WORKER, readOnly: true }, async (tx) => {
    const { rows } = await tx.query<Partition & Record<string, unknown>>(PARTITIONS_SQL);
    return rows;
  });
}

/** What would go now: for looking before it does. */
export async function expiring({ everybody, keep, clock }: RetentionOptions): Promise<readonly Partition[]> {
  const now = clock.now();
  const all = await partitions(everybody);
  return all.filter(
    ({ class: type, toAt }) => toAt.epochNanoseconds <= cutoffOf(type, keep, now).epochNanoseconds,
  );
}

/** Each partition in a transaction of its own: stopped anywhere, what is done is done. */
export async function expireReadings(
  options: RetentionOptions,
  signal: AbortSignal,
): Promise<readonly Expired[]> {
  const now = options.clock.now();
  const done: Expired[] = [];
  for (const type of READING_CLASSES) {
    const cutoff = cutoffOf(type, options.keep, now);
    const { dropped, busy } = await dropPartitions(options.everybody, type, cutoff, signal);
    const rows = await deleteRows(options.everybody, type, cutoff, signal);
    done.push({ class: type, cutoff, dropped, rows, busy });
  }
  return done;
}

async function dropPartitions(
  everybody: Database,
  type: ReadingClass,
  cutoff: Temporal.Instant,
  signal: AbortSignal,
) {
  const dropped: string[] = [];
  try {
    while (!signal.aborted) {
      const name = await everybody.transaction(WORKER, async (tx) => {
        const { rows } = await tx.query<{ name: string | null }>(DROP_SQL, [type, cutoff]);
        return rows[0]?.name ?? null;
      });
      if (name === null) break;
      dropped.push(name);
    }
    return { dropped, busy: false };
  } catch (error) {
    if (errorCode(error) !== LOCK_NOT_AVAILABLE) throw error;
    return { dropped, busy: true };
  }
}

async function deleteRows(
  everybody: Database,
  type: ReadingClass,
  cutoff: Temporal.Instant,
  signal: AbortSignal,
): Promise<number> {
  for (let deleted = 0; ; ) {
    if (signal.aborted) return deleted;
    const count = await everybody.transaction(WORKER, async (tx) => {
      const { rows } = await tx.query<{ count: bigint }>(DELETE_BATCHES_SQL, [type, cutoff, ROWS_A_TURN]);
      return Number(rows[0]?.count ?? 0n);
    });
    deleted += count;
    if (count === 0) return deleted;
  }
}
