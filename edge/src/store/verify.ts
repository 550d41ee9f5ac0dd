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
import { troubleOf } from './errors.ts';
import { isWhole, type Row } from './ledger.ts';
import { Ranges, rangesOf } from './ranges.ts';
import { CHECKED, checkOf, STATE, TABLES, type Table } from './schema.ts';
import * as sql from './sql.ts';
import type { StoredBatch } from './walk.ts';

export interface VerifyFault {
  readonly what: 'file' | 'row' | 'numbering' | 'chain' | 'batch' | 'receipt';
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
  /** The first hundred. */
  readonly faults: readonly VerifyFault[];
  readonly found: number;
}

/** Rows and batches that have been looked at, and how many there are. */
export type VerifyProgress = (done: number, of: number) => void;

interface JournalHead extends Record<Table, number> {
  readonly ref: number;
  readonly id: string;
  readonly batch: number;
  readonly digest: string | null;
  readonly watermark: number;
  readonly settled: number;
}

const FAULTS_MAX = 100;
const NOTHING = { journal: '', last: 0, watermark: 0, rows: 0, batches: 0, signatures: 0 };

/** Checks everything that can be checked from the file and the gateway's public key alone. Reads only. */
export function verify(
  db: Sqlite.Database,
  keys: KeyRing,
  progress: VerifyProgress = () => undefined,
): VerifyReport {
  const faults: VerifyFault[] = [];
  let found = 0;
  const fail: Fail = (what, where, detail) => {
    found += 1;
    if (faults.length < FAULTS_MAX) faults.push({ what, where, detail });
  };
  let counted = NOTHING;
  try {
    counted = examine(db, { keys, fail, step: stepsOf(db, progress) });
  } catch (error) {
    // Where a page is torn the walk ends; what was found up to there stands.
    if (troubleOf(error) !== 'corrupt') throw error;
    fail('file', 'sqlite', error instanceof Error ? error.message : String(error));
  }
  return { ok: found === 0, ...counted, faults, found };
}

interface Examined {
  readonly keys: KeyRing;
  readonly fail: Fail;
  readonly step: () => void;
}

function examine(db: Sqlite.Database, { keys, fail, step }: Examined): typeof NOTHING {
  for (const { quick_check: line } of db.pragma('quick_check(10)') as { quick_check: string }[]) {
    if (line !== 'ok') fail('file', 'sqlite', line);
  }
  const journals = db.prepare<[], JournalHead>('SELECT * FROM journal ORDER BY ref').all();
  const own = journals.at(-1);
  if (!own) {
    fail('file', 'journal', 'holds no journal');
    return NOTHING;
  }
  verifyFacts(db, fail);
  const { sequences, dropped } = verifyRows(db, fail, step);
  const sealed = verifyBatches(db, { keys, fail, step, journals, own });
  const rows = sequences.length;
  const { ranges, batches, signatures } = sealed;
  const all = [...dropped, ...sealed.dropped];
  const last = verifyNumbering(own, { ranges, rows: sequences, dropped: all, fail });
  const end = Math.max(...TABLES.map((table) => own[table]));
  if (own.watermark > end)
    fail('receipt', `watermark ${own.watermark}`, `goes beyond ${end}, the last that was sealed`);
  return { journal: own.id, last, watermark: own.watermark, rows, batches, signatures };
}

function verifyBatches(
  db: Sqlite.Database,
  { keys, fail, step, journals, own }: Examined & { journals: readonly JournalHead[]; own: JournalHead },
) {
  let [batches, signatures] = [0, 0];
  const [ranges, dropped]: [SequenceRange[], SequenceRange[]] = [[], []];
  const heads = new Map(journals.map((head) => [head.ref, head]));
  let before: StoredBatch | undefined;
  const query = 'SELECT * FROM batch ORDER BY journal, number';
  for (const batch of db.prepare<[], StoredBatch>(query).iterate()) {
    const head = heads.get(batch.journal);
    batches += 1;
    step();
    const opened = openStored(batch, { keys, journal: head?.id, fail });
    signatures += opened ? 1 : 0;
    if (opened && batch.journal === own.ref) dropped.push(...droppedIn(opened));
    verifyLink(before, batch, fail);
    verifyReceipt(batch, head?.watermark ?? 0, fail);
    if (batch.journal === own.ref) ranges.push(...rangesOf(batch));
    before = batch;
  }
  if (before?.journal === own.ref && before.number === own.batch && before.digest !== own.digest) {
    fail('chain', `batch ${before.number}`, 'is not the one that the journal ended with');
  }
  return { batches, signatures, ranges, dropped };
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

function verifyRows(db: Sqlite.Database, fail: Fail, step: () => void): Rows {
  const sequences: number[] = [];
  const dropped: SequenceRange[] = [];
  for (const table of TABLES) {
    for (const row of db.prepare<[number, number], Row>(sql.rowsAfter(table)).iterate(0, -1)) {
      sequences.push(row.seq);
      step();
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

const STEP = 512;

/** Counting costs a walk over the pages, which have just been read by the quick check. */
function stepsOf(db: Sqlite.Database, progress: VerifyProgress): () => void {
  const count = (table: string): number =>
    db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
  let [done, of] = [0, -1];
  return () => {
    if (of < 0) of = [...TABLES, 'batch'].reduce((sum, table) => sum + count(table), 0);
    done += 1;
    if (done % STEP === 0 || done === of) progress(done, of);
  };
}

/** What nobody has sent cannot have been receipted. One that was sent may be asked for again by a hub that was restored. */
function verifyReceipt({ number, first, state }: StoredBatch, watermark: number, fail: Fail): void {
  if (state === STATE.sealed && first <= watermark) {
    fail(
      'receipt',
      `batch ${number}`,
      `was never sent, and the watermark ${watermark} says that it is receipted`,
    );
  }
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
  const whole: SequenceRange = [1, Math.max(own.watermark, own.settled)];
  const known = new Ranges([whole, ...inBatches, ...runsOf(rows), ...dropped]);
  const last = Math.max(own.watermark, own.settled, known.list.at(-1)?.[1] ?? 0);
  for (const [from, to] of known.complement(last)) fail('numbering', `${from}…${to}`, 'is nowhere');
  return last;
}

/** Ascending numbers as ranges: a card may hold millions. */
function runsOf(sequences: readonly number[]): SequenceRange[] {
  const runs: SequenceRange[] = [];
  for (const seq of sequences) {
    const run = runs.at(-1);
    if (run && seq <= run[1] + 1) run[1] = seq;
    else runs.push([seq, seq]);
  }
  return runs;
}
