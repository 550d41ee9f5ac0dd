import type pg from 'pg';
import { startPostgres } from '../../scripts/stack/postgres.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { createIds } from '../src/kernel/ids.ts';
import { UsageWorker } from '../src/metering/usage.worker.ts';
import {
  createPool,
  Database,
  migrate,
  type Outbox,
  outboxStore,
  provision,
} from '../src/platform/db/index.ts';
import { queueSchema } from '../src/platform/queue/index.ts';
import { ENERGY, testProfiles } from '../test/support/meters.ts';
import { makeSite, type Site } from '../test/support/sites.ts';

const PASSWORDS = {
  owner: 'owner-of-the-bench',
  app: 'app-of-the-bench',
  worker: 'worker-of-the-bench',
  ingest: 'ingest-of-the-bench',
  readOnly: 'readonly-of-the-bench',
};

export const QUARTER = 15 * 60_000;
export const DAY = 96 * QUARTER;

export interface Ground {
  readonly urls: Awaited<ReturnType<typeof provision>>;
  readonly owner: pg.Pool;
  readonly ingest: pg.Pool;
  readonly worker: UsageWorker;
  site(points: number): Promise<Site>;
  stop(): Promise<void>;
}

/** A throw-away server that commits to its disk, the schema as it is, and the ledger's worker on it. */
export async function openGround(): Promise<Ground> {
  const server = await startPostgres({ settings: { fsync: 'on', full_page_writes: 'on', jit: 'off' } });
  const urls = await provision({ adminUrl: server.url, database: 'bench', passwords: PASSWORDS });
  await migrate({ url: urls.ownerUrl, parts: [queueSchema] });
  const pool = (url: string) => createPool({ url, setting: 'bench', size: 4 });
  const pools = {
    owner: pool(urls.ownerUrl),
    app: pool(urls.appUrl),
    worker: pool(urls.workerUrl),
    ingest: pool(urls.ingestUrl),
  };
  const ids = createIds(systemClock);
  const onHookError = (error: unknown) => {
    throw error;
  };
  const db = new Database<{ readonly outbox: Outbox }>({
    pool: pools.app,
    url: urls.appUrl,
    stores: { outbox: outboxStore({ ids }) },
    onHookError,
  });
  const everybody = new Database<unknown>({
    pool: pools.worker,
    url: urls.workerUrl,
    servesAll: true,
    stores: {},
    onHookError,
  });
  const worker = new UsageWorker({
    everybody,
    db,
    ids,
    clock: systemClock,
    profiles: testProfiles,
    onError: onHookError,
  });
  return {
    urls,
    owner: pools.owner,
    ingest: pools.ingest,
    worker,
    site: (points) => makeSite(pools.owner, { points, register: ENERGY }),
    async stop() {
      await worker.stop();
      await Promise.all(Object.values(pools).map((each) => each.end()));
      await server.stop();
    },
  };
}

/** Counts made in the database itself: what is measured is not how they came in. */
export async function fill(
  owner: pg.Pool,
  type: 'billing' | 'counter' | 'gauge',
  points: readonly number[],
  span: { readonly from: number; readonly to: number; readonly step: number },
): Promise<void> {
  const months = `select ensure_reading_partitions($1, array(select d::date from generate_series($2::timestamptz, $3::timestamptz + interval '1 month', '1 month') d))`;
  const range = [new Date(span.from).toISOString(), new Date(span.to - 1).toISOString()];
  await owner.query(months, [type, ...range]);
  const value = type === 'gauge' ? 'value' : 'count';
  await owner.query(
    `insert into reading_${type} (point, at, ${value}, quality, source, batch, sequence)
     select p, t, (extract(epoch from t - $2::timestamptz) / 90)::bigint, 0, 2, 1, 1
       from unnest($1::int[]) p, generate_series($2::timestamptz, $3::timestamptz, make_interval(secs => $4)) t
     on conflict do nothing`,
    [points, ...range, span.step / 1_000],
  );
}

export async function noteAll(ground: Ground, points: readonly number[], from: number): Promise<void> {
  await ground.ingest.query('select note_usage_dirty($1, $2, $3)', [
    points,
    points.map(() => new Date(from).toISOString()),
    points.map(() => 'infinity'),
  ]);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
