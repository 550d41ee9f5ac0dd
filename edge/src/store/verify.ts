import { inflateSync } from 'node:zlib';
import {
  type Batch,
  type KeyRing,
  openBatch,
  recordCount,
  type SequenceRange,
  sha256Hex,
} from '@meterline/contracts';
import type Sqlite from 'better-sqlite3';
import { isWhole, type Row } from './ledger.ts';
import type { BatchMeta } from './outbox.ts';
import { Ranges, rangesOf } from './ranges.ts';
import { CHECKED, checkOf, STATE, TABLES } from './schema.ts';
import * as sql from './sql.ts';

export interface VerifyFault {
  readonly what: 'file' | 'row' | 'numbering' | 'chain' | 'batch';
  readonly where: string;
  readonly detail: string;
}
export interface VerifyReport {
  readonly ok: boolean;
  readonly journal: string;
  /** 1…last are accounted for: as a row, in a batch, as dropped, or as settled. */
  readonly last: number;
  readonly watermark: number;
  readonly rows: number;
  readonly batches: number;
  readonly signatures: number;
  readonly faults: readonly VerifyFault[];
}

interface JournalHead {
  readonly ref: number;
  readonly id: string;
  readonly batch: number;
  readonly digest: string | null;
  readonly watermark: number;
  readonly settled: number;
}
interface StoredBatch extends BatchMeta {
  readonly crc: number;
  readonly payload: Buffer | null;
}

const FAULTS_MAX = 100;

/** Checks everything that can be checked from the file and the gateway's public key alone. Reads only. */
export function verify(db: Sqlite.Database, keys: KeyRing): VerifyReport {
  const faults: VerifyFault[] = [];
  const fail = (what: VerifyFault['what'], where: string, detail: string) => {
    if (faults.length < FAULTS_MAX) faults.push({ what, where, detail });
  };
  for (const { quick_check: line } of db.pragma('quick_check(10)') as { quick_check: string }[]) {
    if (line !== 'ok') fail('file', 'sqlite', line);
  }
  const journals = db.prepare<[], JournalHead>('SELECT * FROM journal ORDER BY ref').all();
  const own = journals.at(-1);
  if (!own) {
    fail('file', 'journal', 'holds no journal');
    return { ok: false, journal: '', last: 0, watermark: 0, rows: 0, batches: 0, signatures: 0, faults };
  }
  verifyFacts(db, fail);
  const rows = verifyRows(db, fail);
  let [batches, signatures] = [0, 0];
  const ranges: SequenceRange[] = [];
  const dropped: SequenceRange[] = [...rows.dropped];
  const known = new Map(journals.map(({ ref, id }) => [ref, id]));
  let before: StoredBatch | undefined;
  const query = 'SELECT * FROM batch ORDER BY journal, number';
  for (const batch of db.prepare<[], StoredBatch>(query).iterate()) {
    batches += 1;
    const opened = openStored(batch, { keys, journal: known.get(batch.journal), fail });
    signatures += opened ? 1 : 0;
    if (opened && batch.journal === own.ref) dropped.push(...droppedIn(opened));
    verifyLink(before, batch, fail);
    if (batch.journal === own.ref) ranges.push(...rangesOf(batch));
    before = batch;
  }
  if (before?.journal === own.ref && before.number === own.batch && before.digest !== own.digest) {
    fail('chain', `batch ${before.number}`, 'is not the one that the journal ended with');
  }
  const last = verifyNumbering(own, { ranges, rows: rows.sequences, dropped, fail });
  const count = rows.sequences.length;
  const { id: journal, watermark } = own;
  return { ok: faults.length === 0, journal, last, watermark, rows: count, batches, signatures, faults };
}

type Fail = (what: VerifyFault['what'], where: string, detail: string) => void;

interface Rows {
  readonly sequences: readonly number[];
  readonly dropped: readonly SequenceRange[];
}

/** What rows refer to. */
function verifyFacts(db: Sqlite.Database, fail: Fail): void {
  for (const table of ['journal', 'boot', 'series', 'anchor'] as const) {
    const facts = db.prepare<[], Record<string, string | number | null>>(`SELECT * FROM ${table}`);
    for (const fact of facts.iterate()) {
      const fields = CHECKED[table].map((name) => fact[name]);
      if (checkOf(table, fields) !== fact.crc)
        fail('row', `${table} ${fields[0]}`, 'is not as it was written');
    }
  }
}

function verifyRows(db: Sqlite.Database, fail: Fail): Rows {
  const sequences: number[] = [];
  const dropped: SequenceRange[] = [];
  for (const table of TABLES) {
    for (const row of db.prepare<[number, number], Row>(sql.rowsAfter(table)).iterate(0, -1)) {
      sequences.push(row.seq);
      if (!isWhole(table, row)) fail('row', `${table} ${row.seq}`, 'is not as it was written');
      else if (table === 'record' && row.text?.startsWith('{"kind":"dropped"')) {
        dropped.push(...(JSON.parse(row.text) as { ranges: SequenceRange[] }).ranges);
      }
    }
  }
  sequences.sort((a, b) => a - b);
  for (const [i, seq] of sequences.entries()) {
    if (seq === sequences[i - 1]) fail('numbering', `row ${seq}`, 'stands twice');
  }
  return { sequences, dropped };
}

/** Undefined when its bytes are gone, or not to be believed. */
function openStored(
  batch: StoredBatch,
  { keys, journal, fail }: { keys: KeyRing; journal: string | undefined; fail: Fail },
): Batch | undefined {
  const where = `batch ${batch.number} of ${journal ?? 'an unknown journal'}`;
  const fields = CHECKED.batch.map((name) => batch[name]);
  if (checkOf('batch', fields) !== batch.crc) fail('batch', where, 'its place is not as it was written');
  if (!batch.payload) {
    if (batch.state < STATE.released) fail('batch', where, 'has lost its bytes');
    return undefined;
  }
  if (sha256Hex(batch.payload) !== batch.sha) {
    fail('batch', where, 'its bytes are not those that were stored');
    return undefined;
  }
  const opened = openBatch(inflateSync(batch.payload), { keys, deflated: false });
  if (!opened.ok) {
    fail('batch', where, `${opened.reason}: ${opened.detail}`);
    return undefined;
  }
  const { head, digest } = opened.batch;
  const same =
    digest === batch.digest &&
    head.journal === journal &&
    head.batch === batch.number &&
    head.first === batch.first &&
    head.last === batch.last &&
    JSON.stringify(head.holes ?? null) === (batch.holes ?? 'null') &&
    recordCount(head) === batch.rows;
  if (!same) fail('batch', where, 'what was signed is not what the journal says of it');
  return opened.batch;
}

/** Rows of records may be gone where their batch holds them. */
function droppedIn(batch: Batch): readonly SequenceRange[] {
  if (batch.type !== 'records') return [];
  return batch.records.flatMap((record) => (record.kind === 'dropped' ? record.ranges : []));
}

/** Numbers may be missing only where the watermark has passed. */
function verifyLink(before: StoredBatch | undefined, batch: StoredBatch, fail: Fail): void {
  if (before?.journal !== batch.journal || before.number + 1 !== batch.number) return;
  if (batch.previous !== before.digest) {
    fail('chain', `batch ${batch.number}`, `names another predecessor than batch ${before.number}`);
  }
}

function verifyNumbering(
  own: JournalHead,
  {
    ranges,
    rows,
    dropped,
    fail,
  }: { ranges: SequenceRange[]; rows: readonly number[]; dropped: SequenceRange[]; fail: Fail },
): number {
  const inBatches = ranges.toSorted((a, b) => a[0] - b[0]);
  for (const [i, [from]] of inBatches.entries()) {
    const end = inBatches[i - 1]?.[1] ?? 0;
    if (from <= end) fail('numbering', `${from}`, 'stands in two batches');
  }
  const single = rows.map((seq): SequenceRange => [seq, seq]);
  const known = new Ranges([[1, Math.max(own.watermark, own.settled)], ...inBatches, ...single, ...dropped]);
  const last = Math.max(own.watermark, own.settled, known.list.at(-1)?.[1] ?? 0);
  for (const [from, to] of known.complement(last)) fail('numbering', `${from}…${to}`, 'is nowhere');
  return last;
}

export interface ExportRange {
  readonly from?: number;
  readonly to?: number;
}

/** One JSON object a line: the journals, then batches with their signed bytes, then rows, each by number. */
export function exportJournal(
  db: Sqlite.Database,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: ExportRange,
  sink: (line: string) => void,
): number {
  let lines = 0;
  const write = (value: object) => {
    sink(`${JSON.stringify(value)}\n`);
    lines += 1;
  };
  for (const journal of db.prepare<[], object>('SELECT * FROM journal ORDER BY ref').iterate()) {
    write({ type: 'journal', ...journal });
  }
  for (const boot of db
    .prepare<[], object>('SELECT number, id, last, clean FROM boot ORDER BY number')
    .iterate()) {
    write({ type: 'boot', ...boot });
  }
  const batches = 'SELECT * FROM batch WHERE last >= ? AND first <= ? ORDER BY journal, number';
  for (const { payload, ...meta } of db.prepare<[number, number], StoredBatch>(batches).iterate(from, to)) {
    write({ type: 'batch', ...meta, payload: payload && inflateSync(payload).toString('base64') });
  }
  for (const table of TABLES) {
    const of = table === 'record' ? '' : 'LEFT JOIN series ON series.ref = r.series';
    const key = table === 'record' ? 'body' : 'point, detail, CAST(value AS TEXT) AS value, note';
    const query = `SELECT seq, boot, mono, wall, ${key} FROM ${table} r ${of} WHERE seq BETWEEN ? AND ? ORDER BY seq`;
    for (const row of db.prepare<[number, number], object>(query).iterate(from, to))
      write({ type: table, ...row });
  }
  return lines;
}
