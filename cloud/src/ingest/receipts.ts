import { type GatewayId, LIMITS, type Receipt, type Signer, sealMessage } from '@meterline/contracts';
import type pg from 'pg';
import { accountOf } from './domain/journal.ts';
import { fromMultirange } from './domain/ranges.ts';
import type { Downlink } from './downlink.ts';
import { wireReason } from './refusal-rules.ts';

export interface ReceiptsOptions {
  readonly pool: pg.Pool;
  readonly signer: () => Signer;
  readonly downlink: Downlink;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  /** Between two receipts of one gateway; what is committed meanwhile stands in the next. */
  readonly everyMs?: number;
}

interface ReceiptRow {
  readonly gateway: GatewayId;
  readonly journals: readonly {
    readonly journal: string;
    readonly ranges: string;
    readonly chain: number;
    readonly digest: string | null;
  }[];
  readonly refused: readonly {
    readonly digest: string;
    readonly reason: string;
    readonly retryAfterMs: number | null;
  }[];
}

const SQL = 'select ingest_receipts($1::uuid[], $2::int, $3::int) as answer';
/** Gateways of one query. */
const MOST = 200;

/** Says what is stored, as the database has it after the commit: at most a few times a second to each gateway. */
export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #due = new Set<GatewayId>();
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;
  /** Receipts that were handed to the downlink. */
  sent = 0;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** Something of this gateway was settled, or it has just connected. */
  want(gateway: GatewayId): void {
    if (this.#stopped) return;
    this.#due.add(gateway);
    this.#timer ??= setTimeout(() => this.#tick(), this.#options.everyMs ?? 250);
  }

  /** What is due goes out before the end. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#turn;
    this.#stopped = true;
    await this.#send();
  }

  #tick(): void {
    this.#turn = this.#send().finally(() => {
      this.#timer = undefined;
      if (this.#due.size > 0 && !this.#stopped)
        this.#timer = setTimeout(() => this.#tick(), this.#options.everyMs ?? 250);
    });
  }

  async #send(): Promise<void> {
    const gateways = [...this.#due].slice(0, MOST);
    if (gateways.length === 0) return;
    for (const gateway of gateways) this.#due.delete(gateway);
    try {
      const { rows } = await this.#options.pool.query<{ answer: readonly ReceiptRow[] }>(SQL, [
        gateways,
        LIMITS.journalsPerReceipt,
        100,
      ]);
      await Promise.all((rows[0]?.answer ?? []).map((row) => this.#publish(row)));
    } catch (error) {
      for (const gateway of gateways) this.#due.add(gateway);
      this.#options.onError(error);
    }
  }

  async #publish(row: ReceiptRow): Promise<void> {
    const { signer, downlink, now } = this.#options;
    const payload = sealMessage('receipt', receiptFrom(row, now()), signer());
    await downlink.publish(row.gateway, 'down/receipt', payload);
    this.sent += 1;
  }
}

function receiptFrom({ gateway, journals, refused }: ReceiptRow, at: number): Receipt {
  return {
    v: 1,
    gateway,
    at,
    journals: journals.map(({ journal, ranges, chain, digest }) => ({
      journal: journal as Receipt['journals'][number]['journal'],
      ...accountOf({ stored: fromMultirange(ranges), dropped: [] }),
      chain: digest === null ? null : { batch: chain, digest },
    })),
    ...(refused.length > 0 && {
      refused: refused.map(({ digest, reason, retryAfterMs }) => ({
        digest,
        reason: wireReason(reason),
        retryAfterMs,
      })),
    }),
  };
}
