import { setTimeout as sleep } from 'node:timers/promises';
import { countAt, introduce, POINTS } from './loads.ts';
import { type Load, preparePublishers } from './publish.ts';
import type { BenchGateway, BenchStage } from './stage.ts';

const LIVE = 20;
const EVERY_MS = 125;
const FOR_MS = 8_000;
const ROUNDS = 5;
const LIVE_ROWS = 20;
const BACKFILL_ROWS = 100;
const BACKFILL_MESSAGES = 4_000;
const BACKFILL_WINDOW = 20;
const MONTH_MS = 30 * 24 * 3_600_000;
const MINUTE_MS = 60_000;

/**
 * Milliseconds from the moment at which a live message is due to its PUBACK, which comes after its commit; 99th
 * percentile. 20 gateways send eight times a second, alone and while another one drains what a month has left, as fast
 * as it is let. In turns, since a machine has its own moods: a checkpoint in one half would else decide.
 */
export async function measureFairness(stage: BenchStage) {
  const live: BenchGateway[] = [];
  for (let n = 0; n < LIVE; n += 1) live.push(await begun(stage, `live ${n}`, MINUTE_MS));
  // What millions of readings left to be vacuumed and written is of neither half.
  await stage.admin.query('vacuum analyze');
  await stage.admin.query('checkpoint');
  await round(stage, live, undefined);
  const [alone, beside, drained]: [number[], number[], number[]] = [[], [], []];
  for (let n = 0; n < ROUNDS; n += 1) {
    const full = await begun(stage, `full ${n}`, MONTH_MS);
    // Whoever comes first profits from what the other leaves behind: they take turns in that as well.
    for (const drains of n % 2 === 0 ? [false, true] : [true, false]) {
      const seen = await round(stage, live, drains ? full : undefined);
      (drains ? beside : alone).push(round1(percentile(seen.latencies, 0.99)));
      if (!drains) continue;
      if (seen.unpaced === BACKFILL_MESSAGES) throw new Error('the month was drained before its time');
      drained.push(Math.round((seen.unpaced * BACKFILL_ROWS * 1_000) / seen.ms));
    }
  }
  const [value, limit] = [median(beside), median(alone)];
  return {
    name: 'fairness',
    unit: 'ms, p99',
    value,
    limit,
    ratio: Math.round((value / limit) * 100) / 100,
    beside,
    alone,
    backfillReadingsPerSecond: median(drained),
  };
}

async function begun(stage: BenchStage, name: string, agoMs: number): Promise<BenchGateway> {
  const gateway = await stage.addGateway(name, 'signed');
  await introduce(stage, gateway, Date.now() - agoMs);
  return gateway;
}

async function round(stage: BenchStage, live: readonly BenchGateway[], full: BenchGateway | undefined) {
  const loads = [...live.map(liveLoad), ...(full ? [backfill(full)] : [])];
  const publishers = await preparePublishers(stage.door.ports.plain ?? 0, loads, BACKFILL_WINDOW);
  // Sealing all this and connecting is not what is measured.
  await sleep(500);
  return publishers.run();
}

const login = ({ id, token, topic }: BenchGateway) => ({ user: id, password: token, topic });

function liveLoad(gateway: BenchGateway, place: number): Load {
  const now = Date.now();
  const payloads = Array.from({ length: FOR_MS / EVERY_MS }, (_, n) => {
    const at = now + n * EVERY_MS;
    return gateway.counters(rowsAt(gateway, LIVE_ROWS, at), at).payload;
  });
  return {
    ...login(gateway),
    payloads,
    paced: { everyMs: EVERY_MS, afterMs: (EVERY_MS / LIVE) * place },
  };
}

/** From thirty days ago, a reading a minute: more than can be drained in a round. */
function backfill(gateway: BenchGateway): Load {
  const sweeps = BACKFILL_ROWS / POINTS;
  const begin = Date.now() - MONTH_MS + MINUTE_MS;
  const payloads = Array.from({ length: BACKFILL_MESSAGES }, (_, n) => {
    const at = begin + n * sweeps * MINUTE_MS;
    return gateway.counters(rowsAt(gateway, BACKFILL_ROWS, at), at + sweeps * MINUTE_MS).payload;
  });
  return { ...login(gateway), payloads };
}

function rowsAt(gateway: BenchGateway, count: number, at: number) {
  return Array.from({ length: count }, (_, n) => {
    const time = at + Math.floor(n / POINTS) * MINUTE_MS;
    return { point: gateway.point(n % POINTS), time, count: countAt(time) };
  });
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const round1 = (value: number): number => Math.round(value * 10) / 10;
