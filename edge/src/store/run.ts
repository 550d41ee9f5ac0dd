import { LIMITS } from '@meterline/contracts';
import type { ReadRow } from './content.ts';
import type { Note, SweepNote } from './entry.ts';
import type { Row } from './ledger.ts';
import type { BatchKind, Table } from './schema.ts';

// Which rows may stand in one batch.

/** Enough holes for any honest mixture of classes, within LIMITS.headBytes at thirteen digits a number. */
const HOLES_MAX = 2_000;
const RECORD_BYTES_MAX = 256 * 1_024;
const READING_BYTES_MAX = 512 * 1_024;
/** Of the lines of a sweep: half of them is salt and raw words, which do not get smaller when deflated. */
const SWEEP_BYTES_MAX = 1_536 * 1_024;
/** What a line says that its note does not: salt, point, register, instants. */
const LINE_BYTES = 300;

/** A sweep is not divided for being long, as long as one batch can hold it. */
export const SWEEP_ROWS_MAX = LIMITS.leavesPerBatch;

export function sweepOf({ text }: Row): SweepNote | undefined {
  if (!text?.includes('"sweep":')) return undefined;
  try {
    return (JSON.parse(text) as Note).sweep;
  } catch {
    return undefined;
  }
}

export const kindOf = (table: Table, row: Row | undefined): BatchKind =>
  table === 'billing' && row && sweepOf(row) ? 'boundary' : table;

function sweepKey(row: Row): string | undefined {
  const sweep = sweepOf(row);
  return sweep && `${sweep.boundary} ${sweep.occasion} ${sweep.command ?? ''}`;
}

type PointOf = (series: number) => string | undefined;

/** The longest beginning that may stand in one batch, as far as that can be told without its times. */
export function runOf(rows: readonly Row[], pointOf: PointOf): readonly Row[] {
  const [first] = rows;
  if (!first) return rows;
  const sweep = sweepKey(first);
  const limits = sweep ? SWEEP_LIMITS : limitsOf(first);
  const points = new Map<string | undefined, number | null>();
  let [holes, bytes, previous] = [0, 0, first.seq - 1];
  for (const [i, row] of rows.entries()) {
    const point = row.series === null ? undefined : pointOf(row.series);
    const other = points.get(point) ?? row.series;
    points.set(point, row.series);
    bytes += (row.text?.length ?? 0) + limits.each;
    if (row.seq > previous + 1) holes += 1;
    previous = row.seq;
    const fits =
      i < limits.rows &&
      row.boot === first.boot &&
      sweepKey(row) === sweep &&
      // Columns name one unit or register a point; after a change of profile the point goes on in the next batch.
      (sweep !== undefined || other === row.series) &&
      holes <= HOLES_MAX &&
      (sweep !== undefined || points.size <= LIMITS.pointsPerBatch) &&
      row.seq - first.seq < LIMITS.sequenceSpan &&
      (bytes <= limits.bytes || i === 0);
    if (!fits) return rows.slice(0, sweep ? betweenPoints(sameSweep(rows), i) : i);
  }
  return rows;
}

function sameSweep(rows: readonly Row[]): readonly Row[] {
  const [first] = rows;
  const key = first && sweepKey(first);
  const end = rows.findIndex((row) => row.boot !== first?.boot || sweepKey(row) !== key);
  return end < 0 ? rows : rows.slice(0, end);
}

const SWEEP_LIMITS = { rows: SWEEP_ROWS_MAX, bytes: SWEEP_BYTES_MAX, each: LINE_BYTES };
const limitsOf = ({ series }: Row) =>
  series === null
    ? { rows: LIMITS.recordsPerBatch, bytes: RECORD_BYTES_MAX, each: 40 }
    : { rows: LIMITS.readingsPerBatch, bytes: READING_BYTES_MAX, each: 40 };

/**
 * Where to divide a sweep of which `most` rows may go: as late as no counter has a line on either side. A main
 * meter's two lines can span it all; then they are parted, and each stands alone.
 */
export function betweenPoints(rows: readonly Row[], most: number): number {
  const lastOf = new Map(rows.map(({ series }, i) => [series, i]));
  let [end, open] = [0, 0];
  for (const [i, { series }] of rows.slice(0, most).entries()) {
    open = Math.max(open, lastOf.get(series) ?? i);
    if (open === i) end = i + 1;
  }
  return end > 0 ? end : Math.max(1, most);
}

/**
 * The longest beginning of a sweep that one batch can hold: a point has one line, or two of which the second was
 * read later. A third, or one that a replaced file brought again, begins the next batch.
 */
export function fittingLines(rows: readonly ReadRow[], at: (mono: number) => number): number {
  const seen = new Map<string, { read: number; lines: number }>();
  for (const [i, { key, mono }] of rows.entries()) {
    const before = seen.get(key.point);
    const read = at(mono);
    if (before && (before.lines > 1 || read <= before.read)) return i;
    seen.set(key.point, { read, lines: (before?.lines ?? 0) + 1 });
  }
  return rows.length;
}

/** The longest beginning that columns can hold: a point has one unit or register, and at one time one value. */
export function fittingColumns(rows: readonly ReadRow[], at: (mono: number) => number): number {
  const points = new Map<string, { series: number | null; latest: number }>();
  let readings: Map<string, ReadRow> | undefined;
  for (const [i, row] of rows.entries()) {
    const { key, series } = row;
    const time = at(row.mono);
    const before = points.get(key.point);
    if (before && before.series !== series) return i;
    if (!before && points.size >= LIMITS.pointsPerBatch) return i;
    if (before && time <= before.latest) {
      // Rare: time stood still, or a corrected clock went back. Only now it is worth knowing them all.
      readings ??= new Map(rows.slice(0, i).map((one) => [placeOf(one, at), one]));
      const twin = readings.get(placeOf(row, at));
      if (twin && (twin.value !== row.value || twin.note.raw !== row.note.raw)) return i;
    }
    readings?.set(placeOf(row, at), row);
    points.set(key.point, { series, latest: Math.max(time, before?.latest ?? time) });
  }
  return rows.length;
}

const placeOf = ({ key, mono }: ReadRow, at: (mono: number) => number): string => `${key.point} ${at(mono)}`;
