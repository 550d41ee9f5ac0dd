import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import {
  type JournalId,
  journalRecordSchema,
  type KeyRing,
  type Receipt,
  ringOf,
  type Signer,
  verifierOf,
} from '@meterline/contracts';
import type { Anchor, AnchorSource, Clock, Instant } from '../clock.ts';
import type { Entry } from '../entry.ts';
import type { RestartReason } from './carry.ts';
import { type Draft, draftOf } from './entry.ts';
import { troubleOf } from './errors.ts';
import type { Ledger } from './ledger.ts';
import { JOURNAL_LIMITS, type JournalLimits } from './limits.ts';
import { lock, type Opened, type OpenOptions, openLedger, type Replacement, replaceLedger } from './open.ts';
import { type Lane, Outbox, type Outgoing, type ReceiptResult } from './outbox.ts';
import { quarantined } from './quarantine.ts';
import { Reserve } from './reserve.ts';
import { Retention } from './retention.ts';
import { Room } from './room.ts';
import { TABLES } from './schema.ts';
import { Sealer, type SealLimits, type SealOptions, type SealResult } from './sealer.ts';
import * as sql from './sql.ts';
import { type Alert, condemnedIn, type Depth, depthOf, type JournalStatus } from './status.ts';
import { type VerifyReport, verify } from './verify.ts';

export interface JournalOptions extends Pick<OpenOptions, 'path' | 'gateway' | 'clock' | 'agent' | 'cause'> {
  readonly signer: Signer;
  /** Those that verify what older keys of this gateway have signed; default: the signer's own. */
  readonly keys?: KeyRing;
  readonly limits?: Partial<JournalLimits>;
  readonly random?: (bytes: number) => Uint8Array;
}

export type Appended =
  /** On the medium. */
  | { readonly ok: true; readonly state: 'committed'; readonly last: number }
  /** In memory, within the next group; a power cut now would lose it. */
  | { readonly ok: true; readonly state: 'buffered' }
  /** Nothing of it was kept: the caller still has it. */
  | { readonly ok: false; readonly reason: 'invalid' | 'no-room' | 'io'; readonly detail: string };

/**
 * The gateway's memory: what was read is here before anything touches the network, and stays until the hub has
 * receipted it. One writer, no timers: the agent calls `tend` about once a second.
 */
export class Journal {
  private readonly options: JournalOptions;
  private readonly limits: JournalLimits;
  private readonly clock: Clock;
  private readonly reserve: Reserve;
  private readonly lock: { release: () => void };
  private ledger: Ledger;
  private sealer: Sealer;
  private outbox: Outbox;
  private retention: Retention;
  private buffer: Draft[] = [];
  private oldestBuffered = 0;
  private room: Room;
  private pacing: SealLimits;
  private newestAnchor: Draft | undefined;
  private readonly alerts = new Set<Alert>();
  private closed = false;
  /** What was done to the file at the last opening or since; null when nothing was. */
  replaced: Replacement | null = null;

  constructor(options: JournalOptions) {
    this.options = options;
    this.limits = { ...JOURNAL_LIMITS, ...options.limits };
    this.pacing = this.limits.seal;
    this.clock = options.clock;
    this.reserve = new Reserve(options.path, this.limits.reserveBytes);
    const held = lock(options.path);
    this.lock = held;
    try {
      const opened = openLedger(this.openOptions(), held.known);
      this.ledger = opened.ledger;
      [this.sealer, this.outbox, this.retention, this.room] = this.staff(opened);
    } catch (error) {
      held.release();
      throw error;
    }
    this.reserve.keep();
  }

  private openOptions(): OpenOptions {
    const { path, gateway, clock, agent, cause, random = randomBytes } = this.options;
    const shared = { path, gateway, clock, agent, random, budgetBytes: this.limits.budgetBytes };
    const freeReserve = () => this.reserve.free();
    return cause ? { ...shared, cause, freeReserve } : { ...shared, freeReserve };
  }

  private staff({ ledger, replaced }: Opened): [Sealer, Outbox, Retention, Room] {
    this.replaced = replaced ?? this.replaced;
    if (replaced && replaced.reason !== 'first-start') this.alerts.add('replaced');
    if (condemnedIn(ledger) > 0) this.alerts.add('condemned');
    const outbox = new Outbox(ledger, this.limits);
    const sealer = new Sealer(ledger, this.options.signer, this.pacing);
    const retention = new Retention(ledger, outbox, this.limits);
    const { reserve, clock, alerts, options } = this;
    return [
      sealer,
      outbox,
      retention,
      new Room({ path: options.path, ledger, retention, reserve, clock, alerts }),
    ];
  }

  /**
   * `durable`: on the medium when this returns, together with all that was buffered before. Otherwise the entries
   * join the next group. `lastOf` names the boundary whose sweep ends with these entries.
   */
  append(
    entries: readonly Entry[],
    { durable, lastOf }: { durable: boolean; lastOf?: number } = { durable: false },
  ): Appended {
    const drafts: Draft[] = [];
    for (const [i, entry] of entries.entries()) {
      const drafted = entry.at.boot === this.clock.boot ? draftOf(entry) : otherBoot;
      if (!drafted.ok) return { ok: false, reason: 'invalid', detail: `entry ${i}: ${drafted.detail}` };
      drafts.push(drafted.draft);
    }
    const result = durable ? this.appendNow(drafts) : this.appendLater(drafts);
    if (result.ok && lastOf !== undefined) this.sealer.finishSweep(lastOf);
    return result;
  }

  /** What was buffered goes first if it can; if not it waits, and what must be kept now may still fit. */
  private appendNow(drafts: readonly Draft[]): Appended {
    const queued = this.buffer.length <= this.limits.groupRows ? this.buffer : [];
    if (queued.length === 0) this.flush();
    try {
      this.guard(() => this.write([...queued, ...drafts]));
      if (queued.length > 0) this.buffer = [];
      return { ok: true, state: 'committed', last: this.ledger.head.last };
    } catch (error) {
      if (queued.length === 0) return this.refusal(error);
    }
    try {
      this.guard(() => this.write(drafts));
      return { ok: true, state: 'committed', last: this.ledger.head.last };
    } catch (error) {
      return this.refusal(error);
    }
  }

  private appendLater(drafts: readonly Draft[]): Appended {
    const { bufferRows, groupRows } = this.limits;
    if (this.buffer.length + drafts.length > bufferRows && !this.flush()) {
      return { ok: false, reason: 'no-room', detail: `${this.buffer.length} rows wait in memory already` };
    }
    if (this.buffer.length === 0) this.oldestBuffered = this.clock.now().mono;
    for (const draft of drafts) this.buffer.push(draft);
    if (this.buffer.length >= groupRows) this.flush();
    return { ok: true, state: 'buffered' };
  }

  /** Commits what is buffered, in portions of two groups; false when that is not possible now. */
  flush(): boolean {
    try {
      while (this.buffer.length > 0) {
        const portion = this.buffer.slice(0, 2 * this.limits.groupRows);
        this.guard(() => this.write(portion));
        this.buffer = this.buffer.slice(portion.length);
      }
      return true;
    } catch (error) {
      this.refusal(error);
      return false;
    }
  }

  private refusal(error: unknown): Appended & { ok: false } {
    const trouble = troubleOf(error);
    if (trouble === undefined) throw error;
    const reason = trouble === 'no-room' ? 'no-room' : 'io';
    this.alerts.add(reason === 'no-room' ? 'disk-full' : 'io');
    return { ok: false, reason, detail: error instanceof Error ? error.message : String(error) };
  }

  /** By class, so that the numbers of a batch lie together and heads and receipts stay short. */
  private write(drafts: readonly Draft[]): void {
    const ordered = TABLES.flatMap((table) => drafts.filter((draft) => draft.table === table));
    this.room.relieved(() => {
      this.room.admit(drafts);
      this.ledger.commit(() => {
        for (const draft of ordered) this.ledger.insert(draft);
      });
    });
    this.alerts.delete('disk-full');
    this.alerts.delete('io');
    this.newestAnchor = ordered.findLast(({ anchor }) => anchor) ?? this.newestAnchor;
  }

  /** A file that turns out to be damaged while it is in use is replaced on the spot, and the work done again. */
  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (troubleOf(error) !== 'corrupt') throw error;
      this.renew('corrupt', error instanceof Error ? error.message : String(error));
      return work();
    }
  }

  private renew(reason: RestartReason, cause: string): void {
    this.ledger.db.close();
    const opened = replaceLedger(this.openOptions(), reason, cause);
    this.ledger = opened.ledger;
    [this.sealer, this.outbox, this.retention, this.room] = this.staff(opened);
    const { newestAnchor } = this;
    if (newestAnchor && !this.ledger.synced) this.ledger.commit(() => this.ledger.insert(newestAnchor));
  }

  /**
   * A new journal, with everything that is not receipted: when the hub is ahead of this file (the medium lost what it
   * had promised, or an old copy was put back), or an operator wants it.
   */
  startOver(reason: 'lost' | 'new-hardware' | 'operator'): void {
    this.flush();
    this.renew(reason, 'asked for');
    this.alerts.delete('hub-ahead');
    this.alerts.delete('other-chain');
  }

  /** `all`: whatever its age, as before a planned stop. */
  seal(now: Instant = this.clock.now(), options: Omit<SealOptions, 'lean'> = {}): SealResult {
    if (options.all) this.flush();
    const lean = this.room.isShort();
    const result = this.guard(() =>
      this.room.relieved(
        () => this.sealer.seal(now, { ...options, lean }),
        () => this.sealer.seal(now, { ...options, lean: true, max: 1 }),
      ),
    );
    if (result.condemned > 0) this.alerts.add('condemned');
    return result;
  }

  /** How long rows may wait for their batch: what the config of the hub asks for. */
  pace(seal: Partial<SealLimits>): void {
    this.pacing = { ...this.pacing, ...seal };
    this.sealer.limits = this.pacing;
  }

  /** What the file may grow to, as the config of the hub says. */
  budget(bytes: number): void {
    this.limits.budgetBytes = bytes;
    this.room.resize(bytes);
  }

  nextBatches(lane: Lane, limit: number): Outgoing[] {
    return this.guard(() => {
      const now = this.clock.now();
      const { batches, damaged } = this.outbox.next(lane, limit, now);
      for (const meta of damaged) this.room.relieved(() => this.retention.replace(meta, now));
      if (damaged.length > 0) this.alerts.add('damaged');
      return batches;
    });
  }

  disconnected(): void {
    this.outbox.disconnected();
  }

  applyReceipt(receipt: Receipt): ReceiptResult {
    let result: ReceiptResult;
    try {
      result = this.guard(() => this.room.relieved(() => this.outbox.apply(receipt, this.clock.now())));
    } catch (error) {
      // It will be repeated; until then what it covers stays.
      this.refusal(error);
      return { receipted: 0, missing: 0, refused: 0, settled: [], faults: [] };
    }
    if (result.receipted > 0) this.room.changed();
    for (const { kind } of result.faults) {
      if (kind === 'hub-ahead' || kind === 'other-chain') this.alerts.add(kind);
    }
    if (result.refused > 0) this.alerts.add('refused');
    return result;
  }

  /** A person has looked at what the hub refused: it may go again. */
  retryRefused(): number {
    return this.ledger.db.prepare('UPDATE batch SET retry_at = 0 WHERE state < 2 AND retry_at > 0').run()
      .changes;
  }

  /** The regular work, in small portions: group commit, sealing, retention. About once a second. */
  tend(): void {
    const now = this.clock.now();
    if (this.buffer.length > 0 && now.mono - this.oldestBuffered >= this.limits.groupMs) this.flush();
    try {
      this.seal(now);
      this.guard(() => this.retention.release(now));
      this.guard(() => this.room.tend());
    } catch (error) {
      this.refusal(error);
    }
  }

  depth(): Depth {
    return depthOf(this.ledger);
  }

  status(): JournalStatus {
    const { head, me, boot, synced } = this.ledger;
    const { used, size, budget } = this.ledger.room();
    const wal = `${this.options.path}-wal`;
    return {
      journal: me.id,
      gateway: me.gateway,
      last: head.last,
      sealed: Math.max(...Object.values(head.sealed)),
      watermark: head.watermark,
      boot,
      synced,
      buffered: this.buffer.length,
      depth: this.depth(),
      bytes: size + (existsSync(wal) ? statSync(wal).size : 0),
      budget,
      used,
      disk: this.reserve.disk(),
      condemned: condemnedIn(this.ledger),
      shortage: this.room.shortage,
      reserve: this.reserve.held,
      alerts: [...this.alerts],
      quarantined: quarantined(this.options.path),
    };
  }

  /** Numbering, checksums, digests, chain and signatures of what is in the file; what is buffered is committed first. */
  verify(): VerifyReport {
    this.flush();
    const own = verifierOf(this.options.signer.publicKey);
    if (!own.ok) throw new TypeError(own.detail);
    return verify(this.ledger.db, this.options.keys ?? ringOf(own.key));
  }

  /** The newest anchor of this boot, for the clock watch of a restarted process. */
  anchor(): Anchor | undefined {
    const placed = this.ledger.anchors(this.ledger.boot).at(-1);
    if (!placed) return undefined;
    const { mono, utc, uncertainty } = placed;
    // Its record may have gone with its receipt: then any source may confirm the time anew.
    return { mono, utc, uncertainty, source: sourceOf(this.ledger, placed.seq) ?? 'hub' };
  }

  /** Everything up to here is receipted. */
  get watermark(): number {
    return this.ledger.head.watermark;
  }

  get id(): JournalId {
    return this.ledger.me.id;
  }

  get boot(): number {
    return this.ledger.boot;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      if (this.flush()) {
        const { mono } = this.clock.now();
        this.ledger.db
          .prepare('UPDATE boot SET clean = 1, last = max(last, ?) WHERE number = ?')
          .run(mono, this.ledger.boot);
      }
    } finally {
      this.ledger.db.close();
      this.lock.release();
    }
  }
}

function sourceOf(ledger: Ledger, sequence: number): AnchorSource | undefined {
  const row = ledger.statement<[number], { text: string }>(sql.RECORD_TEXT).get(sequence);
  const read = row && journalRecordSchema.safeParse({ t: 0, ...JSON.parse(row.text) });
  return read?.success && read.data.kind === 'clock' ? read.data.source : undefined;
}

const otherBoot = { ok: false, detail: 'is of another boot' } as const;
export const openJournal = (options: JournalOptions): Journal => new Journal(options);
