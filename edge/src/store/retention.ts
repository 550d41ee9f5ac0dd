import { LIMITS, type SequenceRange } from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import { isWhole, type Ledger } from './ledger.ts';
import type { BatchMeta, Outbox } from './outbox.ts';
import { Ranges, rangesOf } from './ranges.ts';
import { READING_TABLES, STATE, tableOf } from './schema.ts';
import { classOf } from './sealer.ts';
import * as sql from './sql.ts';

/** How short of room the journal is, and what it has given up for it. */
const SHORTAGES = ['none', 'grace', 'gauges', 'counters', 'full'] as const;
export type Shortage = (typeof SHORTAGES)[number];

export interface RetentionLimits {
  /** Receipted rows stay this long when there is room. */
  readonly graceMs: number;
  /** Share of the budget at which room is made, and down to which. */
  readonly highWater: number;
  readonly lowWater: number;
}
export const RETENTION_LIMITS: RetentionLimits = { graceMs: 3_600_000, highWater: 0.9, lowWater: 0.85 };

/** Never given to appending: sealing, receipts and giving up need it to work their way out of a full disk. */
const WORKING_BYTES = 192 * 1_024;

/** Small transactions: each must fit into what is left of the disk. */
const STEP = 16;
const LEVELS = 8;
/** Unsealed gauges are thinned by slots of a minute, their interval. */
const SLOT_MS = 60_000;
const THIN_ROWS = 2_000;

/**
 * Law 1's order of sacrifice: what is receipted, then gauges, every second, fourth …, then counters the same way.
 * Counts to bill on and records of events are not in the list.
 */
export class Retention {
  private readonly ledger: Ledger;
  private readonly outbox: Outbox;
  private readonly limits: RetentionLimits;

  constructor(ledger: Ledger, outbox: Outbox, limits: RetentionLimits) {
    this.ledger = ledger;
    this.outbox = outbox;
    this.limits = limits;
  }

  /** The everyday part: what has a receipt and has had its grace. Returns how many batches went. */
  release(now: Instant, graceMs = this.limits.graceMs): number {
    const ids = this.ledger
      .statement<[number, number, number], { id: number }>(sql.RELEASABLE)
      .all(now.wall - graceMs, now.wall + 86_400_000, STEP);
    if (ids.length > 0) {
      this.ledger.commit(() => {
        for (const { id } of ids) this.empty(id, STATE.released);
        this.forget();
      });
    }
    return ids.length;
  }

  /** Batches without bytes are kept until the watermark has passed them: they account for their numbers. */
  private forget(): void {
    const ids = this.ledger.statement<[number], { id: number }>(sql.FORGETTABLE).all(STEP * 4);
    for (const { id } of ids) this.ledger.statement<[number], never>(sql.FORGET_BATCH).run(id);
  }

  private empty(id: number, state: number): void {
    const meta = this.outbox.meta(id);
    if (!meta) return;
    this.ledger.statement<[number, number], never>(sql.EMPTY_BATCH).run(state, id);
    if (meta.journal === this.ledger.me.ref) {
      this.ledger.deleteBetween(tableOf(meta.kind), meta.first, meta.last);
    }
    this.outbox.forget(id);
  }

  isShort(): boolean {
    const { used, budget } = this.ledger.room();
    return used > Math.min(budget * this.limits.highWater, budget - 2 * WORKING_BYTES);
  }

  /** Makes room as far as the law allows. `full`: nothing is left that may be given up. */
  makeRoom(now: Instant, enough: () => boolean = () => this.isLow()): Shortage {
    while (!enough()) if (this.release(now, -86_400_000) === 0) break;
    for (const table of ['billing', 'record'] as const) {
      while (!enough()) if (this.dropCopies(table) === 0) break;
    }
    if (enough()) return 'grace';
    for (const table of ['gauge', 'counter'] as const) {
      for (let level = 1; level <= LEVELS + 1; level += 1) {
        while (!enough()) if (!this.thin(table, level, now)) break;
        if (enough()) return table === 'gauge' ? 'gauges' : 'counters';
      }
    }
    return 'full';
  }

  /** Rows that a sealed batch holds as well: without them nothing is lost but a second copy. */
  private dropCopies(table: 'billing' | 'record'): number {
    const { ledger } = this;
    const query = `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE seq <= ? ORDER BY seq LIMIT 500)`;
    return ledger.commit(
      () => ledger.statement<[number], never>(query).run(ledger.head.sealed[table]).changes,
    );
  }

  /** What is left for appending, working room not counted. */
  hasRoom(): boolean {
    const { used, budget } = this.ledger.room();
    return budget - used > WORKING_BYTES;
  }

  /** The same on a disk that is full: free pages within the file, and what of the disk is more than `reserved`. */
  hasSpare(free: number, reserved: number): boolean {
    const { used, size } = this.ledger.room();
    return size - used + Math.max(0, free - reserved) > WORKING_BYTES;
  }

  /** Far enough from the brink to say that the shortage is over. */
  isEased(): boolean {
    const { used, budget } = this.ledger.room();
    return used <= Math.min(budget * this.limits.lowWater, budget - 3 * WORKING_BYTES) * 0.8;
  }

  private isLow(): boolean {
    const { used, budget } = this.ledger.room();
    return used <= Math.min(budget * this.limits.lowWater, budget - 3 * WORKING_BYTES);
  }

  /** One step of one level; false when that level has nothing left. The level after the last takes everything. */
  private thin(table: 'gauge' | 'counter', level: number, now: Instant): boolean {
    const { ledger } = this;
    const rest = level > LEVELS;
    // A batch carried over from an older journal cannot be thinned: its hole could not be said.
    const me = ledger.me.ref;
    const ids = rest
      ? ledger.statement<[number, string, number], { id: number }>(sql.WAITING_KIND).all(me, table, STEP)
      : ledger
          .statement<[number, string, number, number], { id: number }>(sql.WAITING_LEVEL)
          .all(me, table, level - 1, STEP);
    const metas = ids.flatMap(({ id }) => this.outbox.meta(id) ?? []);
    if (metas.length > 0) {
      ledger.commit(() => this.giveUp(metas, { reason: 'disk-full', now }));
      return true;
    }
    return this.thinRows(table, rest ? undefined : level - 1, now);
  }

  /**
   * The hole is said on the wire in the same transaction, with what the chain needs to be followed across it. Batches
   * of one class at a time; they go before the record comes, so that there is room for it.
   */
  giveUp(
    metas: readonly BatchMeta[],
    { reason, now }: { reason: 'disk-full' | 'corrupt'; now: Instant },
  ): void {
    const { ledger } = this;
    const own = metas.filter(({ journal }) => journal === ledger.me.ref);
    for (const { id, kind, first, last, journal } of metas) {
      ledger.statement<[number], never>(sql.FORGET_BATCH).run(id);
      if (journal === ledger.me.ref) ledger.deleteBetween(tableOf(kind), first, last);
      this.outbox.forget(id);
    }
    const [one] = own;
    if (!one) return;
    const ranges = new Ranges(own.flatMap(rangesOf)).list;
    const batches = own.map(({ number: batch, digest, previous }) => ({ batch, digest, previous }));
    for (let from = 0; from < ranges.length; from += LIMITS.rangesPerBatch) {
      const some = ranges.slice(from, from + LIMITS.rangesPerBatch);
      const body = { kind: 'dropped', ranges: some, class: classOf(tableOf(one.kind)), reason };
      ledger.insertRecord(from === 0 ? { ...body, batches } : body, now);
    }
  }

  private thinRows(table: 'gauge' | 'counter', shift: number | undefined, now: Instant): boolean {
    const { ledger } = this;
    const odd = shift === undefined ? '' : `AND ((mono / ${SLOT_MS}) >> ${shift}) % 2 = 1`;
    const query = `SELECT seq FROM ${table} WHERE seq > ? ${odd} ORDER BY seq LIMIT ?`;
    const rows = ledger
      .statement<[number, number], { seq: number }>(query)
      .all(ledger.head.sealed[table], THIN_ROWS);
    if (rows.length === 0) return false;
    const ranges = rangesOfSequences(rows.map(({ seq }) => seq));
    ledger.commit(() => {
      for (const [from, to] of ranges) ledger.deleteBetween(table, from, to);
      ledger.head.unsealed[table] -= rows.length;
      ledger.insertRecord({ kind: 'dropped', ranges, class: table, reason: 'disk-full' }, now);
    });
    return true;
  }

  /**
   * A batch whose bytes have rotted is lost as a batch. Counts to bill on are still there as rows: they are entered
   * anew, with new numbers and their old instants, so that the same readings go out in another batch.
   */
  replace(meta: BatchMeta, now: Instant): number {
    const { ledger } = this;
    const table = tableOf(meta.kind);
    return ledger.commit(() => {
      const mine =
        meta.journal === ledger.me.ref && !(READING_TABLES as readonly string[]).slice(0, 2).includes(table);
      const rows = mine ? ledger.rowsBetween(table, meta.first, meta.last) : [];
      ledger.incident('batch', { meta, rows: rows.length }, now.wall);
      for (const row of rows) {
        const { mono, wall, text, value } = row;
        if (!isWhole(table, row)) continue;
        const series = row.series === null ? null : (ledger.seriesOf(row.series) ?? null);
        const kind = table === 'record' ? (JSON.parse(text ?? '{}') as { kind?: string }).kind : undefined;
        // The numbers in it are still those of this journal, but a restart stands only at 1.
        if (kind === 'restart' || kind === 'boot') continue;
        const draft = { table, mono, wall, series, value: value === null ? null : BigInt(value), text };
        ledger.insert(draft, row.boot);
      }
      this.giveUp([meta], { reason: 'corrupt', now });
      return rows.length;
    });
  }
}

function rangesOfSequences(sequences: readonly number[]): SequenceRange[] {
  return new Ranges(sequences.map((seq): SequenceRange => [seq, seq])).list;
}
