import {
  type Content,
  deflate,
  isEpochMs,
  type Sealed,
  type Signer,
  sealBatch,
  sha256Hex,
} from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import {
  boundaryContent,
  isBoundary,
  type ReadRow,
  randomSalt,
  readingContent,
  recordContent,
  type Salt,
} from './content.ts';
import type { Note } from './entry.ts';
import { DamageError } from './errors.ts';
import { isWhole, type Ledger, type Row } from './ledger.ts';
import {
  betweenPoints,
  fittingColumns,
  fittingLines,
  kindOf,
  runOf,
  SWEEP_ROWS_MAX,
  sweepOf,
} from './run.ts';
import { type BatchKind, checkOf, STATE, TABLES, type Table } from './schema.ts';
import * as sql from './sql.ts';
import { type BootFacts, boundedTiming, boundsOf, syncedTiming, type Timing } from './times.ts';

export interface SealLimits {
  /** Rows that make a batch at once. */
  readonly rows: number;
  /** Age of the oldest row that makes one, by table. */
  readonly afterMs: Readonly<Record<Table, number>>;
  /** A sweep with no further row for this long is over, if nobody said so before. */
  readonly sweepQuietMs: number;
}

export interface SealOptions {
  /** Whatever its age, as before a planned stop. */
  readonly all?: boolean;
  readonly max?: number;
  /** Room is short: rows do not stay beside the batch that holds them. */
  readonly lean?: boolean;
}

export interface SealResult {
  readonly batches: number;
  /** Rows that no hub would take: kept beside, said on the wire as corrupt. */
  readonly condemned: number;
  /** There is more to seal: call again. */
  readonly more: boolean;
}

interface Group {
  readonly table: Table;
  readonly kind: BatchKind;
  readonly rows: readonly Row[];
}

/**
 * Turns rows into batches: one table and one boot each, in the order of their numbers. A time is fixed here and
 * never changes again; so nothing is sealed before the boot that runs knows what time it is.
 */
export class Sealer {
  private readonly ledger: Ledger;
  private readonly signer: Signer;
  limits: SealLimits;
  private readonly salt: Salt;
  private readonly nth = new Map<BatchKind, number>();
  private finishedSweep: number | undefined;
  private lean = false;
  private newestId = 0;

  constructor(ledger: Ledger, signer: Signer, limits: SealLimits, salt: Salt = randomSalt) {
    this.ledger = ledger;
    this.signer = signer;
    this.limits = limits;
    this.salt = salt;
  }

  /** All counters of this boundary have been read. */
  finishSweep(boundary: number): void {
    this.finishedSweep = boundary;
  }

  seal(now: Instant, { all = false, max = 16, lean = false }: SealOptions = {}): SealResult {
    this.lean = lean;
    const sealed = this.timingOf(this.ledger.boot)?.look(now.mono);
    // A clock beyond 2099 is broken: nothing that is sealed by it would be taken.
    if (!this.ledger.synced || sealed === undefined || !isEpochMs(sealed)) {
      return { batches: 0, condemned: 0, more: false };
    }
    return this.ledger.commit(() => {
      let [batches, condemned] = [0, 0];
      // Batch 1 says why there is a new journal: whatever else is ripe waits for it.
      for (const table of this.ledger.head.batch === 0 ? OPENING : TABLES) {
        while (batches < max) {
          const group = this.next(table, now, all);
          if (!group) break;
          const result = this.sealRows(group, { now, sealed });
          if (!result) break;
          batches += result.batches;
          condemned += result.condemned;
        }
      }
      if (batches + condemned > 0) this.ledger.saveHead();
      return { batches, condemned, more: batches >= max };
    });
  }

  private next(table: Table, now: Instant, all: boolean): Group | undefined {
    const { head } = this.ledger;
    const waiting = head.unsealed[table];
    if (waiting === 0) return undefined;
    // Not even read while they are few and young: this is asked every second.
    const oldest = this.ledger.rowsAfter(table, head.sealed[table], 1)[0];
    const isOpening = head.batch === 0 && table === 'record';
    const isRipe =
      all ||
      isOpening ||
      waiting >= this.limits.rows ||
      table === 'billing' ||
      oldest?.boot !== this.ledger.boot;
    if (!isRipe && oldest && now.mono - oldest.mono < this.limits.afterMs[table]) return undefined;
    const kind = kindOf(table, oldest);
    const most = kind === 'boundary' ? SWEEP_ROWS_MAX : this.limits.rows;
    const rows = this.ledger.rowsAfter(table, head.sealed[table], most);
    const [first] = rows;
    if (!first) return undefined;
    const run = runOf(rows, (ref) => this.ledger.seriesOf(ref)?.point);
    const cut = run.length < rows.length;
    const full = cut || rows.length >= most || isOpening;
    if (!all && !full && first.boot === this.ledger.boot && !this.isDue(kind, run, now)) return undefined;
    return { table, kind, rows: run };
  }

  private isDue(kind: BatchKind, run: readonly Row[], now: Instant): boolean {
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last) return false;
    if (kind !== 'boundary') return now.mono - first.mono >= this.limits.afterMs[kind];
    return (
      sweepOf(first)?.boundary === this.finishedSweep || now.mono - last.mono >= this.limits.sweepQuietMs
    );
  }

  /** Undefined while the rows must wait, because nobody can say yet when their boot was. */
  private sealRows(group: Group, moment: Moment): { batches: number; condemned: number } | undefined {
    const { table, kind, rows } = group;
    const { now } = moment;
    const [first] = rows;
    if (!first || !this.timingOf(first.boot)) return undefined;
    const damaged = rows.filter((row) => !isWhole(table, row));
    if (damaged.length > 0) {
      for (const row of damaged) this.condemn(table, row, { now, why: 'is not as it was written' });
      return { batches: 0, condemned: damaged.length };
    }
    try {
      this.store(table, this.sealed(group, moment), now);
      return { batches: 1, condemned: 0 };
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      // The fault of one row must not cost the others their boundary, nor that row its count.
      if (rows.length > 1) {
        const half = kind === 'boundary' ? betweenPoints(rows, rows.length >> 1) : rows.length >> 1;
        return this.sealRows({ ...group, rows: rows.slice(0, half) }, moment);
      }
      if (kind === 'boundary') return this.sealRows({ ...group, kind: table }, moment);
      this.condemn(table, first, { now, why: error.message });
      return { batches: 0, condemned: 1 };
    }
  }

  private sealed(group: Group, { sealed }: Moment): SealedAs {
    const [first] = group.rows;
    const timing = first && this.timingOf(first.boot);
    if (!timing) throw new RangeError('rows of a boot of which nothing is known');
    const { content, as, rows } = this.contentOf(group, { timing, sealed });
    const { me, head } = this.ledger;
    const placement = {
      gateway: me.gateway,
      journal: me.id,
      batch: head.batch + 1,
      previous: head.digest,
      sealed,
      clock: timing.clock(sealed),
      sequences: rows.map(({ seq }) => seq),
    };
    return { ...sealBatch(placement, content, this.signer), as, rows };
  }

  /** `rows`: the beginning of the group that one batch can hold, now that its times are known. */
  private contentOf(
    { table, kind, rows }: Group,
    { timing, sealed }: { timing: Timing; sealed: number },
  ): { content: Content; as: BatchKind; rows: readonly Row[] } {
    if (table === 'record') return { content: recordContent(rows, timing), as: kind, rows };
    const read = rows.map((row) => this.read(row));
    const sweep = read[0]?.note.sweep;
    if (kind === 'boundary' && sweep && isBoundary(sweep, read, { timing, sealed })) {
      const lines = read.slice(0, fittingLines(read, timing.look));
      return { content: boundaryContent(sweep, lines, { timing, salt: this.salt }), as: kind, rows: lines };
    }
    const some = read.slice(0, fittingColumns(read, timing.look));
    return { content: readingContent(table, some, timing), as: table, rows: some };
  }

  private read(row: Row): ReadRow {
    const key = this.ledger.seriesOf(row.series ?? 0);
    if (!key) throw new DamageError(`row ${row.seq} is of a series that is not there`);
    return { ...row, key, note: row.text === null ? {} : (JSON.parse(row.text) as Note) };
  }

  /**
   * Gauges and counters now live in their batch; counts to bill on and events also stay as rows until they are
   * receipted, while there is room. Rows go before the batch comes: sealing must never need room that is not there.
   */
  private store(table: Table, { payload, head, digest, as, rows }: SealedAs, now: Instant): void {
    const { ledger } = this;
    const [first, last] = [head.first, head.last];
    const bytes = deflate(payload);
    if (this.lean || table === 'gauge' || table === 'counter') ledger.deleteBetween(table, first, last);
    const newest = ledger.statement<[], { id: number }>('SELECT coalesce(max(id), 0) AS id FROM batch').get();
    // Never again the number of one that is gone: what is under way is known by it.
    const id = Math.max(newest?.id ?? 0, this.newestId) + 1;
    this.newestId = id;
    const meta = [
      id,
      ledger.me.ref,
      head.batch,
      as,
      this.nextNth(as),
      first,
      last,
      head.holes ? JSON.stringify(head.holes) : null,
      rows.length,
      head.sealed,
      digest,
      head.previous,
      sha256Hex(bytes),
    ];
    ledger
      .statement<unknown[], never>(sql.INSERT_BATCH)
      .run(...meta, checkOf('batch', meta), STATE.sealed, bytes);
    ledger.head.batch = head.batch;
    ledger.head.digest = digest;
    ledger.head.sealed[table] = last;
    ledger.head.unsealed[table] -= rows.length;
    const mono = rows.at(-1)?.mono ?? now.mono;
    ledger
      .statement<[number, number], never>('UPDATE boot SET last = max(last, ?) WHERE number = ?')
      .run(mono, rows[0]?.boot ?? 0);
  }

  private nextNth(kind: BatchKind): number {
    const query = 'SELECT coalesce(max(nth), 0) AS n FROM batch WHERE state < 2 AND kind = ?';
    const nth =
      (this.nth.get(kind) ?? this.ledger.statement<[string], { n: number }>(query).get(kind)?.n ?? 0) + 1;
    this.nth.set(kind, nth);
    return nth;
  }

  private timingOf(boot: number): Timing | undefined {
    const anchors = this.ledger.anchors(boot);
    if (anchors.length > 0) return syncedTiming(boot, anchors);
    const bounds = boundsOf(this.bootFacts(), boot);
    return bounds && boundedTiming(boot, bounds);
  }

  private bootFacts(): BootFacts[] {
    const boots = this.ledger
      .statement<[], { number: number; last: number }>('SELECT number, last FROM boot ORDER BY number')
      .all();
    return boots.map((boot) => ({ ...boot, anchors: this.ledger.endsOf(boot.number) }));
  }

  /** Nothing is forgotten silently: the row is kept as it is, and its number is said to be lost. */
  private condemn(table: Table, row: Row, { now, why }: { now: Instant; why: string }): void {
    const { ledger } = this;
    ledger.incident('row', { table, why, row }, now.wall);
    ledger.deleteBetween(table, row.seq, row.seq);
    ledger.head.unsealed[table] -= 1;
    const lost = { kind: 'dropped', ranges: [[row.seq, row.seq]], class: classOf(table), reason: 'corrupt' };
    ledger.insertRecord(lost, now);
  }
}

interface SealedAs extends Sealed {
  readonly as: BatchKind;
  readonly rows: readonly Row[];
}

/** What the batches of one call share. */
interface Moment {
  readonly now: Instant;
  /** The same in UTC. */
  readonly sealed: number;
}

const OPENING = ['record', ...TABLES] as const;

export const classOf = (table: Table): 'gauge' | 'counter' | 'billing' | 'records' =>
  table === 'record' ? 'records' : table;
