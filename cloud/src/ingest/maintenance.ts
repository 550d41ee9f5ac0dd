import type { GatewayId } from '@meterline/contracts';
import type pg from 'pg';
import { Temporal } from 'temporal-polyfill';
import type { Ids } from '../kernel/ids.ts';
import { Pulse } from '../platform/db/index.ts';
import type { GatewayDirectory, PointDirectory } from '../sites/index.ts';
import * as sql from './commit.sql.ts';
import type { DecodeCheck, Profiles } from './domain/decode-check.ts';
import { instant } from './instant.ts';
import type { IncomingMessage, Settled } from './intake.ts';
import { writeEvents } from './plan-writer.ts';
import { inTransaction } from './pool-transaction.ts';
import { releaseHeld } from './release.ts';

export interface MaintenanceOptions {
  readonly pool: pg.Pool;
  readonly directory: PointDirectory & GatewayDirectory;
  readonly ids: Ids;
  readonly now: () => number;
  readonly check: DecodeCheck;
  readonly profiles: Profiles;
  readonly gapAfterMs: number;
  readonly heard: () => ReadonlyMap<string, number>;
  /** Through the door again. */
  readonly again: (message: IncomingMessage) => Promise<Settled>;
  readonly receipt: (gateway: GatewayId) => void;
  readonly onError: (error: unknown, what: string) => void;
}

interface GapRow {
  readonly organisation_id: string;
  readonly gateway_id: GatewayId;
  readonly journal: string;
  readonly missing: bigint;
  readonly since: Temporal.Instant | null;
  readonly ranges: string;
}

interface ReplayRow {
  readonly id: bigint;
  readonly gateway_id: GatewayId | null;
  readonly topic: string;
  readonly bytes: Buffer | null;
}

/** What happens by itself, how often at most (ms). Each is harmless to do from several processes at once. */
const EVERY = { release: 1_000, replay: 1_000, restarts: 1_000, gaps: 15_000, seen: 60_000 } as const;

/** What has much to look through is not done all the time. */
const REST_FOR_WORK = 20;

export class Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #pulse = new Pulse();
  #running: Promise<void> | undefined;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#pulse.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const duties = [
      { every: EVERY.release, what: 'held readings wait', run: () => this.release() },
      { every: EVERY.replay, what: 'letters wait for their replay', run: () => this.#replay() },
      { every: EVERY.restarts, what: 'what new journals say of old ones waits', run: () => this.restarts() },
      {
        every: Math.min(EVERY.gaps, this.#options.gapAfterMs),
        what: 'the gap ledger waits',
        run: () => this.gaps(),
      },
      { every: EVERY.seen, what: 'contacts are not noted', run: () => this.#seen() },
    ].map((duty) => ({ ...duty, due: performance.now() }));
    while (!this.#pulse.stopped) {
      for (const duty of duties) {
        if (performance.now() < duty.due || this.#pulse.stopped) continue;
        const since = performance.now();
        await duty.run().catch((error: unknown) => this.#options.onError(error, duty.what));
        const took = performance.now() - since;
        duty.due = performance.now() + Math.max(duty.every, REST_FOR_WORK * took);
      }
      await this.#pulse.wait(500);
    }
  }

  /** Readings whose time has come, whose point was given to their gateway, whose profile is here by now. */
  release(): Promise<number> {
    return releaseHeld(this.#options);
  }

  async restarts(): Promise<void> {
    const { pool, now, receipt } = this.#options;
    const { rows } = await pool.query<{ gateway: GatewayId }>(sql.APPLY_RESTARTS, [instant(now())]);
    for (const { gateway } of rows) receipt(gateway);
  }

  /** One turn of the gap ledger, with its events in the same transaction. */
  async gaps(): Promise<void> {
    const { pool, now, gapAfterMs, ids } = this.#options;
    await inTransaction(pool, async (client) => {
      const { rows } = await client.query<GapRow>(sql.GAP_TURN, [
        instant(now()),
        `${gapAfterMs} milliseconds`,
      ]);
      await writeEvents(client, rows.map(gapEvent), ids);
    });
  }

  async #seen(): Promise<void> {
    const heard = [...this.#options.heard()];
    await this.#options.directory.seen(
      new Map(heard.map(([id, at]) => [id, Temporal.Instant.fromEpochMilliseconds(at)])),
    );
  }

  async #replay(): Promise<void> {
    const { pool, again, now } = this.#options;
    const { rows } = await pool.query<ReplayRow>(sql.REPLAYS, [20]);
    for (const { id, gateway_id, topic, bytes } of rows) {
      if (gateway_id === null || bytes === null) continue;
      const settled = await again({ gateway: gateway_id, topic, payload: bytes, receivedAt: now() });
      if (settled.kind !== 'refused') await pool.query(sql.REPLAYED, [id, instant(now())]);
    }
  }
}

const gapEvent = ({ organisation_id, gateway_id, journal, missing, since, ranges }: GapRow) => ({
  organisation: organisation_id,
  topic: 'gateway.gap',
  payload: {
    gateway: gateway_id,
    journal,
    state: missing > 0n ? 'open' : 'closed',
    missing: String(missing),
    since: since?.toString() ?? null,
    ranges: missing > 0n ? ranges : '',
  },
});
