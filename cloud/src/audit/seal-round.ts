import { AppError } from '../kernel/errors.ts';
import { errorCode, type Transaction } from '../platform/db/index.ts';
import { auditError } from './audit.errors.ts';
import {
  CHECKPOINT_SQL,
  CHECKPOINTS_AT_SQL,
  HEADS_BEHIND_SQL,
  HEADS_SQL,
  PENDING_SQL,
  ROUND_SQL,
  ROUNDS_SQL,
  SEAL_SQL,
  SEALED_SQL,
  WAITING_SQL,
} from './audit.sql.ts';
import { type Head, NOTHING, type Seal, START, sealEntries } from './domain/chain.ts';
import { type Checkpoint, isGenuine, type Signer, signCheckpoint } from './domain/checkpoint.ts';
import { type Entry, entryDigest } from './domain/entry.ts';
import { EVERYBODY, roundDigest } from './domain/round.ts';

export interface RoundOptions {
  readonly tx: Transaction;
  readonly signer: Signer;
  readonly now: string;
  readonly batchSize: number;
  /** A round that is known to have been: nothing is built on a database that does not have it. */
  readonly known: Head;
  /** Throws when nothing may be sealed on top of that round. */
  readonly permit: (last: Head) => Promise<void>;
  /** Where the share-out begins, when more organisations wait than a batch has places. */
  readonly after: string;
}

export interface SealedRound {
  /** What was taken off the queue. */
  readonly taken: number;
  /** There is more for at once. */
  readonly more: boolean;
  /** The last round of the database now. */
  readonly last: Head;
  /** This turn made it. */
  readonly made: boolean;
  readonly entries: number;
  readonly organisations: number;
  readonly after: string;
  /** Chains that could not be continued; the others were. */
  readonly blocked: readonly Blocked[];
}

export interface Blocked {
  readonly organisation: string;
  readonly reason: string;
}

type Pending = Entry & { readonly position: bigint; readonly sealed: boolean };

/** One turn of the sealer, within its transaction and under its lock. */
export async function sealRound(options: RoundOptions): Promise<SealedRound> {
  const { tx, batchSize, now } = options;
  const last = await lastRound(tx, options.known);
  const { organisations, share, after } = await shareOut(tx, batchSize, options.after);
  const nothing = {
    taken: 0,
    more: false,
    last,
    made: false,
    entries: 0,
    organisations: 0,
    after,
    blocked: [],
  };
  if (organisations.length === 0) return nothing;
  const { rows } = await tx.query<Pending & Record<string, unknown>>(PENDING_SQL, [organisations, share]);
  if (rows.length === 0) return nothing;
  await options.permit(last);
  // A row that was queued twice by hand has its place in the chain already.
  const entries = groupBy(
    rows.filter((row) => !row.sealed),
    (row) => row.organisation,
  );
  const heads = await signedHeads(tx, [...entries.keys()], options.signer);
  const chains = [...entries].map(([organisation, of]) =>
    sealEntries(organisation, heads.get(organisation) ?? START, of.map(digested), now),
  );
  const { sealed, blocked } = await writeChains(tx, chains, now);
  const held = new Set(blocked.map(({ organisation }) => organisation));
  const done = rows.filter((row) => row.sealed || !held.has(row.organisation));
  const round = sealed.length > 0 ? await sign(options, last, sealed) : last;
  if (done.length > 0) await tx.query(SEALED_SQL, [done.map((row) => row.id)]);
  const full = [...groupBy(done, (row) => row.organisation).values()].some((of) => of.length === share);
  return {
    taken: done.length,
    more: full,
    last: round,
    made: sealed.length > 0,
    entries: sealed.flat().length,
    organisations: sealed.length,
    after,
    blocked,
  };
}

/** The last round; refuses where the one that is known to have been is not there any more. */
async function lastRound(tx: Transaction, known: Head): Promise<Head> {
  const { rows } = await tx.query<Head & Record<string, unknown>>(ROUNDS_SQL, [known.number]);
  const found = rows.find(({ number }) => number === known.number)?.digest ?? NOTHING;
  const last = rows.at(-1);
  if (found === known.digest) return last ? { number: last.number, digest: last.digest } : START;
  const state = last ? `it ends with round ${last.number}` : 'it has no round at all';
  const message = `the audit of the database was cut off or rewritten: round ${known.number} (${known.digest.slice(0, 16)}…) was sealed and is not there, ${state}. Nothing is sealed on top of it. Run: meterline audit verify; if a backup was restored on purpose: meterline audit acknowledge`;
  throw auditError('audit_history_lost', { message });
}

/** A share of the batch for everybody who waits; when there are more than places, they take turns. */
async function shareOut(tx: Transaction, batchSize: number, after: string) {
  const { rows } = await tx.query<{ id: string }>(WAITING_SQL);
  const all = rows.map(({ id }) => id);
  if (all.length <= batchSize)
    return {
      organisations: all,
      share: Math.max(1, Math.floor(batchSize / Math.max(1, all.length))),
      after: '',
    };
  const turned = [...all.filter((id) => id > after), ...all.filter((id) => id <= after)].slice(0, batchSize);
  return { organisations: turned, share: 1, after: turned.at(-1) ?? '' };
}

interface HeadRow extends SignedColumns {
  readonly organisation: string;
  readonly number: bigint;
}

/**
 * Goes on from the last signed head, whatever seals stand there: where one was removed, changed or put on top, the
 * chain must show it, and must not heal over it.
 */
async function signedHeads(
  tx: Transaction,
  organisations: readonly string[],
  signer: Signer,
): Promise<ReadonlyMap<string, Head>> {
  const { rows } = await tx.query<HeadRow>(HEADS_SQL, [organisations]);
  const heads = new Map<string, Head>();
  for (const row of rows) {
    const head = await genuineHead(tx, row, signer);
    if (head) heads.set(row.organisation, { number: head.number, digest: head.digest });
  }
  return heads;
}

async function genuineHead(tx: Transaction, row: HeadRow, signer: Signer): Promise<Checkpoint | undefined> {
  const { organisation } = row;
  for (let page: readonly (SignedColumns & { number: bigint })[] = [row]; page.length > 0; ) {
    for (const each of page) {
      const checkpoint = readCheckpoint(organisation, each.number, each);
      if (checkpoint && isGenuine(checkpoint, [signer])) return checkpoint;
    }
    const { rows } = await tx.query<HeadRow>(HEADS_BEHIND_SQL, [organisation, page.at(-1)?.number]);
    page = rows;
  }
  return undefined;
}

type Chain = readonly Seal[];

/** All at once; if that fails, one by one, so that a chain that was tampered with holds up no other. */
async function writeChains(
  tx: Transaction,
  chains: readonly Chain[],
  now: string,
): Promise<{ sealed: readonly Chain[]; blocked: readonly Blocked[] }> {
  if (chains.length === 0 || (await writeSeals(tx, chains, now)) === undefined)
    return { sealed: chains, blocked: [] };
  const sealed: Chain[] = [];
  const blocked: Blocked[] = [];
  for (const chain of chains) {
    const reason = await writeSeals(tx, [chain], now);
    const organisation = chain[0]?.organisation ?? '';
    if (reason === undefined) sealed.push(chain);
    else blocked.push({ organisation, reason });
  }
  return { sealed, blocked };
}

/** `undefined` when they stand there; else why not. What is no answer of the server is thrown. */
async function writeSeals(
  tx: Transaction,
  chains: readonly Chain[],
  now: string,
): Promise<string | undefined> {
  const seals = chains.flat();
  await tx.query('savepoint chains');
  try {
    await tx.query(SEAL_SQL, [
      seals.map(({ organisation }) => organisation),
      seals.map(({ number }) => number),
      seals.map(({ entryId }) => entryId),
      seals.map(({ entryDigest }) => entryDigest),
      seals.map(({ digest }) => digest),
      now,
    ]);
    const heads = chains.flatMap((chain) => chain.at(-1) ?? []);
    const { rowCount } = await tx.query(CHECKPOINTS_AT_SQL, [
      heads.map(({ organisation }) => organisation),
      heads.map(({ number }) => number),
    ]);
    if (rowCount)
      throw auditError('audit_chain_blocked', { message: 'a checkpoint that is not ours stands ahead' });
    await tx.query('release savepoint chains');
    return undefined;
  } catch (error) {
    // Class 22 and 23: values and constraints, so what stands in the table is to blame.
    const blamed = error instanceof AppError || /^2[23]/.test(errorCode(error) ?? '');
    if (!blamed) throw error;
    await tx.query('rollback to savepoint chains');
    return error instanceof Error ? error.message : String(error);
  }
}

async function sign({ tx, signer, now }: RoundOptions, last: Head, chains: readonly Chain[]): Promise<Head> {
  const checkpoints = chains.flatMap((chain) => {
    const head = chain.at(-1);
    return head ? [signCheckpoint(signer, { ...head, signedAt: now })] : [];
  });
  const number = last.number + 1n;
  const digest = roundDigest(number, checkpoints, last.digest, now);
  const round = signCheckpoint(signer, { organisation: EVERYBODY, number, digest, signedAt: now });
  await tx.query(ROUND_SQL, [number, digest, now, signer.id, round.signature]);
  await tx.query(CHECKPOINT_SQL, [
    checkpoints.map(({ organisation }) => organisation),
    checkpoints.map((head) => head.number),
    checkpoints.map((head) => head.digest),
    checkpoints.map(({ signature }) => signature),
    now,
    signer.id,
    number,
  ]);
  return { number, digest };
}

export interface SignedColumns extends Record<string, unknown> {
  readonly signedDigest: string | null;
  readonly signedAt: string | null;
  readonly keyId: string | null;
  readonly signature: Buffer | null;
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

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
