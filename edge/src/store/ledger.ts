import type { GatewayId, JournalId } from '@meterline/contracts';
import Sqlite from 'better-sqlite3';
import type { Instant } from '../clock.ts';
import type { Draft, SeriesKey } from './entry.ts';
import { DamageError, JournalError, troubleOf } from './errors.ts';
import { CHECKED, checkOf, migrate, PAGE_BYTES, pagesOf, TABLES, type Table } from './schema.ts';
import * as sql from './sql.ts';
import type { PlacedAnchor } from './times.ts';

export interface Row {
  readonly seq: number;
  readonly boot: number;
  readonly mono: number;
  readonly wall: number;
  readonly series: number | null;
  readonly value: string | null;
  readonly text: string | null;
  readonly crc: number;
}

/** Everything of the journal that changes; a transaction that fails puts it back. */
export interface Head {
  /** Number of the newest record. */
  last: number;
  /** Newest sealed batch and its digest. */
  batch: number;
  digest: string | null;
  /** Per table: sealed up to here, and how many rows stand after it. */
  sealed: Record<Table, number>;
  unsealed: Record<Table, number>;
  watermark: number;
  /** Up to here every number is receipted, given up, or in a batch that the hub refused and that is still here. */
  settled: number;
}

interface Extent {
  readonly last: number;
  readonly watermark: number;
  readonly settled: number;
}

export interface Identity {
  readonly ref: number;
  readonly id: JournalId;
  readonly gateway: GatewayId;
}

interface JournalRow extends Identity, Record<Table, number> {
  readonly last: number;
  readonly batch: number;
  readonly digest: string | null;
  readonly watermark: number;
  readonly settled: number;
  readonly crc: number;
}

interface AnchorRow extends PlacedAnchor {
  readonly boot: number;
  readonly source: string;
  readonly crc: number;
}

function soundAnchor(row: AnchorRow): PlacedAnchor {
  const { seq, boot, mono, utc, uncertainty, source, crc } = row;
  if (checkOf('anchor', [seq, boot, mono, utc, uncertainty, source]) === crc)
    return { seq, mono, utc, uncertainty };
  throw new DamageError(`anchor ${seq} is not as it was written`);
}

/** The log is played in when it has grown to this. */
const LOG_BYTES = 1 << 20;

/** Is the row the one that was written? */
export function isWhole(table: Table, row: Row): boolean {
  const { seq, boot, mono, wall, series, value, text, crc } = row;
  const fields =
    table === 'record' ? [seq, boot, mono, wall, text] : [seq, boot, mono, wall, series, value, text];
  return checkOf(table, fields) === crc;
}

/**
 * Opens the file as every part of the store sees it. WAL with FULL: a commit is on the medium when it returns. The
 * WAL stays small, because it is written twice over and must fit beside a full disk.
 */
export function openDatabase(path: string, { budgetBytes }: { budgetBytes: number }): Sqlite.Database {
  const db = new Sqlite(path, { timeout: 2_000 });
  try {
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma(`wal_autocheckpoint = ${LOG_BYTES / PAGE_BYTES}`);
    db.pragma(`journal_size_limit = ${2 * LOG_BYTES}`);
    db.pragma('cache_size = -4000');
    db.pragma('temp_store = MEMORY');
    db.pragma('foreign_keys = OFF');
    db.pragma(`max_page_count = ${pagesOf(budgetBytes)}`);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** One journal in one file: numbering, rows, transactions. Nothing here knows what a batch is for. */
export class Ledger {
  readonly db: Sqlite.Database;
  readonly me: Identity;
  /** Its own, and older ones of which batches were carried over. In memory: an index of so few could only be wrong. */
  readonly journals: ReadonlyMap<number, JournalId>;
  readonly head: Head;
  boot = 0;
  private readonly inserts: Record<Table, Sqlite.Statement>;
  private readonly series = new Map<string, number>();
  private readonly seriesByRef = new Map<number, SeriesKey>();
  private readonly insertSeries: Sqlite.Statement;
  private readonly insertAnchor: Sqlite.Statement;
  private anchorsOfBoot: PlacedAnchor[] = [];
  private readonly statements = new Map<string, Sqlite.Statement>();
  private nested = false;

  constructor(db: Sqlite.Database) {
    this.db = db;
    const rows = db.prepare<[], JournalRow>('SELECT * FROM journal ORDER BY ref').all();
    const row = rows.at(-1);
    if (!row) throw new DamageError('the file holds no journal');
    for (const one of rows) {
      const check = checkOf(
        'journal',
        CHECKED.journal.map((name) => one[name]),
      );
      if (check !== one.crc) throw new DamageError('the head of a journal is not as it was written');
    }
    this.journals = new Map(rows.map(({ ref, id }) => [ref, id]));
    this.me = { ref: row.ref, id: row.id, gateway: row.gateway };
    const sealed = { gauge: row.gauge, counter: row.counter, billing: row.billing, record: row.record };
    const unsealed = { gauge: 0, counter: 0, billing: 0, record: 0 };
    let last = row.last;
    for (const table of TABLES) {
      const newest = db.prepare<[], { seq: number | null }>(sql.lastRow(table)).get()?.seq ?? 0;
      last = Math.max(last, newest, sealed[table]);
      unsealed[table] = db.prepare<[number], { n: number }>(sql.countAfter(table)).get(sealed[table])?.n ?? 0;
    }
    const { batch, digest, watermark, settled } = row;
    this.head = { last, batch, digest, sealed, unsealed, watermark, settled };
    this.inserts = {
      gauge: db.prepare(sql.insertRow('gauge')),
      counter: db.prepare(sql.insertRow('counter')),
      billing: db.prepare(sql.insertRow('billing')),
      record: db.prepare(sql.insertRow('record')),
    };
    this.insertSeries = db.prepare(
      'INSERT INTO series (ref, class, point, detail, crc) VALUES (?, ?, ?, ?, ?)',
    );
    this.insertAnchor = db.prepare(
      'INSERT INTO anchor (seq, boot, mono, utc, uncertainty, source, crc) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.loadSeries();
  }

  /** All or nothing, in the file and in memory. Throws `journal-no-room` when there is none. */
  commit<T>(work: () => T): T {
    if (this.nested) return work();
    const { head } = this;
    const before: Head = { ...head, sealed: { ...head.sealed }, unsealed: { ...head.unsealed } };
    const anchors = this.anchorsOfBoot.length;
    this.nested = true;
    try {
      this.db.exec('BEGIN IMMEDIATE');
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.rollback(before, anchors);
      if (troubleOf(error) === 'no-room' && !(error instanceof JournalError)) {
        throw new JournalError('journal-no-room', 'nothing of this was kept', error);
      }
      throw error;
    } finally {
      this.nested = false;
    }
  }

  private rollback(before: Head, anchors: number): void {
    if (this.db.inTransaction) {
      try {
        this.db.exec('ROLLBACK');
      } catch {
        // A file that cannot even roll back is dealt with by whoever gets the first error.
      }
    }
    Object.assign(this.head, before);
    this.anchorsOfBoot.length = anchors;
    this.series.clear();
    this.seriesByRef.clear();
  }

  insert(draft: Draft, boot = this.boot): number {
    const { table, mono, wall, text } = draft;
    const seq = this.head.last + 1;
    if (table === 'record') {
      this.inserts.record.run(seq, boot, mono, wall, text, checkOf(table, [seq, boot, mono, wall, text]));
      if (draft.anchor) this.placeAnchor(seq, boot, draft.anchor);
    } else {
      const series = draft.series ? this.seriesRef(draft.series) : 0;
      const check = checkOf(table, [seq, boot, mono, wall, series, draft.value, text]);
      this.inserts[table].run(seq, boot, mono, wall, series, draft.value, text, check);
    }
    this.head.last = seq;
    this.head.unsealed[table] += 1;
    return seq;
  }

  insertRecord(body: object, at: Pick<Instant, 'mono' | 'wall'>): number {
    const { mono, wall } = at;
    return this.insert({
      table: 'record',
      mono,
      wall,
      series: null,
      value: null,
      text: JSON.stringify(body),
    });
  }

  private placeAnchor(seq: number, boot: number, anchor: NonNullable<Draft['anchor']>): void {
    const { mono, utc, uncertainty, source } = anchor;
    const check = checkOf('anchor', [seq, boot, mono, utc, uncertainty, source]);
    this.insertAnchor.run(seq, boot, mono, utc, uncertainty, source, check);
    if (boot === this.boot) this.anchorsOfBoot.push({ seq, mono, utc, uncertainty });
  }

  /** Writes down where sealing stands. Part of every transaction that moves it. */
  saveHead(): void {
    const { me, head } = this;
    const { sealed } = head;
    const fields = [
      me.ref,
      me.id,
      me.gateway,
      head.last,
      head.batch,
      head.digest,
      sealed.gauge,
      sealed.counter,
      sealed.billing,
      sealed.record,
      head.watermark,
      head.settled,
    ];
    this.statement<unknown[], never>(
      `UPDATE journal SET last = ?, batch = ?, digest = ?, gauge = ?, counter = ?, billing = ?, record = ?,
           watermark = ?, settled = ?, crc = ? WHERE ref = ?`,
    ).run(...fields.slice(3), checkOf('journal', fields), me.ref);
  }

  /** By monotonic time; those of the boot that runs are kept in memory. Bills rest on them: none is taken unchecked. */
  anchors(boot: number): readonly PlacedAnchor[] {
    if (boot === this.boot && this.anchorsOfBoot.length > 0) return this.anchorsOfBoot;
    return this.statement<[number], AnchorRow>(sql.ANCHORS_OF_BOOT).all(boot).map(soundAnchor);
  }

  /** The first and the newest. */
  endsOf(boot: number): readonly PlacedAnchor[] {
    const ends = [sql.FIRST_ANCHOR, sql.LAST_ANCHOR].map((text) =>
      this.statement<[number], AnchorRow>(text).get(boot),
    );
    return ends.flatMap((anchor) => (anchor ? [soundAnchor(anchor)] : []));
  }

  enterBoot(number: number): void {
    this.boot = number;
    this.anchorsOfBoot = [];
    this.anchorsOfBoot = [...this.anchors(number)];
  }

  get synced(): boolean {
    return this.anchorsOfBoot.length > 0;
  }

  /** Prepared once. */
  statement<P extends unknown[], R>(text: string): Sqlite.Statement<P, R> {
    const known = this.statements.get(text) ?? this.db.prepare(text);
    this.statements.set(text, known);
    return known as unknown as Sqlite.Statement<P, R>;
  }

  rowsAfter(table: Table, seq: number, limit: number): Row[] {
    return this.statement<[number, number], Row>(sql.rowsAfter(table)).all(seq, limit);
  }

  rowsBetween(table: Table, first: number, last: number): Row[] {
    return this.statement<[number, number], Row>(sql.rowsBetween(table)).all(first, last);
  }

  deleteBetween(table: Table, first: number, last: number): void {
    this.statement<[number, number], never>(sql.deleteBetween(table)).run(first, last);
  }

  seriesOf(ref: number): SeriesKey | undefined {
    if (this.seriesByRef.size === 0) this.loadSeries();
    return this.seriesByRef.get(ref);
  }

  private loadSeries(): void {
    const rows = this.db
      .prepare<[], SeriesKey & { ref: number; crc: number }>(
        'SELECT ref, class, point, detail, crc FROM series',
      )
      .all();
    for (const { ref, crc, ...key } of rows) {
      if (checkOf('series', [ref, key.class, key.point, key.detail]) !== crc) {
        throw new DamageError(`series ${ref} is not as it was written`);
      }
      this.remember(ref, key);
    }
  }

  private seriesRef(key: SeriesKey): number {
    if (this.series.size === 0) this.loadSeries();
    const known = this.series.get(`${key.point}${key.class}${key.detail}`);
    if (known !== undefined) return known;
    const { n } = this.db
      .prepare<[], { n: number }>('SELECT coalesce(max(ref), 0) + 1 AS n FROM series')
      .get() ?? {
      n: 1,
    };
    const check = checkOf('series', [n, key.class, key.point, key.detail]);
    this.insertSeries.run(n, key.class, key.point, key.detail, check);
    this.remember(n, key);
    return n;
  }

  private remember(ref: number, key: SeriesKey): void {
    this.series.set(`${key.point}${key.class}${key.detail}`, ref);
    this.seriesByRef.set(ref, key);
  }

  /** Highest number that a receipt can speak of, and what is receipted without a gap. */
  extentOf(ref: number): Extent {
    if (ref === this.me.ref) {
      const { sealed, watermark, settled } = this.head;
      return { last: Math.max(...Object.values(sealed)), watermark, settled };
    }
    const query = 'SELECT last, watermark, settled FROM journal WHERE ref = ?';
    return this.statement<[number], Extent>(query).get(ref) ?? { last: 0, watermark: 0, settled: 0 };
  }

  /**
   * A watermark is believed up to the first number that still waits here: were it raised over one that was never
   * sent, that one would pass for safe.
   */
  raiseWatermark(ref: number, claimed: number): void {
    const waits = this.statement<[number], { seq: number | null; open: number | null }>(
      sql.WAITING_LOWEST,
    ).get(ref);
    const own = ref === this.me.ref;
    const unsealed = own
      ? TABLES.map((table) => this.rowsAfter(table, this.head.sealed[table], 1)[0]?.seq)
      : [];
    const below = (limit: number, numbers: readonly (number | null | undefined)[]) =>
      Math.min(limit, ...numbers.filter((seq) => typeof seq === 'number').map((seq) => seq - 1));
    const extent = this.extentOf(ref);
    const watermark = Math.max(extent.watermark, below(claimed, [waits?.seq, ...unsealed]));
    const settled = Math.max(extent.settled, below(extent.last, [waits?.open, ...unsealed]));
    if (watermark === extent.watermark && settled === extent.settled) return;
    if (own) {
      Object.assign(this.head, { watermark, settled });
      this.saveHead();
      return;
    }
    const row = this.db.prepare<[number], JournalRow>('SELECT * FROM journal WHERE ref = ?').get(ref);
    if (!row) return;
    const raised = { ...row, watermark, settled };
    this.db.prepare('UPDATE journal SET watermark = ?, settled = ?, crc = ? WHERE ref = ?').run(
      watermark,
      settled,
      checkOf(
        'journal',
        CHECKED.journal.map((name) => raised[name]),
      ),
      ref,
    );
  }

  /** Bytes of the file in use, of the file, and that it may have at most. */
  room(): { used: number; size: number; budget: number } {
    const pages = this.statement<[], { used: number; size: number; budget: number }>(sql.ROOM).get();
    const { used = 0, size = 0, budget = 0 } = pages ?? {};
    return { used: used * PAGE_BYTES, size: size * PAGE_BYTES, budget: budget * PAGE_BYTES };
  }

  incident(kind: string, detail: object, wall: number): void {
    this.db
      .prepare('INSERT INTO incident (wall, kind, detail) VALUES (?, ?, ?)')
      .run(wall, kind, JSON.stringify(detail));
  }
}
