import pg from 'pg';
import { measureFairness } from './ingest/fairness.ts';
import { measurePeer } from './ingest/peer.ts';
import { type Load, preparePublishers } from './ingest/publish.ts';
import { startRecompute } from './ingest/recompute.ts';
import { type BenchGateway, type BenchStage, openStage } from './ingest/stage.ts';

// Readings a second from the first publish to the last PUBACK, which comes after the commit: 50 gateways, 20 messages
// in flight each, through the embedded broker, sealed beforehand. `limit`: the same table, indexes and connections fed
// by arrays that were built beforehand. `peer`: mosquitto, one mqtt.js subscriber, one INSERT a message.

const GATEWAYS = 50;
const WINDOW = 20;
const ROUNDS = 3;
const POINTS = 20;
const LIMIT_ROWS = 5_000;
const SIZES = {
  batched: { messages: 120, rows: 100 },
  single: { messages: 300, rows: 1 },
  simple: { messages: 600, rows: 1 },
};

export async function run(): Promise<{ part: string; cases: readonly object[]; peer: object }> {
  const stage = await openStage();
  try {
    const recompute = await startRecompute(stage);
    const signed = await gatewaysOf(stage, 'signed');
    const simple = await gatewaysOf(stage, 'simple');
    const start = await warm(stage, signed);
    const batched: number[] = [];
    const limit: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const ours = await measure(
        stage,
        signed.map((gateway) => sealedLoad(gateway, SIZES.batched, start)),
        SIZES.batched,
      );
      const theirs = await measureLimit(stage, GATEWAYS * SIZES.batched.messages * SIZES.batched.rows);
      if (round === 0) {
        await recompute.follow();
        continue;
      }
      batched.push(ours);
      limit.push(theirs);
    }
    const single: number[] = [];
    const unsigned: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const one = await measure(
        stage,
        signed.map((gateway) => sealedLoad(gateway, SIZES.single, start)),
        SIZES.single,
      );
      const other = await measure(
        stage,
        simple.map((gateway) => simpleLoad(gateway, start)),
        SIZES.simple,
      );
      if (round === 0) continue;
      single.push(one);
      unsigned.push(other);
    }
    await verify(stage);
    const lagSeconds = await recompute.lag();
    const { rows } = await stage.admin.query<{ hours: number }>(
      'select count(*)::int as hours from usage_hour',
    );
    recompute.stop();
    const fairness = await measureFairness(stage);
    const peer = await measurePeer(stage.urls.ownerUrl);
    const [value, most] = [median(batched), median(limit)];
    return {
      part: 'ingest',
      cases: [
        { name: 'batched', unit: 'readings/s', value, limit: most, ratio: round2(value / most) },
        { name: 'single-signed', unit: 'readings/s', value: median(single) },
        { name: 'single-unsigned', unit: 'readings/s', value: median(unsigned) },
        fairness,
        { name: 'recompute beside it', unit: 's', value: lagSeconds, hours: rows[0]?.hours },
      ],
      peer: { ...peer, ratio: round2(value / peer.value) },
    };
  } finally {
    await stage.close();
  }
}

async function gatewaysOf(stage: BenchStage, kind: 'signed' | 'simple'): Promise<BenchGateway[]> {
  const gateways: BenchGateway[] = [];
  for (let n = 0; n < GATEWAYS; n += 1) gateways.push(await stage.addGateway(`${kind} ${n}`, kind));
  return gateways;
}

/** Journals begin, points are known, the clock of the loads is set. */
async function warm(stage: BenchStage, gateways: readonly BenchGateway[]): Promise<{ at: number }> {
  const now = Date.now();
  await Promise.all(
    gateways.map((gateway) => {
      const { payload } = gateway.start(now);
      return stage.pipeline.message({ gateway: gateway.id, topic: gateway.topic, payload, receivedAt: now });
    }),
  );
  // Every load goes on where the one before ended: no reading comes twice.
  return { at: now - 14 * 24 * 3_600_000 };
}

const clocks = new WeakMap<BenchGateway, number>();

/** The next instant of a gateway's points. */
function tick(gateway: BenchGateway, start: { at: number }): number {
  const next = (clocks.get(gateway) ?? start.at) + 1_000;
  clocks.set(gateway, next);
  return next;
}

/** 10 Wh every ten seconds: 3.6 kW, which a ledger believes. */
const countAt = (time: number): number => Math.floor(time / 10_000);

function sealedLoad(
  gateway: BenchGateway,
  size: { messages: number; rows: number },
  start: { at: number },
): Load {
  const sealed = Date.now();
  const payloads = Array.from({ length: size.messages }, () => {
    const rows = Array.from({ length: Math.ceil(size.rows / POINTS) }, () => tick(gateway, start)).flatMap(
      (time) =>
        Array.from({ length: Math.min(size.rows, POINTS) }, (_, n) => ({
          point: gateway.point(n),
          time,
          count: time,
        })),
    );
    return gateway.counters(rows, sealed).payload;
  });
  return { user: gateway.id, password: gateway.token, topic: gateway.topic, payloads };
}

function simpleLoad(gateway: BenchGateway, start: { at: number }): Load {
  const topic = gateway.topic.replace('up/readings', 'up/simple');
  const payloads = Array.from({ length: SIZES.simple.messages }, () => {
    const at = tick(gateway, start);
    return Buffer.from(JSON.stringify({ point: gateway.point(1), at, count: String(countAt(at)) }));
  });
  return { user: gateway.id, password: gateway.token, topic, payloads };
}

async function measure(
  stage: BenchStage,
  loads: readonly Load[],
  size: { messages: number; rows: number },
): Promise<number> {
  const { plain = 0 } = stage.door.ports;
  const publishers = await preparePublishers(plain, loads, WINDOW);
  const ms = await publishers.run();
  return (loads.length * size.messages * size.rows * 1_000) / ms;
}

/** Two connections, arrays of the size of a commit. */
async function measureLimit(stage: BenchStage, total: number): Promise<number> {
  const clients = await Promise.all(
    [0, 1].map(async () => {
      const client = new pg.Client({ connectionString: stage.urls.ownerUrl });
      await client.connect();
      return client;
    }),
  );
  const count = Math.floor(total / LIMIT_ROWS / clients.length);
  const work = clients.map((_, n) => Array.from({ length: count }, (__, i) => arrays(n, i)));
  const since = performance.now();
  await Promise.all(
    clients.map(async (client, n) => {
      for (const parameters of work[n] ?? []) await client.query(LIMIT_SQL, parameters);
    }),
  );
  const ms = performance.now() - since;
  await Promise.all(clients.map((client) => client.end()));
  return (count * clients.length * LIMIT_ROWS * 1_000) / ms;
}

const LIMIT_SQL = `insert into reading_counter (point, at, count, quality, source, batch, sequence)
  select * from unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::smallint[], $5::smallint[], $6::bigint[], $7::bigint[])
  on conflict (point, at) do nothing`;
let limitTime = Date.now() - 7 * 24 * 3_600_000;

/** As a commit of ours looks: 50 batches of 100, of points that nothing else writes. */
function arrays(connection: number, _: number): string[] {
  limitTime += 5_000;
  const columns: string[][] = [[], [], [], [], [], [], []];
  for (let row = 0; row < LIMIT_ROWS; row += 1) {
    const [gateway, inBatch] = [Math.floor(row / 100), row % 100];
    const at = new Date(limitTime + Math.floor(inBatch / POINTS) * 1_000).toISOString();
    const cells = [
      1_000_000 + connection * 10_000 + gateway * POINTS + (inBatch % POINTS),
      at,
      limitTime,
      0,
      2,
      gateway,
      row,
    ];
    for (const [column, cell] of cells.entries()) columns[column]?.push(String(cell));
  }
  return columns.map((cells) => `{${cells.join(',')}}`);
}

/** A rate of readings that are not there would be none. */
async function verify(stage: BenchStage): Promise<void> {
  const { rows } = await stage.admin.query<{ n: number }>(
    'select count(*)::int as n from reading_counter where point < 1000000',
  );
  const rounds = ROUNDS + 1;
  const expected =
    GATEWAYS *
    rounds *
    Object.values(SIZES).reduce((sum, { messages, rows: each }) => sum + messages * each, 0);
  if (rows[0]?.n !== expected)
    throw new Error(`${rows[0]?.n} readings are stored, ${expected} were acknowledged`);
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}

const round2 = (value: number): number => Math.round(value * 100) / 100;
