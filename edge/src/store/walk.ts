import type { JournalId } from '@meterline/contracts';
import type Sqlite from 'better-sqlite3';
import type { Row } from './ledger.ts';
import type { BatchMeta } from './outbox.ts';
import { TABLES, type Table, tableOf } from './schema.ts';
import * as sql from './sql.ts';

/** By number, both ends included. */
export interface ExportRange {
  readonly from?: number;
  readonly to?: number;
}

export interface StoredBatch extends BatchMeta {
  readonly crc: number;
  /** Deflated; null once it has been released. */
  readonly payload: Buffer | null;
}

export type Found =
  | {
      readonly is: 'batch';
      readonly journal: JournalId;
      readonly batch: StoredBatch;
      /** Up to here its rows have been found as rows, before they were sealed. */
      readonly after: number;
    }
  | { readonly is: 'row'; readonly journal: JournalId; readonly table: Table; readonly row: Row };

interface Walk {
  readonly db: Sqlite.Database;
  readonly from: number;
  readonly to: number;
  /** Also rows of which a batch holds a copy. */
  readonly copies: boolean;
  readonly journals: ReadonlyMap<number, JournalId>;
  /** The newest row that was found, by table. */
  readonly rows: Record<Table, number>;
  place: { journal: number; number: number };
}

const BATCHES = 8;
const ROWS = 500;

/**
 * Every batch, then every row that is in none, each once, beside an agent that goes on writing and sealing. Page by
 * page: a reader that takes its time must not hold the log of the journal open.
 */
export function* walk(
  db: Sqlite.Database,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: ExportRange,
  copies = false,
): Generator<Found> {
  const journals = db.prepare<[], { ref: number; id: JournalId }>('SELECT ref, id FROM journal').all();
  const now: Walk = {
    ...{ db, from, to, copies, journals: new Map(journals.map(({ ref, id }) => [ref, id])) },
    rows: { gauge: 0, counter: 0, billing: 0, record: 0 },
    place: { journal: 0, number: 0 },
  };
  // What is sealed while the rows are read has become a batch: then there is one more round.
  yield* batches(now);
  do yield* rows(now);
  while (yield* batches(now));
}

const AFTER = `SELECT * FROM batch WHERE (journal, number) > (?, ?) ORDER BY journal, number LIMIT ${BATCHES}`;

/** False: there is no new one. */
function* batches(now: Walk): Generator<Found, boolean> {
  const page = now.db.prepare<[number, number], StoredBatch>(AFTER);
  let isNew = false;
  for (;;) {
    const found = page.all(now.place.journal, now.place.number);
    for (const batch of found) {
      const journal = now.journals.get(batch.journal);
      if (journal && batch.last >= now.from && batch.first <= now.to)
        yield { is: 'batch', journal, batch, after: now.rows[tableOf(batch.kind)] };
    }
    const last = found.at(-1);
    if (last) now.place = { journal: last.journal, number: last.number };
    isNew ||= found.length > 0;
    if (found.length < BATCHES) return isNew;
  }
}

const SEALED = 'SELECT id, gauge, counter, billing, record FROM journal ORDER BY ref DESC LIMIT 1';

function* rows(now: Walk): Generator<Found> {
  const { db, from, to, copies } = now;
  const sealed = db.prepare<[], Record<Table, number> & { id: JournalId }>(SEALED);
  for (const table of TABLES) {
    const page = db.prepare<[number, number], Row>(sql.rowsAfter(table));
    for (;;) {
      const head = sealed.get();
      if (!head) return;
      const after = Math.max(copies ? 0 : head[table], now.rows[table], from - 1);
      const found = page.all(after, ROWS).filter(({ seq }) => seq <= to);
      for (const row of found) {
        now.rows[table] = row.seq;
        yield { is: 'row', journal: head.id, table, row };
      }
      if (found.length < ROWS) break;
    }
  }
}
