import { randomBytes } from 'node:crypto';
import {
  type BillingColumns,
  type BoundaryHead,
  type BoundaryLeaf,
  type Content,
  type CounterColumns,
  type GaugeColumns,
  isEpochMs,
  type JournalRecord,
  type PointId,
  packRows,
  type QualityMark,
  type ReadingRow,
  valuedLeaf,
} from '@meterline/contracts';
import type { Evidence, Mark, Note, SeriesKey, SweepNote } from './entry.ts';
import type { Row } from './ledger.ts';
import type { ReadingTable } from './schema.ts';
import type { Timing } from './times.ts';

/** A row with what its references stand for. */
export interface ReadRow extends Row {
  readonly key: SeriesKey;
  readonly note: Note;
}

/**
 * A corrected clock can show that a sweep was nowhere near its boundary. Then its counts are sent as what they
 * are, counts at their own instants, and the boundary is left without a reading.
 */
const NEAR_BOUNDARY_MS = 15 * 60_000;

export function isBoundary(sweep: SweepNote, rows: readonly Row[], timing: Timing): boolean {
  if (!timing.synced) return false;
  return rows.every(({ mono }) => Math.abs(timing.at(mono) - sweep.boundary) <= NEAR_BOUNDARY_MS);
}

export function readingContent(table: ReadingTable, rows: readonly ReadRow[], timing: Timing): Content {
  const packed = packRows(rows.map((row) => readingRow(row, timing)));
  const keys = new Map(rows.map(({ key }) => [key.point, key.detail]));
  const details = packed.points.map((point) => keys.get(point) ?? '');
  const texts = rows.map(({ value }) => value);
  if (table === 'gauge') {
    const v = texts.map((value) => (value === null ? null : Number(value)));
    const columns: GaugeColumns = { ...packed, units: details as GaugeColumns['units'], v };
    return { type: 'readings', class: table, columns };
  }
  if (table === 'counter') {
    const columns: CounterColumns = { ...packed, v: texts };
    return { type: 'readings', class: table, columns };
  }
  const raw = rows.map(({ note }) => note.raw ?? '');
  const columns: BillingColumns = { ...packed, registers: details, v: texts, raw };
  return { type: 'readings', class: table, columns };
}

function readingRow(row: ReadRow, timing: Timing): ReadingRow {
  const mark = markOf(row.note);
  const reading = { point: row.key.point as PointId, time: timing.at(row.mono) };
  return mark ? { ...reading, mark: { code: mark.code, ...evidenceOf(mark.evidence, timing) } } : reading;
}

/** A boundary reading that travels as a plain count keeps its quality and its re-reads. */
function markOf({ mark, sweep }: Note): Mark | undefined {
  if (!sweep) return mark;
  if (sweep.quality === 'good') return undefined;
  const rereads = sweep.rereads.map((value) => ({ value }));
  return rereads.length > 0 ? { code: sweep.quality, evidence: { rereads } } : { code: sweep.quality };
}

function evidenceOf(
  evidence: Evidence | undefined,
  timing: Timing,
): { evidence?: NonNullable<QualityMark['evidence']> } {
  if (!evidence) return {};
  const { previous, rereads, limit } = evidence;
  const at = previous?.at !== undefined && timing.synced ? { at: timing.at(previous.at) } : {};
  return {
    evidence: {
      ...(previous ? { previous: { value: previous.value, ...at } } : {}),
      ...(rereads ? { rereads: rereads.map((reread) => ({ ...reread })) } : {}),
      ...(limit === undefined ? {} : { limit }),
    },
  };
}

export type Salt = () => string;
export const randomSalt: Salt = () => randomBytes(16).toString('hex');

export function boundaryContent(
  sweep: SweepNote,
  rows: readonly ReadRow[],
  { timing, salt }: { timing: Timing; salt: Salt },
): Content {
  const leaves = rows.map((row) => leafOf(row, sweep.boundary, { timing, salt }));
  const reads = leaves.map(({ read }) => read);
  const span: BoundaryHead['sweep'] = [Math.min(...reads), Math.max(...reads)];
  const { boundary, occasion } = sweep;
  return { type: 'boundary', boundary, occasion, sweep: span, leaves };
}

function leafOf(
  { seq, mono, value, key, note }: ReadRow,
  boundary: number,
  { timing, salt }: { timing: Timing; salt: Salt },
): BoundaryLeaf {
  const { sweep } = note;
  if (!sweep) throw new TypeError('a leaf needs its sweep');
  const { pass, bracket, quality, rereads } = sweep;
  const leaf = valuedLeaf(boundary, {
    salt: salt(),
    sequence: seq,
    point: key.point as PointId,
    pass,
    register: key.detail,
    read: timing.at(mono),
    count: value,
    raw: note.raw ?? '',
    bracket: bracket && { at: timing.at(bracket.at), count: bracket.count },
    quality,
    rereads: [...rereads],
  });
  const instants = [leaf.read, leaf.bracket?.at ?? leaf.read];
  if (!instants.every(isEpochMs)) throw new TypeError(`leaf of ${seq} has a time that is none`);
  return leaf;
}

interface Seen {
  readonly at: number;
}

/** The bodies of records hold monotonic ms until now. */
export function recordContent(rows: readonly Row[], timing: Timing): Content {
  const records = rows.map(({ mono, text }) => {
    const body = JSON.parse(text ?? '') as { kind: string; last?: Seen[]; first?: Seen[] };
    const timed = (seen: readonly Seen[] = []) => seen.map((one) => ({ ...one, at: timing.at(one.at) }));
    const swap = body.kind === 'swap' ? { last: timed(body.last), first: timed(body.first) } : {};
    return { t: timing.at(mono), ...body, ...swap } as unknown as JournalRecord;
  });
  return { type: 'records', records };
}
