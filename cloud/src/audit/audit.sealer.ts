import type { Clock } from '../kernel/clock.ts';
import { isAppError } from '../kernel/errors.ts';
import { ALL_ORGANISATIONS, type Database, Pulse } from '../platform/db/index.ts';
import { Anchoring } from './anchoring.ts';
import type { AnchorLog } from './audit.anchors.ts';
import { auditError } from './audit.errors.ts';
import { AUDIT_BACKLOG_SQL, SEALER_LOCK_SQL } from './audit.sql.ts';
import type { Head } from './domain/chain.ts';
import type { Signer } from './domain/checkpoint.ts';
import { type SealedRound, sealRound } from './seal-round.ts';
import { timeText } from './time-text.ts';

export interface SealerMetrics {
  sealed(entries: number): void;
}

export interface SealerOptions {
  readonly db: Database;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Where heads are noted outside of the database. Without it only what this process has seen itself is missed. */
  readonly anchors?: AnchorLog;
  readonly onError: (error: unknown) => void;
  /** Each round, for the log: a copy of the chain that leaves the machine with it. */
  readonly onRound?: (round: Pick<SealedRound, 'last' | 'entries' | 'organisations'>) => void;
  readonly metrics?: SealerMetrics;
  /** An entry is to be sealed within 5 s of its commit. */
  readonly pollMs?: number;
  readonly batchSize?: number;
  /** At most so often is a head noted outside. */
  readonly anchorEveryMs?: number;
}

const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'audit sealer' } } as const;
const LONGEST_PAUSE_MS = 4_000;
/** A frozen process keeps its connection: another must be able to take over within the 5 s. */
const LONGEST_HOLD_MS = 2_500;

/**
 * Chains what was committed, after the fact: a writer never waits for a chain. Any number of processes may run one;
 * each round is made by whoever gets the lock, and the lock goes with its transaction.
 */
export class AuditSealer {
  readonly #options: SealerOptions;
  readonly #anchoring: Anchoring;
  readonly #pulse = new Pulse();
  #running: Promise<void> | undefined;
  #troubles = 0;
  #after = '';
  #refusal: string | undefined;
  #blocked: readonly string[] = [];

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#anchoring = new Anchoring(options);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#pulse.stop();
    await this.#running;
    await this.#anchoring.note();
  }

  /** What a person must look at, in a few words; `undefined` while all is well. */
  get trouble(): string | undefined {
    if (this.#refusal !== undefined) return 'sealing is refused: history is missing';
    if (this.#blocked.length > 0) return `${this.#blocked.length} chains cannot be continued`;
    return this.#anchoring.trouble;
  }

  async #run(): Promise<void> {
    while (!this.#pulse.stopped) {
      const pauseMs = await this.#turn();
      if (pauseMs > 0) await this.#pulse.wait(pauseMs);
    }
  }

  async #turn(): Promise<number> {
    const { pollMs = 1_000, onError } = this.#options;
    try {
      await this.#anchoring.look();
      const round = await this.#round();
      this.#troubles = 0;
      await this.#anchoring.noteNowAndThen();
      return round?.more ? 0 : pollMs;
    } catch (error) {
      onError(error);
      return (
        Math.min(LONGEST_PAUSE_MS, 100 * 2 ** Math.min(this.#troubles++, 10)) * (0.5 + Math.random() / 2)
      );
    }
  }

  /** How many entries were taken off the queue; 0 also while another process seals. */
  async sealBatch(): Promise<number> {
    await this.#anchoring.look();
    return (await this.#round())?.taken ?? 0;
  }

  async #round(): Promise<SealedRound | undefined> {
    const { db, signer, clock, batchSize = 500, onRound, metrics } = this.#options;
    const round = await this.#guarded(() =>
      db.transaction({ ...WHO, idleTimeoutMs: LONGEST_HOLD_MS }, async (tx) => {
        const { rowCount } = await tx.query(SEALER_LOCK_SQL);
        if (rowCount === 0) return undefined;
        const { known } = this.#anchoring;
        const permit = (last: Head) => this.#anchoring.permit(last);
        const now = timeText(clock.now());
        return sealRound({ tx, signer, now, batchSize, known, permit, after: this.#after });
      }),
    );
    if (!round) return undefined;
    this.#after = round.after;
    this.#anchoring.saw(round.last);
    this.#report(round);
    if (round.made) onRound?.(round);
    if (round.taken > 0) metrics?.sealed(round.taken);
    return round;
  }

  /** Remembers that sealing is refused until it is not any more. */
  async #guarded(work: () => Promise<SealedRound | undefined>): Promise<SealedRound | undefined> {
    try {
      const round = await work();
      this.#refusal = undefined;
      return round;
    } catch (error) {
      if (isAppError(error, 'audit_history_lost')) {
        this.#refusal = error.message;
        this.#anchoring.lookAgain();
      }
      throw error;
    }
  }

  /** Each blocked chain is told of once, as long as it stays blocked. */
  #report({ blocked, taken }: SealedRound): void {
    for (const { organisation, reason } of blocked) {
      if (this.#blocked.includes(organisation)) continue;
      const message = `the audit chain of organisation ${organisation} cannot be continued (${reason}); other chains are`;
      this.#options.onError(auditError('audit_chain_blocked', { message }));
    }
    if (blocked.length > 0 || taken > 0) this.#blocked = blocked.map(({ organisation }) => organisation);
  }
}

export interface AuditBacklog {
  readonly waiting: number;
  readonly oldestSeconds: number;
}

/** For metrics: how far the sealer is behind. */
export async function auditBacklog(db: Database): Promise<AuditBacklog> {
  const { rows } = await db.transaction({ ...WHO, readOnly: true }, (tx) =>
    tx.query<AuditBacklog & Record<string, unknown>>(AUDIT_BACKLOG_SQL),
  );
  return rows[0] ?? { waiting: 0, oldestSeconds: 0 };
}
