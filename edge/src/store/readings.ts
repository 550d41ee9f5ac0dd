import { inflateSync } from 'node:zlib';
import {
  type Batch,
  type BatchClock,
  type JournalId,
  type KeyRing,
  openBatch,
  type Quality,
  sequencesOf,
} from '@meterline/contracts';
import type Sqlite from 'better-sqlite3';
import type { Note, SeriesKey } from './entry.ts';
import { isWhole, type Row } from './ledger.ts';
import type { BatchKind, Table } from './schema.ts';
import * as sql from './sql.ts';
import { type PlacedAnchor, syncedTiming, type Timing } from './times.ts';
import { type ExportRange, type StoredBatch, walk } from './walk.ts';

/** One reading or event of the journal, whether it is sealed or not. */
export interface JournalReading {
  readonly journal: JournalId;
  readonly sequence: number;
  /** Null: not sealed yet. */
  readonly batch: number | null;
  readonly class: BatchKind;
  /** UTC ms, both ends the same where it is known; null where nothing is. */
  readonly time: readonly [earliest: number, latest: number] | null;
  readonly point: string | null;
  /** Of a gauge. */
  readonly unit: string | null;
  /** `profile@version/register` of a count that is billed on. */
  readonly register: string | null;
  /** As it was read: a gauge in its unit, a count in counts; of an event its kind. */
  readonly value: string | null;
  readonly quality: Quality | null;
  readonly boundary: number | null;
  /** At the boundary itself, interpolated; null while it is not sealed. */
  readonly boundaryValue: string | null;
  readonly raw: string | null;
  /** Evidence of a quality, content of an event. Instants of what is not sealed are monotonic. */
  readonly note: object | null;
}

export type Readable = JournalReading | { readonly fault: string };

export interface ReadingRange extends ExportRange {
  /** UTC ms, half-open. */
  readonly since?: number;
  readonly until?: number;
}

/** A batch is sealed after its readings; the clocks of both may have been corrected meanwhile. */
const MARGIN_MS = 86_400_000;

export function* journalReadings(
  db: Sqlite.Database,
  keys: KeyRing,
  range: ReadingRange,
): Generator<Readable> {
  const { from = 1, to = Number.MAX_SAFE_INTEGER, since } = range;
  const facts = factsOf(db);
  for (const found of walk(db, range)) {
    if (found.is === 'row') {
      if (!isWhole(found.table, found.row)) {
        yield { fault: `${found.table} ${found.row.seq}: is not as it was written` };
        continue;
      }
      const reading = rowReading(found.journal, found.table, found.row, facts);
      if (isWithin(reading, range)) yield reading;
      continue;
    }
    const { batch, journal, after } = found;
    if (!batch.payload || (since !== undefined && batch.sealed + MARGIN_MS < since)) continue;
    const opened = open(batch, batch.payload, keys);
    if (typeof opened === 'string') yield { fault: `batch ${batch.number} of ${journal}: ${opened}` };
    else
      for (const reading of batchReadings(opened, journal))
        if (
          reading.sequence > after &&
          reading.sequence >= from &&
          reading.sequence <= to &&
          isWithin(reading, range)
        )
          yield reading;
  }
}

function isWithin({ time }: JournalReading, { since, until }: ReadingRange): boolean {
  if (since === undefined && until === undefined) return true;
  return time !== null && time[1] >= (since ?? 0) && time[0] < (until ?? Number.POSITIVE_INFINITY);
}

/** A sentence: why it cannot be. */
function open({ state }: StoredBatch, payload: Buffer, keys: KeyRing): Batch | string {
  try {
    const opened = openBatch(inflateSync(payload), { keys, deflated: false });
    return opened.ok ? opened.batch : `${opened.reason}: ${opened.detail}`;
  } catch {
    return `its bytes are damaged (state ${state})`;
  }
}

const NOTHING = {
  ...{ point: null, unit: null, register: null, value: null, quality: null },
  ...{ boundary: null, boundaryValue: null, raw: null, note: null },
};

function* batchReadings(opened: Batch, journal: JournalId): Generator<JournalReading> {
  const { head } = opened;
  const sequences = sequencesOf(head);
  const place = (i: number) => ({ ...NOTHING, journal, sequence: sequences[i] ?? 0, batch: head.batch });
  if (opened.type === 'readings') {
    const { columns, times } = opened;
    const marks = new Map(columns.quality?.map((mark) => [mark.row, mark]));
    for (const [i, p] of columns.p.entries()) {
      const value = columns.v[i] ?? null;
      const mark = marks.get(i);
      yield {
        ...place(i),
        class: opened.head.class,
        time: timeOf(head.clock, times[i] ?? 0),
        point: columns.points[p] ?? null,
        unit: 'units' in columns ? (columns.units[p] ?? null) : null,
        register: 'registers' in columns ? (columns.registers[p] ?? null) : null,
        value: value === null ? null : String(value),
        quality: mark?.code ?? 'good',
        raw: 'raw' in columns ? (columns.raw[i] ?? null) : null,
        note: mark?.evidence ?? null,
      };
    }
  } else if (opened.type === 'boundary') {
    for (const [i, leaf] of opened.leaves.entries()) {
      const { point, register, read, count: value, quality, raw, bracket, method, pass, rereads } = leaf;
      const note = { pass, method, bracket, ...(rereads.length > 0 && { rereads }) };
      const known = { point, register, value, quality, raw, note };
      const { boundary } = opened.head;
      yield {
        ...place(i),
        ...known,
        class: 'boundary',
        time: [read, read],
        boundary,
        boundaryValue: leaf.value,
      };
    }
  } else {
    for (const [i, { t, kind, ...note }] of opened.records.entries())
      yield { ...place(i), class: 'record', time: timeOf(head.clock, t), value: kind, note };
  }
}

const timeOf = (clock: BatchClock, t: number): JournalReading['time'] =>
  clock.state === 'synced' ? [t, t] : [clock.after + t, clock.before + t];

interface Facts {
  readonly series: (ref: number) => SeriesKey | undefined;
  readonly timing: (boot: number) => Timing | undefined;
}

function factsOf(db: Sqlite.Database): Facts {
  const one = db.prepare<[number], SeriesKey>('SELECT class, point, detail FROM series WHERE ref = ?');
  const known = new Map<number, SeriesKey>();
  const anchors = db.prepare<[number], PlacedAnchor>(sql.ANCHORS_OF_BOOT);
  const timings = new Map<number, Timing>();
  return {
    series: (ref) => {
      const key = known.get(ref) ?? one.get(ref);
      if (key) known.set(ref, key);
      return key;
    },
    timing: (boot) => {
      const placed = timings.has(boot) ? [] : anchors.all(boot);
      if (placed.length > 0) timings.set(boot, syncedTiming(boot, placed));
      return timings.get(boot);
    },
  };
}

function rowReading(journal: JournalId, table: Table, row: Row, facts: Facts): JournalReading {
  const { seq: sequence, boot, mono, text, value } = row;
  const at = facts.timing(boot)?.look(mono);
  const shared = {
    ...NOTHING,
    journal,
    sequence,
    batch: null,
    time: at === undefined ? null : ([at, at] as const),
  };
  if (table === 'record') {
    const { kind = null, ...note } = JSON.parse(text ?? '{}') as { kind?: string };
    return { ...shared, class: 'record', value: kind, note };
  }
  const key = row.series === null ? undefined : facts.series(row.series);
  const { raw = null, mark, sweep } = JSON.parse(text ?? '{}') as Note;
  const detail = key?.detail ?? null;
  return {
    ...shared,
    class: sweep ? 'boundary' : table,
    point: key?.point ?? null,
    unit: table === 'gauge' ? detail : null,
    register: table === 'billing' ? detail : null,
    value,
    quality: mark?.code ?? sweep?.quality ?? 'good',
    boundary: sweep?.boundary ?? null,
    raw,
    note: mark?.evidence ?? null,
  };
}
