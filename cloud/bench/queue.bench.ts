import { createPostgresBackend, Queue, type QueueOptions, Worker, type WorkerOptions } from 'bullmq';
import pg from 'pg';
import { z } from 'zod';
import { startPostgres } from '../../scripts/stack/postgres.ts';
import { startRedis } from '../../scripts/stack/redis.ts';
import { systemClock } from '../src/kernel/clock.ts';
import type { QueueBackendSettings } from '../src/platform/queue/backend.ts';
import { defineJob, handleJob, JobQueue, JobRegistry } from '../src/platform/queue/index.ts';
import { migrateQueue } from '../src/platform/queue/migrations.ts';

// Jobs per second, ours beside BullMQ's own API on the same server in the same run (`limit`); ours carries the
// registry, the schema check on both sides and the time limit.

const CONCURRENCY = 16;
const ADDERS = 32;
const CHUNK = 500;
const ROUNDS = 3;
/** Adding takes turns within a round as well: a neighbour's load of a second must not fall on one of the two. */
const SLICES = 5;
/** As many connections as ours keeps: more of them are slower, fewer as well. */
const POOL = { producer: 8, worker: 9 } as const;
/** What ours tells BullMQ of its events and jobs, so that both leave the same behind. */
const EVENTS = { events: { maxLen: 100 } };
const JOB = { delay: 0, priority: 0, removeOnComplete: false, removeOnFail: false, stackTraceLimit: 2 };
const SIZES = { postgres: 3_000, redis: 15_000 } as const;

interface Contender {
  add(count: number, turn: string): Promise<void>;
  addMany(count: number, turn: string): Promise<void>;
  /** Runs all that waits, from the start of a worker until `count` handlers have run and all of it is stored. */
  process(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Case {
  readonly name: string;
  readonly unit: 'jobs/s';
  readonly value: number;
  readonly limit: number;
  readonly ratio: number;
}

const input = z.strictObject({ point: z.string(), hour: z.int() });
const dataOf = (n: number) => ({ point: '0199e3a4-7c00-7000-8000-000000000000', hour: n });

export async function run(): Promise<{ part: string; cases: readonly Case[] }> {
  // Throw-away servers skip the disk by default; a queue is measured with its commits.
  const postgres = await startPostgres({ settings: { fsync: 'on', full_page_writes: 'on' } });
  const redis = await startRedis();
  try {
    await migrate(postgres.url);
    const cases = [
      ...(await compare({ kind: 'postgres', url: postgres.url })),
      ...(await compare({ kind: 'redis', url: redis.url })),
    ];
    return { part: 'queue', cases };
  } finally {
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}

async function compare(backend: QueueBackendSettings): Promise<readonly Case[]> {
  const size = SIZES[backend.kind];
  const contenders = { ours: await ours(backend), raw: await raw(backend) };
  const rates = { add: [] as Pair[], addMany: [] as Pair[], process: [] as Pair[] };
  // The first round warms both up and is thrown away; within a round they take turns on the same server.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const slice = size / SLICES;
    const add = await turns(contenders, SLICES, round, (who, turn) => who.add(slice, turn));
    const process = await turns(contenders, 1, round, (who) => who.process(size));
    const addMany = await turns(contenders, SLICES, round, (who, turn) => who.addMany(slice, turn));
    await turns(contenders, 1, round, (who) => who.process(size));
    if (round === 0) continue;
    for (const [step, ms] of Object.entries({ add, process, addMany }))
      rates[step as keyof typeof rates].push({ ours: (size / ms.ours) * 1000, raw: (size / ms.raw) * 1000 });
  }
  await contenders.ours.close();
  await contenders.raw.close();
  return (['add', 'addMany', 'process'] as const).map((step) =>
    caseOf(`${backend.kind} ${step}`, rates[step]),
  );
}

interface Pair {
  readonly ours: number;
  readonly raw: number;
}

/** Milliseconds that each took in all its turns; who begins changes from turn to turn. */
async function turns(
  contenders: { readonly ours: Contender; readonly raw: Contender },
  count: number,
  round: number,
  step: (who: Contender, turn: string) => Promise<void>,
): Promise<Pair> {
  const ms = { ours: 0, raw: 0 };
  for (let turn = 0; turn < count; turn += 1) {
    const oursFirst = (round + turn) % 2 === 0;
    for (const name of oursFirst ? (['ours', 'raw'] as const) : (['raw', 'ours'] as const)) {
      const begin = performance.now();
      await step(contenders[name], `${round}-${turn}`);
      ms[name] += performance.now() - begin;
    }
  }
  return ms;
}

function caseOf(name: string, pairs: readonly Pair[]): Case {
  const value = median(pairs.map((pair) => pair.ours));
  const limit = median(pairs.map((pair) => pair.raw));
  return {
    name,
    unit: 'jobs/s',
    value: Math.round(value),
    limit: Math.round(limit),
    ratio: round2(value / limit),
  };
}

async function ours(backend: QueueBackendSettings): Promise<Contender> {
  const job = defineJob({ name: 'recompute', queue: 'ours', input, concurrency: CONCURRENCY });
  const done = counter();
  const make = () => {
    const handlers = [handleJob(job, async () => done.tick())];
    const registry = new JobRegistry().add({ jobs: [job], handlers });
    return new JobQueue({ backend, registry, clock: systemClock, timeoutMs: 60_000 });
  };
  const producer = make();
  await producer.start({ work: false });
  return {
    add: (count, turn) =>
      inParallel(count, async (n) => {
        await producer.enqueue(job, dataOf(n), { id: `${turn}-${n}` });
      }),
    addMany: (count, turn) =>
      inChunks(count, async (numbers) => {
        await producer.enqueueMany(
          job,
          numbers.map((n) => ({ input: dataOf(n), options: { id: `many-${turn}-${n}` } })),
        );
      }),
    process: async (count) => {
      const worker = make();
      const all = done.until(count);
      await worker.start({ work: true });
      await all;
      await worker.stop({ graceMs: 5_000 });
    },
    close: () => producer.stop({ graceMs: 0 }),
  };
}

async function raw(backend: QueueBackendSettings): Promise<Contender> {
  const done = counter();
  const factory = (backend.kind === 'postgres' ? createPostgresBackend : undefined) as undefined;
  const connect = (use: keyof typeof POOL) => {
    const pool = backend.kind === 'postgres' ? new pg.Pool(poolConfig(backend.url, POOL[use])) : undefined;
    const connection = pool ?? { url: backend.url, maxRetriesPerRequest: null };
    return { connection: connection as QueueOptions['connection'], end: async () => pool?.end() };
  };
  const producer = connect('producer');
  const queue = new Queue('raw', { connection: producer.connection, streams: EVENTS }, factory);
  await queue.waitUntilReady();
  const options = (id: string) => ({
    ...JOB,
    jobId: id,
    attempts: 5,
    backoff: { type: 'exponential', delay: 1_000 },
  });
  return {
    add: (count, turn) =>
      inParallel(count, async (n) => {
        await queue.add('recompute', dataOf(n), options(`j-${turn}-${n}`));
      }),
    addMany: (count, turn) =>
      inChunks(count, async (numbers) => {
        await queue.addBulk(
          numbers.map((n) => ({ name: 'recompute', data: dataOf(n), opts: options(`m-${turn}-${n}`) })),
        );
      }),
    process: async (count) => {
      const all = done.until(count);
      const { connection, end } = connect('worker');
      const workerOptions: WorkerOptions = { connection, concurrency: CONCURRENCY };
      const worker = new Worker('raw', async () => done.tick(), workerOptions, factory);
      await all;
      await worker.close();
      await end();
    },
    close: async () => {
      await queue.close();
      await producer.end();
    },
  };
}

function poolConfig(url: string, max: number): pg.PoolConfig {
  return { connectionString: url, max, keepAlive: true, options: '-c search_path=bullmq' };
}

async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await migrateQueue(client);
  await client.end();
}

function counter(): { tick(): void; until(count: number): Promise<void> } {
  let left = 0;
  let reached = () => {};
  return {
    tick: () => {
      left -= 1;
      if (left === 0) reached();
    },
    until: (count) =>
      new Promise((resolve) => {
        left = count;
        reached = resolve;
      }),
  };
}

async function inParallel(count: number, each: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const adder = async () => {
    for (let n = next++; n < count; n = next++) await each(n);
  };
  await Promise.all(Array.from({ length: ADDERS }, adder));
}

async function inChunks(count: number, each: (numbers: readonly number[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < count; start += CHUNK) {
    await each(Array.from({ length: Math.min(CHUNK, count - start) }, (_, index) => start + index));
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
