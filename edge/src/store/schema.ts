import { crc32 } from 'node:zlib';
import type Sqlite from 'better-sqlite3';
import { NewerError } from './errors.ts';

type Database = Sqlite.Database;

/**
 * Small pages: a commit of one second writes the tail of one or two tables and a few heads, and each page that it
 * touches goes to the medium whole. 1 KiB writes 422 bytes a reading where 4 KiB writes 577.
 */
export const PAGE_BYTES = 1_024;
/** As many as fit into a budget; below 64 not even an empty journal would. */
export const pagesOf = (bytes: number): number => Math.max(64, Math.floor(bytes / PAGE_BYTES));

/** Reading tables are apart by class, so that giving up or releasing one class frees whole pages. */
const reading = (table: string): string => `
  CREATE TABLE ${table} (
    seq INTEGER PRIMARY KEY, boot INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL,
    series INTEGER NOT NULL, value INTEGER, note TEXT, crc INTEGER NOT NULL
  ) STRICT;`;

const V1 = `
  CREATE TABLE journal (
    ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, gateway TEXT NOT NULL, last INTEGER NOT NULL,
    batch INTEGER NOT NULL, digest TEXT,
    gauge INTEGER NOT NULL, counter INTEGER NOT NULL, billing INTEGER NOT NULL, record INTEGER NOT NULL,
    watermark INTEGER NOT NULL, settled INTEGER NOT NULL, crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE boot (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, last INTEGER NOT NULL, clean INTEGER NOT NULL, crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE series (
    ref INTEGER PRIMARY KEY, class TEXT NOT NULL, point TEXT NOT NULL, detail TEXT NOT NULL, crc INTEGER NOT NULL,
    UNIQUE (point, class, detail)
  ) STRICT;
  ${reading('gauge')} ${reading('counter')} ${reading('billing')}
  CREATE TABLE record (
    seq INTEGER PRIMARY KEY, boot INTEGER NOT NULL, mono INTEGER NOT NULL, wall INTEGER NOT NULL,
    body TEXT NOT NULL, crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE anchor (
    seq INTEGER PRIMARY KEY, boot INTEGER NOT NULL, mono INTEGER NOT NULL, utc INTEGER NOT NULL,
    uncertainty INTEGER NOT NULL, source TEXT NOT NULL, crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY, journal INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
    nth INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, holes TEXT, rows INTEGER NOT NULL,
    sealed INTEGER NOT NULL, digest TEXT NOT NULL, previous TEXT, sha TEXT NOT NULL, crc INTEGER NOT NULL,
    state INTEGER NOT NULL, retry_at INTEGER NOT NULL, receipted_at INTEGER NOT NULL, payload BLOB,
    UNIQUE (journal, number)
  ) STRICT;
  CREATE TABLE incident (
    id INTEGER PRIMARY KEY, wall INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
  ) STRICT;

  -- What waits for its receipt, in order of sealing; carries all that choosing, counting and thinning look at, so
  -- that a backlog of months is walked without touching a payload.
  CREATE INDEX batch_waiting ON batch (id, journal, kind, rows, nth, sealed, first, retry_at, state) WHERE state < 2;
  -- What is receipted and may be released: small, whatever the backlog.
  CREATE INDEX batch_done ON batch (state, receipted_at, last) WHERE state >= 2;
  -- Where a boot begins: anchors are never deleted, rows of old boots ask for theirs when they are sealed.
  CREATE INDEX anchor_of_boot ON anchor (boot, mono);
`;

/** Forward only; what was released is never edited. */
const MIGRATIONS: readonly string[] = [V1];

export function migrate(db: Database): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > MIGRATIONS.length) {
    throw new NewerError(`version ${version} of the tables, this agent knows ${MIGRATIONS.length}`);
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
}

/** What became of a batch. From `receipted` on it is never sent again. */
export const STATE = { sealed: 0, sent: 1, receipted: 2, released: 3 } as const;

/** `retry_at` of a batch that a person must look at first. */
export const NEVER = 8_640_000_000_000_000;

export const READING_TABLES = ['gauge', 'counter', 'billing'] as const;
export type ReadingTable = (typeof READING_TABLES)[number];
export const TABLES = [...READING_TABLES, 'record'] as const;
export type Table = (typeof TABLES)[number];

const BATCH_KINDS = ['gauge', 'counter', 'billing', 'boundary', 'record'] as const;
export type BatchKind = (typeof BATCH_KINDS)[number];
export const tableOf = (kind: BatchKind): Table => (kind === 'boundary' ? 'billing' : kind);

/**
 * Each row carries a CRC of what never changes in it, so that a row read out of the ruins of a file is known to be
 * whole. SQLite has no checksum of its own below the page cache.
 */
const readingColumns = ['seq', 'boot', 'mono', 'wall', 'series', 'value', 'note'] as const;
export const CHECKED = {
  journal: [
    'ref',
    'id',
    'gateway',
    'last',
    'batch',
    'digest',
    'gauge',
    'counter',
    'billing',
    'record',
    'watermark',
    'settled',
  ],
  boot: ['number', 'id'],
  series: ['ref', 'class', 'point', 'detail'],
  gauge: readingColumns,
  counter: readingColumns,
  billing: readingColumns,
  record: ['seq', 'boot', 'mono', 'wall', 'body'],
  anchor: ['seq', 'boot', 'mono', 'utc', 'uncertainty', 'source'],
  batch: [
    'id',
    'journal',
    'number',
    'kind',
    'nth',
    'first',
    'last',
    'holes',
    'rows',
    'sealed',
    'digest',
    'previous',
    'sha',
  ],
} as const;
export type CheckedTable = keyof typeof CHECKED;

/** Columns as they stand in the file. */
export const LAYOUT: Readonly<Record<CheckedTable, readonly string[]>> = {
  journal: [...CHECKED.journal, 'crc'],
  boot: ['number', 'id', 'last', 'clean', 'crc'],
  series: [...CHECKED.series, 'crc'],
  gauge: [...readingColumns, 'crc'],
  counter: [...readingColumns, 'crc'],
  billing: [...readingColumns, 'crc'],
  record: [...CHECKED.record, 'crc'],
  anchor: [...CHECKED.anchor, 'crc'],
  batch: [...CHECKED.batch, 'crc', 'state', 'retry_at', 'receipted_at', 'payload'],
};

type Field = number | bigint | string | null | undefined;

export function checkOf(table: CheckedTable, fields: readonly Field[]): number {
  let text: string = table;
  for (const field of fields) text += field === null || field === undefined ? '|' : `|${field}`;
  return crc32(text);
}
