import type { Clock } from '../kernel/clock.ts';
import { ALL_ORGANISATIONS, type Database } from '../platform/db/index.ts';
import type { AnchorLog } from './audit.anchors.ts';
import { ROUNDS_SQL } from './audit.sql.ts';
import { signAnchor } from './domain/anchor.ts';
import { type Head, START } from './domain/chain.ts';
import type { Signer } from './domain/checkpoint.ts';
import { timeText } from './time-text.ts';

export interface AcknowledgeOptions {
  readonly db: Database;
  readonly anchors: AnchorLog;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly reason: string;
}

export interface Acknowledged {
  /** What the files had noted; null when they knew of nothing. */
  readonly noted: Head | null;
  /** From where sealing goes on. */
  readonly last: Head;
}

const WHO = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'audit acknowledge' } } as const;

/**
 * An operator accepts that the database lacks what was sealed, as after the restoration of a backup. The notes of it
 * stay, and every verification goes on to tell of the loss. `undefined`: nothing is missing.
 */
export async function acknowledgeLoss(options: AcknowledgeOptions): Promise<Acknowledged | undefined> {
  const { db, anchors, signer, clock, reason } = options;
  const newest = await anchors.newest();
  const { rows } = await db.transaction({ ...WHO, readOnly: true }, (tx) =>
    tx.query<Head & Record<string, unknown>>(ROUNDS_SQL, [newest?.number ?? 0n]),
  );
  const last = rows.at(-1) ?? START;
  const there = newest?.number === 0n ? START : rows.find(({ number }) => number === newest?.number);
  if (newest ? there?.digest === newest.digest : last.number === 0n) return undefined;
  const head = { number: last.number, digest: last.digest };
  const epoch = (newest?.epoch ?? 0) + 1;
  await anchors.add(signAnchor(signer, { epoch, ...head, at: timeText(clock.now()), reason }));
  return { noted: newest ? { number: newest.number, digest: newest.digest } : null, last: head };
}
