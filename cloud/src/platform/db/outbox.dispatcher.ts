import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database } from './database.ts';
import { type Outcome, settle } from './outbox.outcome.ts';
import { CLAIM_SQL, SETTLE_SQL, SWEEP_SQL } from './outbox.sql.ts';
import { Pulse } from './pulse.ts';
import { ALL_ORGANISATIONS, type Transaction } from './transaction.ts';

export interface OutboxEvent {
  readonly id: string;
  readonly organisation: string;
  readonly topic: string;
  readonly key: string | null;
  readonly payload: unknown;
  /** How many deliveries were tried before this one. */
  readonly attempts: number;
}

/** Delivers one event: enqueues a job under the event's id, as a rule. A repeat must be harmless. */
export type EventHandler = (event: OutboxEvent, signal: AbortSignal) => Promise<Outcome>;

export interface OutboxMetrics {
  delivered(topic: string, outcome: Outcome['kind'], ageSeconds: number): void;
}

export interface DispatcherOptions {
  readonly db: Database;
  readonly handle: EventHandler;
  readonly metrics?: OutboxMetrics;
  readonly onError: (error: unknown) => void;
  readonly batchSize?: number;
  /** Finds what no wake-up told of, at the latest. */
  readonly pollMs?: number;
  readonly maxAttempts?: number;
  /** Must stay below the database's idle timeout: the batch is held in a transaction meanwhile. */
  readonly handlerTimeoutMs?: number;
  readonly retentionDays?: number;
}

interface Claimed extends Record<string, unknown> {
  readonly id: string;
  readonly organisation_id: string;
  readonly topic: string;
  readonly key: string | null;
  readonly payload: unknown;
  readonly attempts: number;
  readonly age: number;
}

const LONGEST_PAUSE_MS = 30_000;
const SWEEP_EVERY_MS = 600_000;
const SWEEP_ROWS = 1_000;
const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'outbox' } } as const;

/**
 * Takes events out of the outbox, at least once each. A batch is held by row locks while it is delivered: when the
 * process dies, its connection dies, and another dispatcher has the rows at once. Any number may run.
 */
export class OutboxDispatcher {
  readonly #options: DispatcherOptions;
  readonly #pulse = new Pulse();
  // A handler opens transactions of its own; it must not look as if it stood inside of the claim's.
  readonly #outside = AsyncLocalStorage.snapshot();
  #running: Promise<void> | undefined;
  #troubles = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something was added: look now. */
  readonly wake = (): void => this.#pulse.beat();

  /** Ends after the batch in hand is settled. */
  async stop(): Promise<void> {
    this.#pulse.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#pulse.stopped) {
      const pauseMs = await this.#turn();
      if (pauseMs > 0) await this.#pulse.wait(pauseMs);
    }
  }

  /** How long to wait until the next: not at all while there is work, longer and longer while nothing works. */
  async #turn(): Promise<number> {
    const { pollMs = 1_000, onError } = this.#options;
    try {
      const round = await this.deliverBatch();
      if (round.unavailable) return this.#backOff();
      this.#troubles = 0;
      if (round.claimed > 0) return 0;
      await this.#sweepNowAndThen();
      return pollMs;
    } catch (error) {
      onError(error);
      return this.#backOff();
    }
  }

  #backOff(): number {
    const longest = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** Math.min(this.#troubles++, 20));
    return longest * (0.5 + Math.random() / 2);
  }

  /** One claim, its deliveries and their outcomes, in one transaction. */
  async deliverBatch(): Promise<{ claimed: number; unavailable: boolean }> {
    const { db, batchSize = 100 } = this.#options;
    return db.transaction(WHO, async (tx) => {
      const { rows } = await tx.query<Claimed>(CLAIM_SQL, [batchSize]);
      if (rows.length === 0) return { claimed: 0, unavailable: false };
      const outcomes = await Promise.all(rows.map((row) => this.#deliver(row)));
      await this.#settleBatch(tx, rows, outcomes);
      return { claimed: rows.length, unavailable: outcomes.some(({ kind }) => kind === 'unavailable') };
    });
  }

  async #deliver(row: Claimed): Promise<Outcome> {
    const { handle, handlerTimeoutMs = 10_000 } = this.#options;
    const { id, organisation_id: organisation, topic, key, payload, attempts } = row;
    const abort = new AbortController();
    const late = Promise.withResolvers<Outcome>();
    const timer = setTimeout(() => {
      abort.abort();
      late.resolve({ kind: 'retry', reason: `no answer within ${handlerTimeoutMs} ms` });
    }, handlerTimeoutMs);
    try {
      const event = { id, organisation, topic, key, payload, attempts };
      return await Promise.race([this.#outside(async () => handle(event, abort.signal)), late.promise]);
    } catch (error) {
      return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  async #settleBatch(tx: Transaction, rows: readonly Claimed[], outcomes: readonly Outcome[]): Promise<void> {
    const { maxAttempts = 15, metrics } = this.#options;
    const settled = rows.map((row, i) => {
      const outcome = outcomes[i] ?? { kind: 'retry', reason: 'no outcome' };
      return { row, outcome, ...settle(outcome, row.attempts, maxAttempts, Math.random()) };
    });
    await tx.query(SETTLE_SQL, [
      settled.map(({ row }) => row.id),
      settled.map(({ state }) => state),
      settled.map(({ attempts }) => attempts),
      settled.map(({ error }) => error),
      settled.map(({ delaySeconds }) => delaySeconds),
    ]);
    if (!metrics) return;
    tx.afterCommit(() => {
      for (const { row, outcome } of settled) metrics.delivered(row.topic, outcome.kind, row.age);
    });
  }

  async #sweepNowAndThen(): Promise<void> {
    if (performance.now() - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = performance.now();
    await this.sweep();
  }

  /** Deletes what was dispatched long ago, in small pieces. What failed stays until somebody decides. */
  async sweep(): Promise<number> {
    const { db, retentionDays = 7 } = this.#options;
    let deleted = 0;
    for (let more = true; more && !this.#pulse.stopped; ) {
      const { rowCount } = await db.transaction(WHO, (tx) =>
        tx.query(SWEEP_SQL, [retentionDays * 86_400, SWEEP_ROWS]),
      );
      deleted += rowCount ?? 0;
      more = rowCount === SWEEP_ROWS;
    }
    return deleted;
  }
}
