import type { Transaction } from '../platform/db/index.ts';
import type { AnchorLog, FoundAnchors } from './audit.anchors.ts';
import { LAST_NAMED_ROUND_SQL, ROUND_WALK_SQL, ROUNDS_AT_SQL } from './audit.sql.ts';
import type { Anchor } from './domain/anchor.ts';
import { NOTHING } from './domain/chain.ts';
import type { TrustedKey } from './domain/checkpoint.ts';
import type { Finding } from './domain/findings.ts';
import { EVERYBODY } from './domain/round.ts';
import { RoundVerifier } from './domain/round-verifier.ts';
import { readCheckpoint, type SignedColumns } from './seal-round.ts';

interface RoundRow extends SignedColumns {
  readonly number: bigint;
  readonly heads: readonly (readonly [organisation: string, number: string, digest: string])[];
}

/** The chain over all organisations; returns how many rounds it has. */
export async function verifyRounds(
  tx: Transaction,
  trusted: readonly TrustedKey[],
  batchSize: number,
  report: (findings: readonly Finding[]) => void,
): Promise<bigint> {
  const verifier = new RoundVerifier(trusted);
  for (;;) {
    const { rows } = await tx.query<RoundRow>(ROUND_WALK_SQL, [verifier.head.number, batchSize]);
    for (const row of rows) {
      const round = readCheckpoint(EVERYBODY, row.number, row);
      if (!round) continue;
      const heads = row.heads.map(([organisation, number, digest]) => ({
        organisation,
        number: BigInt(number),
        digest,
      }));
      report(verifier.take({ round, heads }));
    }
    if (rows.length === 0) break;
  }
  const { rows } = await tx.query<{ number: bigint }>(LAST_NAMED_ROUND_SQL);
  report(verifier.end(rows[0]?.number ?? 0n));
  return verifier.head.number;
}

/** What was noted outside of the database, or why it could not be read. */
export type Outside =
  | {
      readonly kind: 'compared';
      readonly anchors: number;
      readonly last: { readonly number: bigint; readonly digest: string; readonly at: string } | null;
      readonly losses: readonly Loss[];
    }
  | { readonly kind: 'unknown'; readonly why: string };

/** What an operator gave up, as after the restoration of a backup. */
export type Loss = Pick<Anchor, 'epoch' | 'number' | 'at' | 'reason'>;

/** Before the snapshot of the database: what is noted after it must not count as missing. */
export async function readAnchors(anchors: AnchorLog | undefined): Promise<FoundAnchors | string> {
  if (!anchors) return 'no configuration with a store of files was given';
  try {
    return await anchors.all();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const AT_ONCE = 1_000;

export async function compareAnchors(
  tx: Transaction,
  found: FoundAnchors | string,
  ends: bigint,
  report: (findings: readonly Finding[]) => void,
): Promise<Outside> {
  if (typeof found === 'string') return { kind: 'unknown', why: found };
  const { anchors, forged } = found;
  report(forged.map((file) => ({ organisation: EVERYBODY, kind: 'anchor_forged', file })));
  const last = anchors.at(-1);
  const contradicted: bigint[] = [];
  for (let i = 0; i < anchors.length; i += AT_ONCE) {
    const some = anchors.slice(i, i + AT_ONCE);
    const { rows } = await tx.query<{ number: bigint; digest: string }>(ROUNDS_AT_SQL, [
      some.map(({ number }) => number),
    ]);
    const digests = new Map([[0n, NOTHING], ...rows.map(({ number, digest }) => [number, digest] as const)]);
    // What is missing from an earlier epoch an operator has acknowledged.
    for (const { epoch, number, digest } of some)
      if (epoch === last?.epoch && digests.get(number) !== digest) contradicted.push(number);
  }
  const [from] = contradicted;
  const to = contradicted.at(-1);
  if (from !== undefined && to !== undefined)
    report([{ organisation: EVERYBODY, kind: 'history_lost', from, to, ends }]);
  if (anchors.length === 0 && ends > 0n)
    report([{ organisation: EVERYBODY, kind: 'anchors_missing', number: ends }]);
  return {
    kind: 'compared',
    anchors: anchors.length,
    last: last ? { number: last.number, digest: last.digest, at: last.at } : null,
    losses: anchors
      .filter(({ reason }) => reason !== null)
      .map(({ epoch, number, at, reason }) => ({ epoch, number, at, reason })),
  };
}
