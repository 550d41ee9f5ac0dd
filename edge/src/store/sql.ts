import type { Table } from './schema.ts';

/** Hot statements, under names: the plan of each is tested from these very words. */

const READING = 'seq, boot, mono, wall, series, CAST(value AS TEXT) AS value, note AS text, crc';
const RECORD = 'seq, boot, mono, wall, NULL AS series, NULL AS value, body AS text, crc';
const columnsOf = (table: Table): string => (table === 'record' ? RECORD : READING);

export const insertRow = (table: Table): string =>
  table === 'record'
    ? 'INSERT INTO record (seq, boot, mono, wall, body, crc) VALUES (?, ?, ?, ?, ?, ?)'
    : `INSERT INTO ${table} (seq, boot, mono, wall, series, value, note, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

/** Rows of one class after a place, in order: what is not sealed yet, or what stands in a batch. */
export const rowsAfter = (table: Table): string =>
  `SELECT ${columnsOf(table)} FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`;
export const rowsBetween = (table: Table): string =>
  `SELECT ${columnsOf(table)} FROM ${table} WHERE seq BETWEEN ? AND ? ORDER BY seq`;
export const deleteBetween = (table: Table): string => `DELETE FROM ${table} WHERE seq BETWEEN ? AND ?`;
export const lastRow = (table: Table): string => `SELECT max(seq) AS seq FROM ${table}`;
export const countAfter = (table: Table): string => `SELECT count(*) AS n FROM ${table} WHERE seq > ?`;
export const lastOfBoot = (table: Table): string =>
  `SELECT max(mono) AS mono FROM ${table} WHERE seq > ? AND boot = ?`;

export const RECORD_TEXT = 'SELECT body AS text FROM record WHERE seq = ?';

export const INSERT_BATCH = `
  INSERT INTO batch (id, journal, number, kind, nth, first, last, holes, rows, sealed, digest, previous, sha, crc,
    state, retry_at, receipted_at, payload)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)`;

/** What a lane may send, without payloads: from the index alone, also where SQLite would rather walk the table. */
export const WAITING_UP = `
  SELECT id, sealed, retry_at FROM batch INDEXED BY batch_waiting WHERE state < 2 AND id > ? ORDER BY id LIMIT ?`;
export const WAITING_DOWN = `
  SELECT id, sealed, retry_at FROM batch INDEXED BY batch_waiting WHERE state < 2 AND id < ? ORDER BY id DESC LIMIT ?`;
export const WAITING_COUNTS = `
  SELECT id, sealed, retry_at FROM batch INDEXED BY batch_waiting
  WHERE state < 2 AND id > ? AND kind IN ('boundary', 'billing', 'record') ORDER BY id LIMIT ?`;
export const NEWEST_BATCH = 'SELECT id, sealed FROM batch ORDER BY id DESC LIMIT 1';
export const WAITING_DEPTH = `
  SELECT kind, count(*) AS batches, sum(rows) AS rows, min(sealed) AS oldest FROM batch INDEXED BY batch_waiting WHERE state < 2 GROUP BY kind`;
export const WAITING_SENT = `SELECT id FROM batch INDEXED BY batch_waiting WHERE state < 2 AND state = 1 ORDER BY id`;
/** One level of thinning: every second of what the level before left. */
export const WAITING_LEVEL = `
  SELECT id FROM batch INDEXED BY batch_waiting WHERE state < 2 AND journal = ? AND kind = ? AND (nth >> ?) % 2 = 1 ORDER BY id LIMIT ?`;
export const WAITING_KIND = `
  SELECT id FROM batch INDEXED BY batch_waiting WHERE state < 2 AND journal = ? AND kind = ? ORDER BY id LIMIT ?`;
export const WAITING_LOWEST = `
  SELECT min(first) AS seq, min(CASE retry_at WHEN 0 THEN first END) AS open
  FROM batch INDEXED BY batch_waiting WHERE state < 2 AND journal = ?`;

export const BATCH_PAYLOAD = 'SELECT payload FROM batch WHERE id = ?';
export const MARK_SENT = 'UPDATE batch SET state = 1 WHERE id = ? AND state = 0';
export const MARK_RECEIPTED = 'UPDATE batch SET state = 2, receipted_at = ? WHERE id = ? AND state < 2';
/** Receipted, not yet released: all that could be sent once more. */
export const KEPT = 'SELECT id FROM batch WHERE state >= 2 AND state = 2 ORDER BY id';
export const MARK_MISSING = 'UPDATE batch SET state = 1, receipted_at = 0 WHERE id = ? AND state = 2';
export const MARK_REFUSED = 'UPDATE batch SET retry_at = ? WHERE id = ? AND state < 2';
export const EMPTY_BATCH = 'UPDATE batch SET state = ?, payload = NULL WHERE id = ?';
export const FORGET_BATCH = 'DELETE FROM batch WHERE id = ?';

/** Receipted and past its grace; `now + a day` catches a wall clock that was put back. */
export const RELEASABLE = `
  SELECT id FROM batch WHERE state >= 2 AND state = 2 AND (receipted_at <= ? OR receipted_at > ?) ORDER BY receipted_at LIMIT ?`;
/** Empty batches that no longer have to account for their numbers. */
export const FORGETTABLE = `
  SELECT batch.id FROM batch JOIN journal ON journal.ref = batch.journal
  WHERE state >= 2 AND state = 3 AND batch.last <= settled LIMIT ?`;

const ANCHOR = 'SELECT seq, boot, mono, utc, uncertainty, source, crc FROM anchor WHERE boot = ?';
export const ANCHORS_OF_BOOT = `${ANCHOR} ORDER BY mono, seq`;
export const FIRST_ANCHOR = `${ANCHOR} ORDER BY mono LIMIT 1`;
export const LAST_ANCHOR = `${ANCHOR} ORDER BY mono DESC LIMIT 1`;

/** Incidents are few. */
export const CONDEMNED = `SELECT count(*) AS n FROM incident WHERE kind = 'row'`;

/** As a statement that is prepared once: a pragma would be prepared anew each time. */
export const ROOM = `
  SELECT page_count - freelist_count AS used, page_count AS size, max_page_count AS budget
  FROM pragma_page_count, pragma_freelist_count, pragma_max_page_count`;
