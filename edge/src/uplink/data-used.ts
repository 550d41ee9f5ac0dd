import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeDurably } from '../durable-file.ts';
import type { Traffic } from './session.ts';

const FILE = 'data-used.json';
/** One write of the card; a power cut costs the count of at most this long. */
const SAVE_EVERY_MS = 15 * 60_000;
const DAYS_KEPT = 62;

/** IPv4, TCP, and the timestamp option that Linux always uses. */
const PACKET_OVERHEAD = 52;
/** What fits into one packet on a mobile network, TLS record and headers taken off. */
const SEGMENT = 1_340;
/** SYN, SYN-ACK, ACK, and the four of the end, three or four each way; a look-up of the name. */
const CONNECTION_BYTES = 4 * PACKET_OVERHEAD + 120;

const amount = z.strictObject({ sent: z.int().min(0), received: z.int().min(0) });
const file = z.strictObject({ v: z.literal(1), days: z.record(z.string().max(10), amount) });

export interface Amount {
  readonly sent: number;
  readonly received: number;
}

export interface DataUsedState {
  readonly month: string;
  readonly today: Amount;
  readonly thisMonth: Amount;
  /** Of the budget, at the pace of the month so far; null without a budget or too early to say. */
  readonly forecast: number | null;
  readonly budget: number | null;
}

export type BudgetWarning = 'forecast' | 'spent';

const NOTHING: Amount = { sent: 0, received: 0 };
const sum = (a: Amount, b: Amount): Amount => ({
  sent: a.sent + b.sent,
  received: a.received + b.received,
});
const total = ({ sent, received }: Amount): number => sent + received;

/**
 * What a SIM card is charged for, as far as the agent can see it: bytes of the TCP connection, TLS included, and an
 * estimate of the headers around them. Days and months are UTC.
 */
export class DataUsed {
  readonly #path: string;
  readonly #utc: () => number | undefined;
  #days: Map<string, Amount>;
  #savedAt = 0;
  #dirty = false;
  #warned = '';
  budget: number | null = null;

  constructor(folder: string, utc: () => number | undefined) {
    this.#path = join(folder, FILE);
    this.#utc = utc;
    this.#days = this.#read();
  }

  /** The difference of two looks at the counters of one connection. */
  add(before: Traffic, after: Traffic, monoMs: number): void {
    const [out, into] = [after.sent - before.sent, after.received - before.received];
    const packetsOut = Math.max(after.packetsSent - before.packetsSent, Math.ceil(out / SEGMENT));
    const packetsIn = Math.max(after.packetsReceived - before.packetsReceived, Math.ceil(into / SEGMENT));
    // Every second packet of the other side is acknowledged by an empty one of ours, unless we had something to say.
    const acksOut = Math.max(0, Math.ceil(packetsIn / 2) - packetsOut) + Math.ceil(packetsIn / 4);
    const acksIn = Math.max(0, Math.ceil(packetsOut / 2) - packetsIn) + Math.ceil(packetsOut / 4);
    this.#book(
      {
        sent: out + (packetsOut + acksOut) * PACKET_OVERHEAD,
        received: into + (packetsIn + acksIn) * PACKET_OVERHEAD,
      },
      monoMs,
    );
  }

  connected(monoMs: number): void {
    this.#book({ sent: CONNECTION_BYTES, received: CONNECTION_BYTES }, monoMs);
  }

  state(): DataUsedState {
    const day = this.#today();
    const month = day.slice(0, 7);
    let thisMonth = NOTHING;
    for (const [one, used] of this.#days) if (one.startsWith(month)) thisMonth = sum(thisMonth, used);
    const { budget } = this;
    const forecast = budget === null ? null : this.#forecast(total(thisMonth), budget);
    return { month, today: this.#days.get(day) ?? NOTHING, thisMonth, forecast, budget };
  }

  /** Once for each month and kind. */
  warning(): BudgetWarning | undefined {
    const { month, thisMonth, forecast, budget } = this.state();
    if (budget === null) return undefined;
    const kind =
      total(thisMonth) >= budget ? 'spent' : forecast !== null && forecast > 1 ? 'forecast' : undefined;
    if (!kind || this.#warned === `${month} ${kind}`) return undefined;
    this.#warned = `${month} ${kind}`;
    return kind;
  }

  save(monoMs: number, now = false): void {
    if (!this.#dirty || (!now && monoMs - this.#savedAt < SAVE_EVERY_MS)) return;
    this.#savedAt = monoMs;
    try {
      writeDurably(this.#path, `${JSON.stringify({ v: 1, days: Object.fromEntries(this.#days) })}\n`);
      this.#dirty = false;
    } catch {
      // The disk is full: the journal says so. The count goes on in memory and is written the next time.
    }
  }

  #forecast(used: number, budget: number): number | null {
    const utc = this.#utc();
    if (utc === undefined) return null;
    const date = new Date(utc);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const begin = Date.UTC(year, month);
    const passed = (utc - begin) / (Date.UTC(year, month + 1) - begin);
    // On the first day a single backfill would look like a whole month of them.
    return passed < 0.05 ? null : used / passed / budget;
  }

  #book(used: Amount, monoMs: number): void {
    if (used.sent === 0 && used.received === 0) return;
    const day = this.#today();
    this.#days.set(day, sum(this.#days.get(day) ?? NOTHING, used));
    this.#dirty = true;
    if (this.#days.size > DAYS_KEPT) {
      const [oldest] = [...this.#days.keys()].sort();
      if (oldest !== undefined) this.#days.delete(oldest);
    }
    this.save(monoMs);
  }

  /** Before the time is known, what is used is booked on the newest day there is. */
  #today(): string {
    const utc = this.#utc();
    if (utc !== undefined) return new Date(utc).toISOString().slice(0, 10);
    return [...this.#days.keys()].sort().at(-1) ?? '2020-01-01';
  }

  #read(): Map<string, Amount> {
    try {
      const bytes = readIfThere(this.#path);
      const read = bytes && file.safeParse(JSON.parse(bytes.toString('utf8')));
      return new Map(read?.success ? Object.entries(read.data.days) : []);
    } catch {
      // A count for the eye of a person is not worth a start that fails.
      return new Map();
    }
  }
}
