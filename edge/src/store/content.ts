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
  LIMITS,
  leafLine,
  type PointId,
  packRows,
  parseLeaf,
  type QualityMark,
  type ReadingRow,
  valuedLeaf,
} from '@meterline/contracts';
import type { Evidence, Mark } from '../entry.ts';
import type { Note, SeriesKey, SweepNote } from './entry.ts';
import type { Row } from './ledger.ts';
import type { ReadingTable } from './schema.ts';
import type { Timing } from './times.ts';

/** A row with what its references stand for. */
export interface ReadRow extends Row {
  readonly key: SeriesKey;
  readonly note: Note;
}

/**
 * A corrected clock can show that a sweep was nowhere near its boundary, or so uncertain that nobody can tell. Then its
 * counts are sent as what they are, counts at their own instants, and the boundary is left without a reading.
 */
export function isBoundary(
  sweep: SweepNote,
  rows: readonly ReadRow[],
  { timing, sealed }: { timing: Timing; sealed: number },
): boolean {
  if (!timing.synced) return false;
  const reads = rows.map(({ mono }) => timing.look(mono));
  const monos = rows.flatMap(({ mono, note }) => [
    mono,
    bracketOf(note.sweep, sweep.boundary, timing)?.at ?? mono,
  ]);
  const uncertainty = Math.max(...monos.map(timing.doubt));
  return (
    uncertainty <= LIMITS.boundaryUncertaintyMs &&
    sealed + uncertainty >= Math.max(...reads) &&
    reads.every((read) => isEpochMs(read) && Math.abs(read - sweep.boundary) <= LIMITS.sweepMs)
  );
}

/** As it was noted, in monotonic ms; null when its time turns out to be too far away to say anything. */
function bracketOf(sweep: SweepNote | undefined, boundary: number, timing: Timing): SweepNote['bracket'] {
  if (!sweep?.bracket) return null;
  const at = timing.look(sweep.bracket.at);
  return isEpochMs(at) && Math.abs(at - boundary) <= LIMITS.bracketMs ? sweep.bracket : null;
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
  const rereads = sweep.rereads.map((text) => {
    const [value = '', raw] = text.split('/', 2);
    return raw === undefined ? { value } : { value, raw };
  });
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
  const passes = passesOf(rows);
  const leaves = rows.map((row, i) => leafOf(row, { sweep, pass: passes[i] ?? 'only', timing, salt }));
  const reads = leaves.map(({ read }) => read);
  const span: BoundaryHead['sweep'] = [Math.min(...reads), Math.max(...reads)];
  const { boundary, occasion, command } = sweep;
  const asked = command === undefined ? {} : { command };
  return { type: 'boundary', boundary, occasion, ...asked, sweep: span, leaves };
}

/**
 * What was meant when the sweep began is not always what came of it: a main meter that failed at first has one line,
 * and it is the only one.
 */
function passesOf(rows: readonly ReadRow[]): BoundaryLeaf['pass'][] {
  const lines = new Map<string, number>();
  for (const { key } of rows) lines.set(key.point, (lines.get(key.point) ?? 0) + 1);
  const seen = new Set<string>();
  return rows.map(({ key }) => {
    if (lines.get(key.point) === 1) return 'only';
    const pass = seen.has(key.point) ? 'last' : 'first';
    seen.add(key.point);
    return pass;
  });
}

interface LeafParts {
  readonly sweep: SweepNote;
  readonly pass: BoundaryLeaf['pass'];
  readonly timing: Timing;
  readonly salt: Salt;
}

function leafOf(
  { seq, mono, value, key, note }: ReadRow,
  { sweep, pass, timing, salt }: LeafParts,
): BoundaryLeaf {
  if (!note.sweep) throw new TypeError('a leaf needs its sweep');
  const { quality, rereads } = note.sweep;
  const bracket = bracketOf(note.sweep, sweep.boundary, timing);
  const leaf = valuedLeaf(sweep.boundary, {
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
  // Sealing judges the arithmetic of a leaf; whether its line can be read back, only a reader does.
  const read = parseLeaf(leafLine(leaf));
  if (!read.ok) throw new TypeError(`the leaf of ${seq} ${read.detail}`);
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
