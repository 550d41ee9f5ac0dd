import { type GatewayId, type Receipt, topicOf } from '@meterline/contracts';
import type { Journal, Lane, Outgoing, ReceiptResult } from '../store/index.ts';
import { LANE_LIMITS, type LaneLimits, Lanes } from './lanes.ts';
import type { Session } from './session.ts';

export type DrainSource = Pick<Journal, 'nextBatches' | 'applyReceipt' | 'disconnected'>;

/** For those who count: what leaves, and what came to its end. */
export interface DrainObserver {
  /** Before the first byte leaves. */
  sent?(batch: Outgoing, lane: Lane): void;
  /** After the journal has written it down. */
  settled?(digest: string, lane: Lane | undefined, tookMs: number | undefined): void;
}

export interface DrainOptions {
  readonly gateway: GatewayId;
  readonly source: DrainSource;
  readonly monoMs: () => number;
  readonly backfillBytesPerSecond: number;
  readonly log: (level: 'info' | 'warn', line: string) => void;
  readonly limits?: LaneLimits;
  readonly observer?: DrainObserver;
}

export interface Receipted extends ReceiptResult {
  /** Sent at the latest instant among what this receipt settled; it was made after that. Undefined: nothing known. */
  readonly newestSentAt: number | undefined;
}

/** Batches in one turn of the event loop: polling and inbound messages come in between. */
const TURN_MAX = 8;
const RETRY_MS = 1_000;
const BUSY_MS = 100;
/** Below this it is worth looking whether the plain bytes are fewer. */
const SMALL_BYTES = 400;

/** Moves sealed batches from the journal to the broker, and receipts back into the journal. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #lanes: Lanes;
  readonly #latencies: number[] = [];
  /** Sent for the first time, and not receipted yet: only what is receipted of these can date its receipt. */
  readonly #firsts = new Set<string>();
  #session: Session | undefined;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #said = '';
  sent = 0;
  receipted = 0;

  constructor(options: DrainOptions) {
    this.#options = options;
    const { backfillBytesPerSecond, monoMs, limits = LANE_LIMITS } = options;
    this.#lanes = new Lanes(backfillBytesPerSecond, monoMs(), limits);
  }

  set backfillBytesPerSecond(bytes: number) {
    this.#lanes.backfillBytesPerSecond = bytes;
    this.pump();
  }

  /** `goesOn`: it has taken over from a session that is still there; what is under way stays so. */
  connected(session: Session, goesOn: boolean): void {
    this.#session = session;
    const { live, backfill } = this.#lanes.state;
    // What the broker had not acknowledged went down with the old session.
    if (!goesOn || live.unacknowledged + backfill.unacknowledged > 0) this.#forget();
    this.nudge();
  }

  disconnected(): void {
    this.#session = undefined;
    this.#forget();
  }

  #forget(): void {
    this.#firsts.clear();
    this.#lanes.disconnected();
    this.#options.source.disconnected();
  }

  /** Something was sealed. */
  nudge(): void {
    this.#lanes.stir();
    this.pump();
  }

  pump(): void {
    if (this.#scheduled || this.#stopped || !this.#session) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    const session = this.#session;
    if (!session || this.#stopped) return;
    const waitMs = this.#work(session);
    if (waitMs === 0) this.pump();
    else this.#pumpIn(waitMs);
  }

  /** Sends what may go now; says when to come back. */
  #work(session: Session): number {
    const { monoMs } = this.#options;
    for (let sent = 0; sent < TURN_MAX; ) {
      if (session.isBusy) return BUSY_MS;
      const ask = this.#lanes.next(monoMs());
      if (!ask) return this.#lanes.waitMs(monoMs());
      const batches = this.#take(ask.lane, Math.min(ask.limit, TURN_MAX));
      if (!batches) return RETRY_MS;
      if (batches.length === 0) this.#lanes.empty(ask.lane, monoMs());
      for (const batch of batches) this.#send(session, batch, ask.lane);
      sent += batches.length;
    }
    return 0;
  }

  /** Undefined: the disk would not say now. The journal has tried what can be tried; later is another time. */
  #take(lane: Lane, limit: number): Outgoing[] | undefined {
    try {
      return this.#options.source.nextBatches(lane, limit);
    } catch (error) {
      const line = `journal: ${error instanceof Error ? error.message : String(error)}`;
      if (line !== this.#said) this.#options.log('warn', line);
      this.#said = line;
      return undefined;
    }
  }

  #send(session: Session, batch: Outgoing, lane: Lane): void {
    const { gateway, monoMs, observer } = this.#options;
    const { payload, deflated } = smaller(batch);
    this.#lanes.depart(lane, batch.digest, payload.length, monoMs());
    if (batch.again) this.#firsts.delete(batch.digest);
    else this.#firsts.add(batch.digest);
    this.sent += 1;
    observer?.sent?.(batch, lane);
    session.publish(topicOf({ gateway, channel: 'up/readings', deflated }), payload, () => {
      this.#lanes.acknowledged(batch.digest);
      this.pump();
    });
  }

  #pumpIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pump(), ms);
  }

  receipt(receipt: Receipt): Receipted {
    const { source, monoMs, observer } = this.#options;
    const result = source.applyReceipt(receipt);
    this.#lanes.holes(Math.max(0, ...receipt.journals.map(({ missing }) => missing.length)));
    const now = monoMs();
    let newestSentAt: number | undefined;
    for (const digest of result.settled) {
      const was = this.#lanes.settled(digest);
      if (was?.lane === 'live') this.#remember(now - was.sentAt);
      const first = this.#firsts.delete(digest);
      if (was && first) newestSentAt = Math.max(newestSentAt ?? was.sentAt, was.sentAt);
      observer?.settled?.(digest, was?.lane, was && now - was.sentAt);
    }
    this.receipted += result.receipted;
    if (result.missing > 0) this.#lanes.stir();
    if (result.settled.length > 0 || result.missing > 0) this.pump();
    return { ...result, newestSentAt };
  }

  #remember(ms: number): void {
    this.#latencies.push(ms);
    if (this.#latencies.length > 512) this.#latencies.shift();
  }

  /** Nothing more is sent; resolves when the broker has all that was, or the time is over. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const { monoMs } = this.#options;
    const deadline = monoMs() + timeoutMs;
    while (this.#session && monoMs() < deadline) {
      const { live, backfill } = this.#lanes.state;
      if (live.unacknowledged + backfill.unacknowledged === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get state() {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
    return {
      ...this.#lanes.state,
      sent: this.sent,
      receipted: this.receipted,
      receiptMs: { median: at(0.5), p99: at(0.99) },
    };
  }
}

function smaller(batch: Outgoing): { payload: Buffer; deflated: boolean } {
  if (batch.deflated.length < SMALL_BYTES) {
    const plain = batch.payload();
    if (plain.length <= batch.deflated.length + 2) return { payload: plain, deflated: false };
  }
  return { payload: batch.deflated, deflated: true };
}
