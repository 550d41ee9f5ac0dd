import type { z } from 'zod';
import { COLUMNS, type Columns, columnsFault, repeatFault, timesOf } from './columns.ts';
import {
  type BatchKind,
  type Envelope,
  type OpenOptions,
  openEnvelope,
  type Refused,
  refuse,
} from './envelope.ts';
import {
  type BatchHead,
  type BoundaryHead,
  boundaryHead,
  type ReadingsHead,
  type RecordsHead,
  readingsHead,
  recordCount,
  recordsHead,
  sequencesOf,
} from './head.ts';
import type { GatewayId } from './ids.ts';
import { sha256Hex } from './keys.ts';
import { type BoundaryLeaf, leafFault, parseLeaf } from './leaf.ts';
import { LIMITS } from './limits.ts';
import { leafHash, merkleRoot } from './merkle.ts';
import { parse } from './parse.ts';
import { type RecordsBody, recordsBody } from './records.ts';
import { recordsFault } from './records-rules.ts';
import type { KeyId } from './scalars.ts';
import { sweepFault } from './sweep.ts';

interface Opened<H> {
  readonly head: H;
  /** Identity of the batch in the chain: SHA-256 of the signed line. */
  readonly digest: string;
  readonly keyId: KeyId;
  readonly envelope: Envelope;
}

export interface ReadingsBatch extends Opened<ReadingsHead> {
  readonly type: 'readings';
  readonly columns: Columns;
  /** One a row, summed up: UTC ms, or ms since the boot began when the clock is bounded. */
  readonly times: readonly number[];
}
export interface BoundaryBatch extends Opened<BoundaryHead> {
  readonly type: 'boundary';
  readonly lines: readonly string[];
  readonly leaves: readonly BoundaryLeaf[];
}
export interface RecordsBatch extends Opened<RecordsHead> {
  readonly type: 'records';
  readonly records: RecordsBody['records'];
}
export type Batch = ReadingsBatch | BoundaryBatch | RecordsBatch;

export interface BatchOptions extends OpenOptions {
  /** Whose topic it came on; absent when there is no topic (a file on disk). */
  readonly gateway?: GatewayId;
}

type Read<T> = { ok: true; value: T } | Refused;

const BATCH_KINDS: readonly BatchKind[] = ['readings', 'boundary', 'records'];

/** Never throws: what is not believed comes back with its reason. */
export function openBatch(payload: Uint8Array, options: BatchOptions): { ok: true; batch: Batch } | Refused {
  const opened = openEnvelope(payload, BATCH_KINDS, options);
  if (!opened.ok) return opened;
  const { envelope } = opened;
  if (envelope.kind === 'readings') return openReadings(envelope, options);
  if (envelope.kind === 'boundary') return openBoundary(envelope, options);
  return openRecords(envelope, options);
}

function headOf<H extends BatchHead>(
  schema: z.ZodType<H>,
  envelope: Envelope,
  { gateway }: BatchOptions,
): Read<Opened<H>> {
  const { statement, keyId } = envelope;
  if (statement.length > LIMITS.headBytes)
    return refuse('too-large', `the head has ${statement.length} bytes`);
  const read = parse(schema, statement);
  if (!read.ok) return read;
  const head = read.value;
  if (gateway !== undefined && head.gateway !== gateway)
    return refuse('wrong-gateway', `is of ${head.gateway}`);
  if (recordCount(head) > LIMITS.readingsPerBatch) {
    return refuse('malformed', `holds ${recordCount(head)} records, more than ${LIMITS.readingsPerBatch}`);
  }
  return { ok: true, value: { head, digest: sha256Hex(statement), keyId, envelope } };
}

function openReadings(
  envelope: Envelope,
  options: BatchOptions,
): { ok: true; batch: ReadingsBatch } | Refused {
  const opened = headOf(readingsHead, envelope, options);
  if (!opened.ok) return opened;
  const body = readingsOf(opened.value.head, envelope.body);
  return body.ok ? { ok: true, batch: { type: 'readings', ...opened.value, ...body.value } } : body;
}

function openRecords(envelope: Envelope, options: BatchOptions): { ok: true; batch: RecordsBatch } | Refused {
  const opened = headOf(recordsHead, envelope, options);
  if (!opened.ok) return opened;
  const body = recordsOf(opened.value.head, envelope.body);
  return body.ok ? { ok: true, batch: { type: 'records', ...opened.value, ...body.value } } : body;
}

function openBoundary(
  envelope: Envelope,
  options: BatchOptions,
): { ok: true; batch: BoundaryBatch } | Refused {
  const opened = headOf(boundaryHead, envelope, options);
  if (!opened.ok) return opened;
  const body = leavesOf(opened.value.head, envelope.body);
  return body.ok ? { ok: true, batch: { type: 'boundary', ...opened.value, ...body.value } } : body;
}

const isSigned = (head: { body: string }, bytes: Buffer): boolean => sha256Hex(bytes) === head.body;
const notSigned = (): Refused => refuse('body-mismatch', 'the body is not the one that was signed');

/** The columns that a head stands for. */
export function readingsOf(
  head: ReadingsHead,
  bytes: Buffer,
): Read<Pick<ReadingsBatch, 'columns' | 'times'>> {
  if (!isSigned(head, bytes)) return notSigned();
  const read = parse<Columns>(COLUMNS[head.class], bytes);
  if (!read.ok) return read;
  const columns = read.value;
  const fault = columnsFault(head, columns);
  if (fault) return refuse('inconsistent', fault);
  const times = timesOf(head, columns);
  if (!times) return refuse('inconsistent', 't leaves what a time can be');
  const repeat = repeatFault(columns, times);
  return repeat ? refuse('inconsistent', repeat) : { ok: true, value: { columns, times } };
}

/** The records that a head stands for. */
export function recordsOf(head: RecordsHead, bytes: Buffer): Read<Pick<RecordsBatch, 'records'>> {
  if (!isSigned(head, bytes)) return notSigned();
  const read = parse(recordsBody, bytes);
  if (!read.ok) return read;
  const fault = recordsFault(head, read.value);
  return fault ? refuse('inconsistent', fault) : read;
}

/** The leaves that a head stands for. */
function leavesOf(head: BoundaryHead, bytes: Buffer): Read<Pick<BoundaryBatch, 'lines' | 'leaves'>> {
  if (bytes.at(-1) !== 0x0a) return refuse('root-mismatch', 'the last leaf has no line end');
  const lines = bytes.toString('latin1', 0, bytes.length - 1).split('\n');
  if (lines.length !== head.leaves)
    return refuse('root-mismatch', `${lines.length} leaves, ${head.leaves} signed`);
  const root = merkleRoot(lines.map((line) => leafHash(Buffer.from(line, 'latin1'))));
  if (root.toString('hex') !== head.root)
    return refuse('root-mismatch', 'the leaves are not those that were signed');
  const sequences = sequencesOf(head);
  const leaves: BoundaryLeaf[] = [];
  for (const [i, line] of lines.entries()) {
    const read = parseLeaf(line);
    if (!read.ok) return refuse('malformed', `leaf ${i} ${read.detail}`);
    const fault = leafFault(head, read.leaf, sequences[i] ?? 0);
    if (fault) return refuse('inconsistent', `leaf ${i} ${fault}`);
    leaves.push(read.leaf);
  }
  const fault = sweepFault(leaves);
  if (fault) return refuse('inconsistent', fault);
  return { ok: true, value: { lines, leaves } };
}
