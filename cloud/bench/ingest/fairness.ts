import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchGateway, BenchStage } from './stage.ts';

const LIVE = 20;
const EVERY_MS = 125;
const FOR_MS = 6_000;
const ROUNDS = 3;
const LIVE_ROWS = 20;
const BACKFILL_ROWS = 100;
const BACKFILL_WINDOW = 20;
const DAY_MS = 24 * 3_600_000;

/**
 * Milliseconds from handing a live message over to its commit, 99th percentile, medians of three rounds: 20 gateways
 * that send eight times a second, alone and while another one drains 30 days as fast as it is let.
 */
export async function measureFairness(stage: BenchStage) {
  const live: BenchGateway[] = [];
  for (let n = 0; n < LIVE; n += 1) live.push(await stage.addGateway(`live ${n}`, 'signed'));
  const full = await stage.addGateway('full', 'signed');
  const now = Date.now();
  for (const gateway of [...live, full]) await send(stage, gateway, gateway.start(now).payload);
  await liveLatencies(stage, live, 2_000);
  // In turns, since a machine has its own moods: a checkpoint in one half would else decide.
  const [alone, beside, drained]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(percentile(await liveLatencies(stage, live, FOR_MS)));
    const drain = drainer(stage, full, round);
    await sleep(500);
    beside.push(percentile(await liveLatencies(stage, live, FOR_MS)));
    drained.push(await drain.stop());
  }
  const [value, limit] = [median(beside), median(alone)];
  return {
    name: 'fairness',
    unit: 'ms',
    value: round1(value),
    limit: round1(limit),
    ratio: round1(value / limit),
    backfillReadingsPerSecond: Math.round(median(drained)),
  };
}

const send = (stage: BenchStage, gateway: BenchGateway, payload: Buffer) =>
  stage.pipeline.message({ gateway: gateway.id, topic: gateway.topic, payload, receivedAt: Date.now() });

function rowsAt(gateway: BenchGateway, count: number, at: number) {
  return Array.from({ length: count }, (_, n) => ({
    point: gateway.point(n % 20),
    time: at + Math.floor(n / 20),
    count: at + n,
  }));
}

async function liveLatencies(
  stage: BenchStage,
  gateways: readonly BenchGateway[],
  forMs: number,
): Promise<number[]> {
  const latencies: number[] = [];
  const until = performance.now() + forMs;
  await Promise.all(
    gateways.map(async (gateway, place) => {
      await sleep((EVERY_MS / gateways.length) * place);
      while (performance.now() < until) {
        const next = performance.now() + EVERY_MS;
        const at = Date.now();
        const { payload } = gateway.counters(rowsAt(gateway, LIVE_ROWS, at), at);
        const since = performance.now();
        await send(stage, gateway, payload);
        latencies.push(performance.now() - since);
        await sleep(Math.max(0, next - performance.now()));
      }
    }),
  );
  return latencies;
}

/** Sealed beforehand, as a gateway that comes back has them. */
function drainer(stage: BenchStage, gateway: BenchGateway, round: number) {
  const old = Date.now() - (30 - round * 10) * DAY_MS;
  const payloads = Array.from({ length: 9_000 }, (_, n) => {
    const at = old + n * 1_000;
    return gateway.counters(rowsAt(gateway, BACKFILL_ROWS, at), at + 500).payload;
  });
  let [next, done, stopped] = [0, 0, false];
  const since = performance.now();
  const lanes = Array.from({ length: BACKFILL_WINDOW }, async () => {
    while (!stopped && next < payloads.length) {
      const payload = payloads[next] ?? Buffer.alloc(0);
      next += 1;
      await send(stage, gateway, payload);
      done += 1;
    }
  });
  return {
    async stop(): Promise<number> {
      stopped = true;
      await Promise.all(lanes);
      return (done * BACKFILL_ROWS * 1_000) / (performance.now() - since);
    },
  };
}

const percentile = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const round1 = (value: number): number => Math.round(value * 10) / 10;
