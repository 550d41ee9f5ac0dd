import { measureFairness } from './ingest/fairness.ts';
import { LIMIT_POINTS, measureLimit } from './ingest/limit.ts';
import { Loads, type Size } from './ingest/loads.ts';
import { measurePeer, PEER } from './ingest/peer.ts';
import { type Load, preparePublishers } from './ingest/publish.ts';
import { type Recompute, startRecompute } from './ingest/recompute.ts';
import { type BenchGateway, type BenchStage, openStage } from './ingest/stage.ts';

// Readings a second from the first publish to the last PUBACK, which comes after the commit: 50 gateways, 20 messages
// in flight each, through the embedded broker, sealed beforehand. `limit`: the same table, indexes and connections fed
// by arrays that were built beforehand. `peer`: mosquitto, one mqtt.js subscriber, one INSERT a message. All the while
// the ledger works out what came in, in a process of role worker.

const GATEWAYS = 50;
const WINDOW = 20;
const ROUNDS = 3;
const SIZES = {
  batched: { messages: 120, rows: 100 },
  single: { messages: 300, rows: 1 },
  simple: { messages: 600, rows: 1 },
};

export async function run(): Promise<{ part: string; cases: readonly object[]; peer: object }> {
  const stage = await openStage();
  const recompute = await startRecompute(stage);
  try {
    const loads = new Loads();
    const signed = await gatewaysOf(stage, 'signed');
    const simple = await gatewaysOf(stage, 'simple');
    for (const gateway of signed) await loads.introduce(stage, gateway);
    for (const gateway of simple) await loads.introduceSimple(stage, gateway);
    const batched = await measureBatched(stage, signed, loads, recompute);
    const singles = await measureSingles(stage, signed, simple, loads);
    await verify(stage);
    const lagSeconds = await recompute.lag();
    const caughtUp = await recompute.caughtUp();
    const fairness = await measureFairness(stage);
    const caughtUpAfterwards = await recompute.caughtUp();
    return {
      part: 'ingest',
      cases: [
        batched.case,
        ...singles,
        fairness,
        {
          name: 'recompute beside it',
          unit: 's',
          value: Math.max(lagSeconds, ...batched.lags),
          lagSeconds,
          afterEachRound: batched.lags,
          ...caughtUp,
          afterFairness: caughtUpAfterwards,
        },
      ],
      peer: batched.peer,
    };
  } finally {
    await recompute.stop();
    await stage.close();
  }
}

async function measureBatched(
  stage: BenchStage,
  gateways: readonly BenchGateway[],
  loads: Loads,
  recompute: Recompute,
) {
  const [ours, limits, peers]: [number[], number[], number[]] = [[], [], []];
  const lags: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const sealed = gateways.map((gateway) => loads.sealed(gateway, SIZES.batched));
    const rate = await measure(stage, sealed, SIZES.batched);
    lags.push(await recompute.lag());
    const limit = await measureLimit(stage, GATEWAYS * SIZES.batched.messages * SIZES.batched.rows);
    const peer = await measurePeer(stage.urls.ownerUrl);
    if (round === 0) continue;
    ours.push(Math.round(rate));
    limits.push(Math.round(limit));
    peers.push(Math.round(peer));
  }
  const [value, limit, peer] = [median(ours), median(limits), median(peers)];
  const rounds = { ours, limits, peers };
  return {
    lags,
    peer: { name: PEER, unit: 'readings/s', value: peer, ratio: round2(value / peer) },
    case: { name: 'batched', unit: 'readings/s', value, limit, ratio: round2(value / limit), rounds },
  };
}

async function measureSingles(
  stage: BenchStage,
  signed: readonly BenchGateway[],
  simple: readonly BenchGateway[],
  loads: Loads,
): Promise<readonly object[]> {
  const [ones, others]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const sealed = signed.map((gateway) => loads.sealed(gateway, SIZES.single));
    const one = await measure(stage, sealed, SIZES.single);
    const plain = simple.map((gateway) => loads.simple(gateway, SIZES.simple));
    const other = await measure(stage, plain, SIZES.simple);
    if (round === 0) continue;
    ones.push(one);
    others.push(other);
  }
  return [
    { name: 'single-signed', unit: 'readings/s', value: median(ones) },
    { name: 'single-unsigned', unit: 'readings/s', value: median(others) },
  ];
}

async function gatewaysOf(stage: BenchStage, kind: 'signed' | 'simple'): Promise<BenchGateway[]> {
  const gateways: BenchGateway[] = [];
  for (let n = 0; n < GATEWAYS; n += 1) gateways.push(await stage.addGateway(`${kind} ${n}`, kind));
  return gateways;
}

async function measure(stage: BenchStage, loads: readonly Load[], { messages, rows }: Size): Promise<number> {
  const publishers = await preparePublishers(stage.door.ports.plain ?? 0, loads, WINDOW);
  const { ms } = await publishers.run();
  return (loads.length * messages * rows * 1_000) / ms;
}

/** A rate of readings that are not there would be none. */
async function verify(stage: BenchStage): Promise<void> {
  const { rows } = await stage.admin.query<{ n: number }>(
    'select count(*)::int as n from reading_counter where point < $1',
    [LIMIT_POINTS],
  );
  const sizes = Object.values(SIZES);
  const expected =
    GATEWAYS * (ROUNDS + 1) * sizes.reduce((sum, { messages, rows: each }) => sum + messages * each, 0);
  if (rows[0]?.n !== expected)
    throw new Error(`${rows[0]?.n} readings are stored, ${expected} were acknowledged`);
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}

const round2 = (value: number): number => Math.round(value * 100) / 100;
