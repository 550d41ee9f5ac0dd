import type { z } from 'zod';
import type { Columns } from './columns.ts';
import { type Refused, writeEnvelope } from './envelope.ts';
import {
  type BatchClock,
  type BatchHead,
  type BoundaryHead,
  boundaryHead,
  type ReadingClass,
  rangeOf,
  readingsHead,
  recordsHead,
  sequencesOf,
} from './head.ts';
import type { CommandId, GatewayId, JournalId } from './ids.ts';
import { type Signer, sha256Hex } from './keys.ts';
import { type BoundaryLeaf, leafFault, leafLine } from './leaf.ts';
import { leafHash, merkleRoot } from './merkle.ts';
import { readingsOf, recordsOf } from './open.ts';
import type { JournalRecord } from './records.ts';
import { sweepFault } from './sweep.ts';

/** Where a batch stands: everything of the head that does not depend on its rows. */
export interface Placement {
  readonly gateway: GatewayId;
  readonly journal: JournalId;
  readonly batch: number;
  readonly previous: string | null;
  readonly sealed: number;
  readonly clock: BatchClock;
  /** Ascending, one a row. Boundary leaves bring their own. */
  readonly sequences: readonly number[];
}

export type Content =
  | { readonly type: 'readings'; readonly class: ReadingClass; readonly columns: Columns }
  | { readonly type: 'records'; readonly records: readonly JournalRecord[] }
  | {
      readonly type: 'boundary';
      readonly boundary: number;
      readonly occasion: BoundaryHead['occasion'];
      readonly sweep: readonly [number, number];
      readonly leaves: readonly BoundaryLeaf[];
      /** The `read` command that asked for it, on demand only. */
      readonly command?: CommandId;
    };

export interface Sealed {
  /** To be stored, and sent as it is (or deflated as a whole) until it is receipted. */
  readonly payload: Buffer;
  readonly head: BatchHead;
  /** What the next batch names as `previous`. */
  readonly digest: string;
}

/** Throws a TypeError on content that no hub would accept: that is a fault of the caller, not of the input. */
export function sealBatch(placement: Placement, content: Content, signer: Signer): Sealed {
  const { sequences, ...place } = placement;
  const shared = { v: 1, ...place, ...rangeOf(sequences) };
  const { head, body } = content.type === 'boundary' ? boundary(shared, content) : json(shared, content);
  const statement = Buffer.from(JSON.stringify(head));
  const payload = writeEnvelope(head.type, statement, body, signer);
  return { payload, head, digest: sha256Hex(statement) };
}

type Shared = Record<string, unknown>;

function json(
  shared: Shared,
  content: Exclude<Content, { type: 'boundary' }>,
): { head: BatchHead; body: Buffer } {
  const written = content.type === 'readings' ? content.columns : { records: content.records };
  const body = Buffer.from(JSON.stringify(written));
  const digest = sha256Hex(body);
  if (content.type === 'readings') {
    const head = checked(readingsHead, { ...shared, type: 'readings', class: content.class, body: digest });
    return accepted(head, body, readingsOf(head, body));
  }
  const head = checked(recordsHead, { ...shared, type: 'records', body: digest });
  return accepted(head, body, recordsOf(head, body));
}

function accepted<H>(head: H, body: Buffer, read: { ok: true } | Refused): { head: H; body: Buffer } {
  if (!read.ok) throw new TypeError(`cannot seal: ${read.detail}`);
  return { head, body };
}

function boundary(
  shared: Shared,
  { boundary: instant, occasion, command, sweep, leaves }: Extract<Content, { type: 'boundary' }>,
): { head: BoundaryHead; body: Buffer } {
  const lines = leaves.map(leafLine);
  const root = merkleRoot(lines.map(leafHash)).toString('hex');
  const asked = command === undefined ? {} : { command };
  const about = { boundary: instant, occasion, ...asked, sweep, leaves: leaves.length, root };
  const head = checked(boundaryHead, { ...shared, type: 'boundary', ...about });
  const places = sequencesOf(head);
  for (const [i, leaf] of leaves.entries()) {
    const fault = leafFault(head, leaf, places[i] ?? 0);
    if (fault) throw new TypeError(`cannot seal: leaf ${i} ${fault}`);
  }
  const fault = sweepFault(leaves);
  if (fault) throw new TypeError(`cannot seal: ${fault}`);
  return { head, body: Buffer.from(lines.map((line) => `${line}\n`).join('')) };
}

function checked<T>(schema: z.ZodType<T>, head: unknown): T {
  const parsed = schema.safeParse(head);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`cannot seal: ${issue?.path.join('.')} ${issue?.message}`);
}
