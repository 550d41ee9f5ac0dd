import type { Clock } from '../kernel/clock.ts';
import { isAppError } from '../kernel/errors.ts';
import {
  ALL_ORGANISATIONS,
  type Database,
  type Outbox,
  Pulse,
  type Transaction,
} from '../platform/db/index.ts';
import { chunksOf, type OrganisationChange } from './domain/chunks.ts';
import { ledgerStore } from './ledger.store.ts';
import { Ledger, type LedgerOptions } from './ledger.ts';
import { CLAIM_SQL, ORPHANS_SQL, RETRIED_SQL, RETRY_SQL } from './worker.sql.ts';

export interface UsageWorkerOptions extends LedgerOptions {
  /** Of meterline_worker: takes notes of changes, whosever they are. */
  readonly everybody: Database;
  /** Of meterline_app: works for one organisation at a time. */
  readonly db: Database<{ readonly outbox: Outbox }>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly pollMs?: number;
  /** Between two turns at least: what comes in meanwhile is worked out together. */
  readonly restMs?: number;
  readonly claim?: number;
}

export interface Turn {
  /** Notes that were taken: as many as may be, when more wait. */
  readonly notes: number;
  /** Changes that they came to, and that were due again. */
  readonly changes: number;
  /** Hours that turned out to be different. */
  readonly hours: number;
  readonly failed: number;
}

const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'metering' } } as const;
const ACTOR = { kind: 'system', id: 'metering' } as const;
/** A claim waits for the work on it: a year of a building may take a while. */
const LONGEST_TURN_MS = 30 * 60_000;
const ORPHANS_EVERY_MS = 60_000;
const ORPHANS = 200;
const LONGEST_PAUSE_MS = 15_000;
/** Beside ingest on two processors it may have a quarter of the time; what waits meanwhile is read only once. */
const REST_FOR_WORK = 3;
const LONGEST_REST_MS = 5_000;
const restAfter = (workedMs: number): number => Math.min(LONGEST_REST_MS, REST_FOR_WORK * workedMs);

/**
 * Keeps usage up with readings. A turn takes notes of changes, works them out point by point, organisation by
 * organisation, and forgets the notes when all is committed: whenever a process dies, what it had not finished is taken
 * again, and doing it twice gives the same. Any number of processes may run one; ingest never waits for any of them.
 */
export class UsageWorker {
  readonly #options: UsageWorkerOptions;
  readonly #pulse = new Pulse();
  #running: Promise<void> | undefined;
  #troubles = 0;
  #orphan = { after: 0, lookedAt: Number.NEGATIVE_INFINITY };

  constructor(options: UsageWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#pulse.stop();
    await this.#running;
  }

  readonly wake = (): void => this.#pulse.beat();

  async #run(): Promise<void> {
    const { pollMs = 1_000, restMs = 200, claim = 1_000, onError } = this.#options;
    while (!this.#pulse.stopped) {
      let [pauseMs, leastMs] = [pollMs, restMs];
      const since = performance.now();
      try {
        const { notes, changes } = await this.turn();
        this.#troubles = 0;
        if (notes >= claim) continue;
        if (changes > 0) leastMs = Math.max(restMs, restAfter(performance.now() - since));
        if (changes > 0) pauseMs = leastMs;
      } catch (error) {
        onError(error);
        pauseMs = Math.min(LONGEST_PAUSE_MS, 200 * 2 ** Math.min(this.#troubles++, 10));
      }
      if (!this.#pulse.stopped) await this.#rest(pauseMs, leastMs);
    }
  }

  /** At least a little while, even when somebody calls already. */
  async #rest(pauseMs: number, leastMs: number): Promise<void> {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, leastMs)), this.#pulse.untilStopped]);
    if (pauseMs > leastMs) await this.#pulse.wait(pauseMs - leastMs);
  }

  /** Everything that waits, turn after turn; for tests, and for whoever must know that nothing is left. */
  async drain(): Promise<Turn> {
    const sum = { notes: 0, changes: 0, hours: 0, failed: 0 };
    for (;;) {
      const { notes, changes, hours, failed } = await this.turn();
      sum.notes += notes;
      sum.changes += changes;
      sum.hours += hours;
      sum.failed += failed;
      if (changes === 0) return sum;
    }
  }

  async turn(): Promise<Turn> {
    const { everybody, claim = 1_000 } = this.#options;
    const claimed = { ...WHO, idleTimeoutMs: LONGEST_TURN_MS, statementTimeoutMs: 60_000 };
    return everybody.transaction(claimed, async (tx) => {
      type Claimed = OrganisationChange & { readonly notes: number };
      const { rows } = await tx.query<Claimed & Record<string, unknown>>(CLAIM_SQL, [claim]);
      const others = [...(await this.#due(tx)), ...(await this.#orphans(tx))];
      return { notes: rows[0]?.notes ?? 0, ...(await this.#work([...rows, ...others])) };
    });
  }

  async #due(tx: Transaction): Promise<readonly OrganisationChange[]> {
    const now = this.#options.clock.now();
    return (await tx.query<OrganisationChange & Record<string, unknown>>(RETRY_SQL, [now])).rows;
  }

  async #orphans(tx: Transaction): Promise<readonly OrganisationChange[]> {
    const now = this.#options.clock.monotonicMs();
    if (now - this.#orphan.lookedAt < ORPHANS_EVERY_MS) return [];
    type Orphan = { organisation: string; point: number };
    const { rows } = await tx.query<Orphan>(ORPHANS_SQL, [this.#orphan.after, ORPHANS]);
    const isLast = rows.length < ORPHANS;
    this.#orphan = { after: isLast ? 0 : (rows.at(-1)?.point ?? 0), lookedAt: isLast ? now : 0 };
    return rows.map((row) => ({ ...row, from: -Infinity, to: Infinity }));
  }

  async #work(changes: readonly OrganisationChange[]): Promise<Omit<Turn, 'notes'>> {
    let [hours, failed] = [0, 0];
    for (const { organisation, changes: chunk } of chunksOf(changes)) {
      try {
        hours += await this.#apply(organisation, chunk);
      } catch (error) {
        if (isOutage(error)) throw error;
        for (const change of chunk) {
          const result = await this.#alone(organisation, change);
          if (result === undefined) failed += 1;
          else hours += result;
        }
      }
      if (this.#pulse.stopped) break;
    }
    return { changes: changes.length, hours, failed };
  }

  #apply(organisation: string, chunk: readonly OrganisationChange[]): Promise<number> {
    const context = { organisation, actor: ACTOR, attempts: 5, statementTimeoutMs: 120_000 };
    return this.#options.db.transaction(context, async (tx) => {
      const { hours } = await new Ledger(tx, this.#options).apply(chunk);
      await tx.query(RETRIED_SQL, [chunk.map(({ point }) => point), this.#options.clock.now()]);
      return hours;
    });
  }

  /** One that fails by itself is put aside, and said: it must not keep the others waiting. */
  async #alone(organisation: string, change: OrganisationChange): Promise<number | undefined> {
    try {
      return await this.#apply(organisation, [change]);
    } catch (error) {
      if (isOutage(error)) throw error;
      this.#options.onError(error);
      const message = error instanceof Error ? error.message : String(error);
      await this.#options.db.transaction({ organisation, actor: ACTOR }, (tx) =>
        tx.bind(ledgerStore).fail(change, this.#options.clock.now(), message.slice(0, 1_000)),
      );
      return undefined;
    }
  }
}

/** Nobody's fault, and the same for all: the claim goes back as a whole. */
const isOutage = (error: unknown): boolean =>
  isAppError(error, 'database_unreachable') || isAppError(error, 'transaction_commit_unknown');
