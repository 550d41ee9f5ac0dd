import { REGISTER } from '../../test/support/gateway.ts';
import type { Load } from './publish.ts';
import type { BenchGateway, BenchStage } from './stage.ts';

export const POINTS = 20;
const DAY_MS = 24 * 3_600_000;
/** Counters are read every five minutes. */
const STEP_MS = 300_000;
const HOUR_MS = 3_600_000;

export interface Size {
  readonly messages: number;
  readonly rows: number;
}

/** What gateways send: every load goes on where the one before ended, so that no reading comes twice. */
export class Loads {
  /** A full hour, two weeks ago: what is measured takes up less. */
  readonly #start = Math.floor((Date.now() - 14 * DAY_MS) / HOUR_MS) * HOUR_MS;
  readonly #clocks = new Map<BenchGateway, number>();

  introduce(stage: BenchStage, gateway: BenchGateway): Promise<void> {
    return introduce(stage, gateway, this.#start);
  }

  /** Of a device that signs nothing, a person says what it counts. */
  introduceSimple(stage: BenchStage, gateway: BenchGateway): Promise<void> {
    return stage.addPoint(gateway, gateway.point(1), REGISTER);
  }

  sealed(gateway: BenchGateway, { messages, rows }: Size): Load {
    const sealedAt = Date.now();
    const each = Math.min(rows, POINTS);
    const payloads = Array.from({ length: messages }, () => {
      const sweeps = Array.from({ length: rows / each }, () => this.#tick(gateway));
      const cells = sweeps.flatMap((time) =>
        Array.from({ length: each }, (_, n) => ({ point: gateway.point(n), time, count: countAt(time) })),
      );
      return gateway.counters(cells, sealedAt).payload;
    });
    return { user: gateway.id, password: gateway.token, topic: gateway.topic, payloads };
  }

  simple(gateway: BenchGateway, { messages }: Size): Load {
    const topic = gateway.topic.replace('up/readings', 'up/simple');
    const payloads = Array.from({ length: messages }, () => {
      const at = this.#tick(gateway);
      return Buffer.from(JSON.stringify({ point: gateway.point(1), at, count: String(countAt(at)) }));
    });
    return { user: gateway.id, password: gateway.token, topic, payloads };
  }

  #tick(gateway: BenchGateway): number {
    const next = (this.#clocks.get(gateway) ?? this.#start) + STEP_MS;
    this.#clocks.set(gateway, next);
    return next;
  }
}

/** 10 Wh every ten seconds: 3.6 kW, which a ledger believes. */
export const countAt = (time: number): number => Math.floor(time / 10_000);

/** Its journal begins, and a billing row says of each point what it counts: from there on its counts become usage. */
export async function introduce(stage: BenchStage, gateway: BenchGateway, from: number): Promise<void> {
  const receivedAt = Date.now();
  const rows = Array.from({ length: POINTS }, (_, n) => ({
    point: gateway.point(n),
    time: from,
    count: countAt(from),
  }));
  for (const { payload } of [gateway.start(receivedAt), gateway.billing(rows, receivedAt)])
    await stage.pipeline.message({ gateway: gateway.id, topic: gateway.topic, payload, receivedAt });
}
