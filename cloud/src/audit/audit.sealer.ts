import type { Clock } from '../kernel/clock.ts';
import { ALL_ORGANISATIONS, type Database, Pulse, type Transaction } from '../platform/db/index.ts';
import {
  AUDIT_BACKLOG_SQL,
  CHECKPOINT_SQL,
  HEADS_SQL,
  PENDING_SQL,
  SEAL_SQL,
  SEALED_SQL,
  SEALER_LOCK_SQL,
} from './audit.sql.ts';
import { type Head, type Seal, START, sealEntries } from './domain/chain.ts';
import { type Checkpoint, isGenuine, type Signer, signCheckpoint } from './domain/checkpoint.ts';
import { type Entry, entryDigest } from './domain/entry.ts';
import { timeText } from './time-text.ts';

export interface SealerMetrics {
  sealed(entries: number): void;
}

export interface SealerOptions {
  readonly db: Database;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly metrics?: SealerMetrics;
  /** An entry is to be sealed within 5 s of its commit. */
  readonly pollMs?: number;
  readonly batchSize?: number;
}

const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'audit sealer' } } as const;
const LONGEST_PAUSE_MS = 4_000;
/** A frozen process keeps its connection: another must be able to take over within the 5 s. */
const LONGEST_HOLD_MS = 2_500;

/**
 * Chains what was committed, after the fact: a writer never waits for a chain. Any number of processes may run one;
 * each batch is made by whoever gets the lock, and the lock goes with its transaction.
 */
export class AuditSealer {
  readonly #options: SealerOptions;
  readonly #pulse = new Pulse();
  #running: Promise<void> | undefined;
  #troubles = 0;

  constructor(options: SealerOptions) {
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
    while (!this.#pulse.stopped) {
      const pauseMs = await this.#turn();
      if (pauseMs > 0) await this.#pulse.wait(pauseMs);
    }
  }

  async #turn(): Promise<number> {
    const { pollMs = 1_000, batchSize = 500, onError, metrics } = this.#options;
    try {
      const sealed = await this.sealBatch();
      this.#troubles = 0;
      if (sealed > 0) metrics?.sealed(sealed);
      return sealed === batchSize ? 0 : pollMs;
    } catch (error) {
      onError(error);
      return (
        Math.min(LONGEST_PAUSE_MS, 100 * 2 ** Math.min(this.#troubles++, 10)) * (0.5 + Math.random() / 2)
      );
    }
  }

  /** How many entries were taken off the queue; 0 also while another process seals. */
  async sealBatch(): Promise<number> {
    const { db, batchSize = 500 } = this.#options;
    return db.transaction({ ...WHO, idleTimeoutMs: LONGEST_HOLD_MS }, async (tx) => {
      const { rows: lock } = await tx.query<{ mine: boolean }>(SEALER_LOCK_SQL);
      if (!lock[0]?.mine) return 0;
      const rows = await this.#pending(tx, batchSize);
      if (rows.length === 0) return 0;
      // A row that was queued twice by hand has its place in the chain already.
      const chains = byOrganisation(rows.filter((row) => !row.sealed));
      const now = timeText(this.#options.clock.now());
      const heads = await this.#heads(tx, [...chains.keys()]);
      const seals = [...chains].map(([organisation, entries]) =>
        sealEntries(organisation, heads.get(organisation) ?? START, entries.map(digested), now),
      );
      await this.#write(tx, seals, now);
      await tx.query(SEALED_SQL, [rows.map((row) => row.id)]);
      return rows.length;
    });
  }

  /** A place in the queue whose entry was removed by hand stays there as evidence, and is passed over. */
  async #pending(tx: Transaction, batchSize: number): Promise<readonly Pending[]> {
    for (let after = 0n; ; ) {
      const { rows } = await tx.query<Pending | Orphan>(PENDING_SQL, [batchSize, after]);
      const found = rows.filter((row): row is Pending => row.id !== null);
      const last = rows.at(-1);
      if (found.length > 0 || rows.length < batchSize || !last) return found;
      after = last.position;
    }
  }

  /**
   * Goes on from the last seal, or from the last signed head if that is further or other: where a seal was removed or
   * changed the chain must show it, and must not heal over it.
   */
  async #heads(tx: Transaction, organisations: readonly string[]): Promise<Map<string, Head>> {
    const { rows } = await tx.query<HeadRow>(HEADS_SQL, [organisations]);
    return new Map(
      rows.map((row) => {
        const last =
          row.number === null || row.digest === null ? START : { number: row.number, digest: row.digest };
        const signed = checkpointOf(row);
        const genuine = signed !== null && isGenuine(signed, [this.#options.signer]);
        const head = genuine && signed.number >= last.number ? signed : last;
        return [row.organisation, { number: head.number, digest: head.digest }];
      }),
    );
  }

  async #write(tx: Transaction, chains: readonly (readonly Seal[])[], now: string): Promise<void> {
    const seals = chains.flat();
    if (seals.length === 0) return;
    await tx.query(SEAL_SQL, [
      seals.map(({ organisation }) => organisation),
      seals.map(({ number }) => number),
      seals.map(({ entryId }) => entryId),
      seals.map(({ entryDigest }) => entryDigest),
      seals.map(({ digest }) => digest),
      now,
    ]);
    const { signer } = this.#options;
    const checkpoints = chains.flatMap((chain) => {
      const last = chain.at(-1);
      return last ? [signCheckpoint(signer, { ...last, signedAt: now })] : [];
    });
    await tx.query(CHECKPOINT_SQL, [
      checkpoints.map(({ organisation }) => organisation),
      checkpoints.map(({ number }) => number),
      checkpoints.map(({ digest }) => digest),
      checkpoints.map(({ signature }) => signature),
      now,
      signer.id,
    ]);
  }
}

interface Place extends Record<string, unknown> {
  readonly position: bigint;
  readonly sealed: boolean;
}
type Pending = Entry & Place;
type Orphan = { readonly id: null } & Place;

export interface SignedColumns extends Record<string, unknown> {
  readonly signedDigest: string | null;
  readonly signedAt: string | null;
  readonly keyId: string | null;
  readonly signature: Buffer | null;
}

interface HeadRow extends SignedColumns {
  readonly organisation: string;
  readonly number: bigint | null;
  readonly digest: string | null;
  readonly signedNumber: bigint | null;
}

function checkpointOf(row: HeadRow): Checkpoint | null {
  return row.signedNumber === null ? null : readCheckpoint(row.organisation, row.signedNumber, row);
}

/** From the columns of an outer join, where there may be none. */
export function readCheckpoint(organisation: string, number: bigint, row: SignedColumns): Checkpoint | null {
  const { signedDigest, signedAt, keyId, signature } = row;
  if (signedDigest === null || signedAt === null || keyId === null || signature === null) return null;
  return { organisation, number, digest: signedDigest, signedAt, keyId, signature };
}

function digested(entry: Entry): { id: string; digest: string } {
  return { id: entry.id, digest: entryDigest(entry) };
}

function byOrganisation<T extends { readonly organisation: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.organisation);
    if (group) group.push(row);
    else groups.set(row.organisation, [row]);
  }
  return groups;
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
