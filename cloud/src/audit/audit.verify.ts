import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_ORGANISATIONS, type Database, type Transaction } from '../platform/db/index.ts';
import { readCheckpoint, type SignedColumns } from './audit.sealer.ts';
import {
  LOOSE_CHECKPOINTS_SQL,
  REMOVED_UNSEALED_SQL,
  SEAL_AT_SQL,
  STILL_UNSEALED_SQL,
  UNSEALED_SQL,
  WALK_SQL,
} from './audit.sql.ts';
import type { Seal } from './domain/chain.ts';
import { ChainVerifier } from './domain/chain-verifier.ts';
import type { Checkpoint, TrustedKey } from './domain/checkpoint.ts';
import { type Entry, entryDigest } from './domain/entry.ts';
import type { ExpectedHead } from './domain/expected-head.ts';
import type { Finding } from './domain/findings.ts';

export interface VerifyOptions {
  readonly db: Database;
  readonly trusted: readonly TrustedKey[];
  /** Heads noted at an earlier verification: the only proof that a whole end, seals and checkpoints, is not gone. */
  readonly expected?: readonly ExpectedHead[];
  readonly onFinding: (finding: Finding) => void;
  readonly onHead?: (head: ExpectedHead) => void;
  /** How long an entry may stay unsealed. */
  readonly graceMs?: number;
  readonly batchSize?: number;
}

export interface VerifySummary {
  readonly organisations: number;
  readonly entries: number;
  readonly checkpoints: number;
  readonly findings: number;
}

/** What is reported by name of a kind that may come in millions (a stopped sealer, a forger's flood). */
const MOST_NAMED = 10_000;
const NIL = '00000000-0000-0000-0000-000000000000';
const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'audit verify' } } as const;

/** Reads everything once, in one snapshot and in batches: memory does not grow with the log. */
export async function verifyAudit(options: VerifyOptions): Promise<VerifySummary> {
  const walk = new Walk(options);
  const started = performance.now();
  const unsealed = await options.db.transaction(
    { ...WHO, isolation: 'repeatable read', readOnly: true, statementTimeoutMs: 0 },
    async (tx) => {
      const ids = await tx.query<{ id: string }>(UNSEALED_SQL, [MOST_NAMED]);
      await walk.chains(tx);
      await walk.removedUnsealed(tx);
      await walk.expectations(tx);
      return ids.rows.map(({ id }) => id);
    },
  );
  if (unsealed.length > 0) {
    // Committed when the snapshot was taken, however old it says it is: from then on the grace counts.
    await sleep(Math.max(0, (options.graceMs ?? 5_000) - (performance.now() - started)));
    await options.db.transaction({ ...WHO, readOnly: true, statementTimeoutMs: 0 }, (tx) =>
      walk.stillUnsealed(tx, unsealed),
    );
  }
  return walk.summary;
}

type WalkRow = Omit<Seal, 'organisation'> &
  SignedColumns & { readonly sealOrganisation: string } & {
    readonly [Name in keyof Entry]: Entry[Name] | null;
  };

class Walk {
  readonly #options: VerifyOptions;
  #organisations = 0;
  #entries = 0;
  #checkpoints = 0;
  #findings = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  get summary(): VerifySummary {
    return {
      organisations: this.#organisations,
      entries: this.#entries,
      checkpoints: this.#checkpoints,
      findings: this.#findings,
    };
  }

  async chains(tx: Transaction): Promise<void> {
    const { trusted, batchSize = 1_000 } = this.#options;
    const loose = await this.#looseCheckpoints(tx);
    let chain: ChainVerifier | undefined;
    for (let place: readonly [string, bigint] = [NIL, 0n]; ; ) {
      const { rows } = await tx.query<WalkRow>(WALK_SQL, [...place, batchSize]);
      for (const row of rows) {
        if (chain?.organisation !== row.sealOrganisation) {
          this.#endChain(chain, loose);
          chain = new ChainVerifier(row.sealOrganisation, trusted);
        }
        this.#step(chain, row);
      }
      const last = rows.at(-1);
      if (!last) break;
      place = [last.sealOrganisation, last.number];
    }
    this.#endChain(chain, loose);
    // Organisations whose seals are all gone but whose checkpoints stand.
    for (const organisation of [...loose.keys()])
      this.#endChain(new ChainVerifier(organisation, trusted), loose);
  }

  #step(chain: ChainVerifier, row: WalkRow): void {
    const checkpoint = readCheckpoint(row.sealOrganisation, row.number, row);
    this.#entries++;
    if (checkpoint) this.#checkpoints++;
    this.#report(
      chain.take({
        seal: { ...row, organisation: row.sealOrganisation },
        entryDigest: hasEntry(row) ? entryDigest(row) : null,
        checkpoint,
      }),
    );
  }

  #endChain(chain: ChainVerifier | undefined, loose: Map<string, Checkpoint[]>): void {
    if (!chain) return;
    this.#organisations++;
    this.#report(chain.end(loose.get(chain.organisation) ?? []));
    loose.delete(chain.organisation);
    if (chain.head.number > 0n) this.#options.onHead?.({ organisation: chain.organisation, ...chain.head });
  }

  async #looseCheckpoints(tx: Transaction): Promise<Map<string, Checkpoint[]>> {
    const { rows } = await tx.query<SignedColumns & { organisation: string; number: bigint }>(
      LOOSE_CHECKPOINTS_SQL,
      [MOST_NAMED],
    );
    const groups = new Map<string, Checkpoint[]>();
    for (const row of rows) {
      const checkpoint = readCheckpoint(row.organisation, row.number, row);
      if (!checkpoint) continue;
      this.#checkpoints++;
      groups.set(row.organisation, [...(groups.get(row.organisation) ?? []), checkpoint]);
    }
    return groups;
  }

  async removedUnsealed(tx: Transaction): Promise<void> {
    const { rows } = await tx.query<{ id: string }>(REMOVED_UNSEALED_SQL, [MOST_NAMED]);
    this.#report(
      rows.map(({ id }) => ({ organisation: 'unknown', kind: 'entry_removed_unsealed', entry: id })),
    );
  }

  async expectations(tx: Transaction): Promise<void> {
    for (const { organisation, number, digest } of this.#options.expected ?? []) {
      const { rows } = await tx.query<{ digest: string }>(SEAL_AT_SQL, [organisation, number]);
      const found = rows[0]?.digest ?? null;
      if (found !== digest) this.#report([{ organisation, kind: 'expectation_failed', number, found }]);
    }
  }

  async stillUnsealed(tx: Transaction, ids: readonly string[]): Promise<void> {
    const { rows } = await tx.query<{ id: string; organisation: string }>(STILL_UNSEALED_SQL, [ids]);
    this.#report(rows.map(({ id, organisation }) => ({ organisation, kind: 'entry_unsealed', entry: id })));
  }

  #report(findings: readonly Finding[]): void {
    this.#findings += findings.length;
    for (const finding of findings) this.#options.onFinding(finding);
  }
}

function hasEntry(row: WalkRow): row is WalkRow & Entry {
  return row.id !== null;
}
