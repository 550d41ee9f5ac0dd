import { inflateSync } from 'node:zlib';
import {
  type JournalReceipt,
  RESEND_AFTER_MS,
  type Receipt,
  type SequenceRange,
  sha256Hex,
} from '@meterline/contracts';
import type { Instant } from '../clock.ts';
import { DamageError, troubleOf } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { holesOf, touches } from './ranges.ts';
import { type BatchKind, CHECKED, checkOf, NEVER } from './schema.ts';
import * as sql from './sql.ts';

/** `counts`: like `backfill`, but only what holds counts to bill on, or events. */
export type Lane = 'live' | 'counts' | 'backfill';

/** A sealed batch on its way. The bytes are the same each time. */
export interface Outgoing {
  readonly id: number;
  readonly journal: string;
  readonly number: number;
  readonly kind: BatchKind;
  readonly rows: number;
  readonly sealed: number;
  readonly digest: string;
  /** It has left before, in this life or an earlier one: a receipt for it may be older than this departure. */
  readonly again: boolean;
  /** As stored: zlib. For a topic with `/z`. */
  readonly deflated: Buffer;
  /** The same, plain. */
  payload(): Buffer;
}

export interface BatchMeta {
  readonly id: number;
  readonly journal: number;
  readonly number: number;
  readonly kind: BatchKind;
  /** Running number within its kind, for thinning. */
  readonly nth: number;
  readonly first: number;
  readonly last: number;
  readonly holes: string | null;
  readonly rows: number;
  readonly sealed: number;
  readonly digest: string;
  readonly previous: string | null;
  readonly sha: string;
  readonly state: number;
}

export const BATCH_COLUMNS = [...CHECKED.batch, 'crc', 'state'].join(', ');

/** Is what is known of a batch's place what was written? A wrong last number would make it pass for receipted. */
export const isBatchWhole = (row: BatchMeta & { readonly crc: number }): boolean =>
  checkOf(
    'batch',
    CHECKED.batch.map((name) => row[name]),
  ) === row.crc;

export interface OutboxLimits {
  readonly liveWindowMs: number;
  readonly resendAfterMs: number;
  readonly resendMaxMs: number;
  /** 0…1: spreads what would else be sent again at one instant. */
  readonly jitter: () => number;
}
export const OUTBOX_LIMITS: OutboxLimits = {
  liveWindowMs: 15 * 60_000,
  resendAfterMs: RESEND_AFTER_MS,
  resendMaxMs: 15 * 60_000,
  jitter: Math.random,
};

export interface ReceiptResult {
  readonly receipted: number;
  readonly missing: number;
  readonly refused: number;
  /** Digests of the batches that are no longer under way: receipted or refused. */
  readonly settled: readonly string[];
  /** What the receipt says that cannot be; none of it was applied. */
  readonly faults: readonly ReceiptFault[];
}
export interface ReceiptFault {
  readonly journal: string;
  /** `hub-ahead`: it has numbers that were never written here, so this file is an old copy, or another writes it. */
  readonly kind: 'unknown-journal' | 'hub-ahead' | 'backwards' | 'other-chain' | 'wrong-gateway';
  readonly detail: string;
}

interface Flight {
  readonly meta: BatchMeta;
  readonly holes: readonly SequenceRange[];
  tries: number;
  sentAt: number;
  due: number;
}

/** A missing range that was sent less than this ago is still on its way. */
const ON_ITS_WAY_MS = 5_000;

/** Chooses what is sent, remembers what is under way, and believes receipts as far as they can be true. */
export class Outbox {
  private readonly ledger: Ledger;
  private readonly limits: OutboxLimits;
  private readonly flights = new Map<number, Flight>();
  /** Handed out, but the disk was too full to say so. */
  private readonly unsaved = new Set<number>();
  private newestReceipt = 0;
  /** The newest batch there was, receipted or not: what is fresh is measured by it. */
  private newest = { id: 0, sealed: 0 };

  constructor(ledger: Ledger, limits: OutboxLimits) {
    this.ledger = ledger;
    this.limits = limits;
    const sent = ledger.statement<[], { id: number }>(sql.WAITING_SENT).all();
    for (const { id } of sent) {
      const meta = this.meta(id);
      if (meta) this.flights.set(id, { meta, holes: holesOf(meta), tries: 0, sentAt: -NEVER, due: 0 });
    }
  }

  /** `damaged`: batches whose bytes are not those that were sealed. They are for the retention to give up. */
  next(lane: Lane, limit: number, now: Instant): { batches: Outgoing[]; damaged: BatchMeta[] } {
    const batches: Outgoing[] = [];
    const damaged: BatchMeta[] = [];
    for (const id of this.choose(lane, limit, now)) {
      const meta = this.meta(id);
      const deflated = this.ledger
        .statement<[number], { payload: Buffer | null }>(sql.BATCH_PAYLOAD)
        .get(id)?.payload;
      if (!meta) continue;
      if (!deflated || sha256Hex(deflated) !== meta.sha) {
        damaged.push(meta);
        continue;
      }
      const { number, kind, rows, sealed, digest } = meta;
      const payload = () => inflateSync(deflated);
      const journal = this.journalOf(meta.journal);
      const again = this.flights.has(id);
      batches.push({ id, journal, number, kind, rows, sealed, digest, again, deflated, payload });
      this.depart(meta, now);
    }
    this.saveSent();
    return { batches, damaged };
  }

  private choose(lane: Lane, limit: number, now: Instant): number[] {
    const up = lane !== 'live';
    const page = this.ledger.statement<[number, number], { id: number; sealed: number; retry_at: number }>(
      lane === 'counts' ? sql.WAITING_COUNTS : up ? sql.WAITING_UP : sql.WAITING_DOWN,
    );
    // Measured by what waits, an old backlog would become fresh as soon as all that is fresh has its receipt.
    const newest = this.ledger.statement<[], { id: number; sealed: number }>(sql.NEWEST_BATCH).get();
    // Ids are used again once the highest is gone.
    if (newest && (newest.id > this.newest.id || newest.sealed > this.newest.sealed)) this.newest = newest;
    const fresh = this.newest.sealed - this.limits.liveWindowMs;
    const chosen: number[] = [];
    let cursor = up ? -1 : Number.MAX_SAFE_INTEGER;
    for (;;) {
      const rows = page.all(cursor, 64);
      for (const { id, sealed, retry_at } of rows) {
        if (!up && sealed < fresh) return chosen.reverse();
        if (retry_at <= now.wall && (this.flights.get(id)?.due ?? 0) <= now.mono) chosen.push(id);
        if (chosen.length === limit) return up ? chosen : chosen.reverse();
        cursor = id;
      }
      if (rows.length < 64) return up ? chosen : chosen.reverse();
    }
  }

  private depart(meta: BatchMeta, now: Instant): void {
    const tries = (this.flights.get(meta.id)?.tries ?? 0) + 1;
    const { resendMaxMs, resendAfterMs, jitter } = this.limits;
    const spread = 0.8 + 0.4 * jitter();
    const wait = Math.round(Math.min(resendMaxMs, resendAfterMs * 2 ** Math.min(tries - 1, 10)) * spread);
    const flight = { meta, holes: holesOf(meta), tries, sentAt: now.mono, due: now.mono + wait };
    if (!this.flights.has(meta.id)) this.unsaved.add(meta.id);
    this.flights.set(meta.id, flight);
  }

  /** Before the first byte leaves: only what is marked as sent can later be receipted. */
  private saveSent(): void {
    if (this.unsaved.size === 0) return;
    try {
      this.ledger.commit(() => {
        for (const id of this.unsaved) this.ledger.statement<[number], never>(sql.MARK_SENT).run(id);
      });
      this.unsaved.clear();
    } catch (error) {
      // A disk that is full, or that can only be read, must not stop what saves its content: the receipt finds the
      // flight in memory.
      const trouble = troubleOf(error);
      if (trouble !== 'no-room' && trouble !== 'io') throw error;
    }
  }

  /** The connection is gone: what was under way may go again at once, on the next one. */
  disconnected(): void {
    for (const flight of this.flights.values()) {
      flight.due = 0;
      flight.tries = 0;
    }
  }

  apply(receipt: Receipt, now: Instant): ReceiptResult {
    const { ledger } = this;
    if (receipt.gateway !== ledger.me.gateway) {
      const fault = { journal: '', kind: 'wrong-gateway', detail: `is for ${receipt.gateway}` } as const;
      return { receipted: 0, missing: 0, refused: 0, settled: [], faults: [fault] };
    }
    const faults: ReceiptFault[] = [];
    const landed: number[] = [];
    const settled: string[] = [];
    let missing = 0;
    ledger.commit(() => {
      for (const entry of receipt.journals) {
        const ref = this.refOf(entry.journal);
        const fault = this.faultOf(entry, ref);
        if (fault) faults.push(fault);
        // An older receipt than the last is old news, but still true.
        if (ref === undefined || (fault && fault.kind !== 'backwards')) continue;
        if (fault && receipt.at > this.newestReceipt) missing += this.revive(entry, ref);
        missing += this.land(entry, ref, { now, landed });
      }
    });
    this.newestReceipt = Math.max(this.newestReceipt, receipt.at);
    for (const id of landed) {
      settled.push(this.flights.get(id)?.meta.digest ?? '');
      this.flights.delete(id);
      this.unsaved.delete(id);
    }
    const refused = this.refuse(receipt, now);
    settled.push(...refused);
    return { receipted: landed.length, missing, refused: refused.length, settled, faults };
  }

  private land(
    entry: JournalReceipt,
    ref: number,
    { now, landed }: { now: Instant; landed: number[] },
  ): number {
    const { ledger } = this;
    let missing = 0;
    for (const [id, flight] of this.flights) {
      const { meta } = flight;
      if (meta.journal !== ref) continue;
      const lacks = entry.missing.some((range) => touches(meta, flight.holes, range));
      if (!lacks && meta.last <= entry.seen) {
        ledger.statement<[number, number], never>(sql.MARK_RECEIPTED).run(now.wall, id);
        landed.push(id);
      } else if (lacks) {
        missing += 1;
        if (now.mono - flight.sentAt >= ON_ITS_WAY_MS) flight.due = Math.min(flight.due, now.mono);
      }
    }
    ledger.raiseWatermark(ref, entry.watermark);
    return missing;
  }

  /** A later receipt that covers less is true: the hub was restored. What is still here goes again. */
  private revive(entry: JournalReceipt, ref: number): number {
    let revived = 0;
    for (const { id } of this.ledger.statement<[], { id: number }>(sql.KEPT).all()) {
      const meta = this.meta(id);
      if (meta?.journal !== ref) continue;
      const holes = holesOf(meta);
      const covered = meta.last <= entry.seen && !entry.missing.some((range) => touches(meta, holes, range));
      if (covered) continue;
      this.ledger.statement<[number], never>(sql.MARK_MISSING).run(id);
      this.flights.set(id, { meta, holes, tries: 0, sentAt: -NEVER, due: 0 });
      revived += 1;
    }
    return revived;
  }

  private faultOf(entry: JournalReceipt, ref: number | undefined): ReceiptFault | undefined {
    const { journal } = entry;
    if (ref === undefined)
      return { journal, kind: 'unknown-journal', detail: 'this file holds no such journal' };
    const { last, watermark } = this.ledger.extentOf(ref);
    if (entry.seen > last || entry.watermark > last) {
      return { journal, kind: 'hub-ahead', detail: `speaks of ${entry.seen}, sealed is ${last}` };
    }
    if (entry.watermark < watermark) {
      return { journal, kind: 'backwards', detail: `watermark ${entry.watermark} after ${watermark}` };
    }
    if (!entry.chain) return undefined;
    const { batch, digest } = entry.chain;
    const query = 'SELECT digest FROM batch WHERE journal = ? AND number = ?';
    const own = this.ledger.statement<[number, number], { digest: string }>(query).get(ref, batch)?.digest;
    if (own === undefined || own === digest) return undefined;
    return { journal, kind: 'other-chain', detail: `batch ${batch} is ${digest.slice(0, 16)} there` };
  }

  /** A refused batch stays; it is not sent for ever. */
  private refuse({ refused = [] }: Receipt, now: Instant): string[] {
    if (refused.length === 0) return [];
    const waits = new Map(refused.map(({ digest, retryAfterMs }) => [digest, retryAfterMs]));
    const digests: string[] = [];
    for (const [id, { meta }] of this.flights) {
      const bytes = this.ledger
        .statement<[number], { payload: Buffer | null }>(sql.BATCH_PAYLOAD)
        .get(id)?.payload;
      const plain = bytes && !waits.has(meta.sha) ? sha256Hex(inflateSync(bytes)) : meta.sha;
      const wait = waits.get(meta.sha) ?? waits.get(plain);
      if (wait === undefined) continue;
      const until = wait === null ? NEVER : now.wall + wait;
      this.ledger.statement<[number, number], never>(sql.MARK_REFUSED).run(until, id);
      digests.push(meta.digest);
    }
    return digests;
  }

  meta(id: number): BatchMeta | undefined {
    const query = `SELECT ${BATCH_COLUMNS} FROM batch WHERE id = ?`;
    const meta = this.ledger.statement<[number], BatchMeta & { crc: number }>(query).get(id);
    if (meta && !isBatchWhole(meta)) throw new DamageError(`the place of batch ${meta.number} has changed`);
    return meta;
  }

  /** Given up: no longer under way. */
  forget(id: number): void {
    this.flights.delete(id);
    this.unsaved.delete(id);
  }

  private refOf(journal: string): number | undefined {
    for (const [ref, id] of this.ledger.journals) if (id === journal) return ref;
    return undefined;
  }

  private journalOf(ref: number): string {
    return this.ledger.journals.get(ref) ?? '';
  }
}
