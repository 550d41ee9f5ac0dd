import type { Temporal } from 'temporal-polyfill';
import type { Ids } from '../../kernel/ids.ts';
import type { Database } from './database.ts';
import { databaseError } from './errors.ts';
import { ADD_SQL, BACKLOG_SQL, DISCARD_SQL, FAILED_SQL, REPLAY_SQL } from './outbox.sql.ts';
import { ALL_ORGANISATIONS, type Transaction } from './transaction.ts';

export interface NewEvent {
  /** The consumer's idempotency key; made here if not given. */
  readonly id?: string;
  readonly topic: string;
  /** Events of one key leave in the order of writing. Write them under a lock on what the key names. */
  readonly key?: string;
  /** What JSON can say: big numbers as strings. Ids rather than contents. */
  readonly payload: object;
}

export interface OutboxOptions {
  readonly ids: Ids;
  /** Called after a commit that added events, so that they leave at once; polling finds them anyway. */
  readonly wake?: () => void;
}

const MAX_PAYLOAD_BYTES = 64 * 1024;

/** For `Database.stores`: `tx.outbox.add(…)` writes in the transaction of the state that the event tells of. */
export function outboxStore(options: OutboxOptions): (tx: Transaction) => Outbox {
  return (tx) => new Outbox(tx, options);
}

export class Outbox {
  readonly #tx: Transaction;
  readonly #options: OutboxOptions;
  #wakes = false;

  constructor(tx: Transaction, options: OutboxOptions) {
    this.#tx = tx;
    this.#options = options;
  }

  /** Returns the ids, in order. Any number of events is one statement. */
  async add(...events: readonly NewEvent[]): Promise<readonly string[]> {
    const organisation = this.#tx.organisation;
    if (organisation === null || organisation === ALL_ORGANISATIONS)
      throw databaseError('outbox_event_invalid', { message: 'an event belongs to one organisation' });
    if (events.length === 0) return [];
    const ids = events.map((event) => event.id ?? this.#options.ids.next());
    await this.#tx.query(ADD_SQL, [
      ids,
      organisation,
      events.map((event) => event.topic),
      events.map((event) => event.key ?? null),
      events.map(encode),
    ]);
    if (this.#options.wake && !this.#wakes) {
      this.#wakes = true;
      this.#tx.afterCommit(this.#options.wake);
    }
    return ids;
  }
}

function encode({ topic, payload }: NewEvent): string {
  let text: string;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    const message = `the payload of "${topic}" is no JSON: ${error instanceof Error ? error.message : error}`;
    throw databaseError('outbox_event_invalid', { message, cause: error });
  }
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_PAYLOAD_BYTES) return text;
  const message = `the payload of "${topic}" has ${bytes} bytes; the outbox takes ${MAX_PAYLOAD_BYTES}: send an id instead`;
  throw databaseError('outbox_event_invalid', { message });
}

export interface FailedEvent {
  readonly id: string;
  readonly organisation: string;
  readonly topic: string;
  readonly key: string | null;
  readonly payload: unknown;
  readonly attempts: number;
  readonly error: string;
  readonly createdAt: Temporal.Instant;
  readonly failedAt: Temporal.Instant;
}

export interface Backlog {
  readonly pending: number;
  readonly failed: number;
  /** How long the most overdue event has waited beyond its time. */
  readonly lateSeconds: number;
}

const OPERATOR = { organisation: ALL_ORGANISATIONS, actor: { kind: 'system', id: 'outbox' } } as const;

export async function outboxBacklog(db: Database): Promise<Backlog> {
  const { rows } = await db.transaction({ ...OPERATOR, readOnly: true }, (tx) =>
    tx.query<Backlog & Record<string, unknown>>(BACKLOG_SQL),
  );
  return rows[0] ?? { pending: 0, failed: 0, lateSeconds: 0 };
}

export async function failedEvents(db: Database, limit = 100): Promise<readonly FailedEvent[]> {
  const { rows } = await db.transaction({ ...OPERATOR, readOnly: true }, (tx) =>
    tx.query<FailedEvent & Record<string, unknown>>(FAILED_SQL, [limit]),
  );
  return rows;
}

/** Puts failed events back, as new: named ones, those of a topic, or all. Returns how many. */
export async function replayFailed(
  db: Database,
  which: { readonly ids?: readonly string[]; readonly topic?: string } = {},
): Promise<number> {
  const { rowCount } = await db.transaction(OPERATOR, (tx) =>
    tx.query(REPLAY_SQL, [which.ids ?? null, which.topic ?? null]),
  );
  return rowCount ?? 0;
}

/** Gives one failed event up for good; what it was stands in the audit log of whoever did so. */
export async function discardFailed(db: Database, id: string): Promise<number> {
  const { rowCount } = await db.transaction(OPERATOR, (tx) => tx.query(DISCARD_SQL, [id]));
  return rowCount ?? 0;
}
