import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pages, walIsDamaged } from './pages.ts';
import { PAGE_BYTES } from './schema.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function database(rows: readonly (readonly unknown[])[]): { path: string; db: Sqlite.Database } {
  const path = join(folder, `${Math.random()}.db`);
  const db = new Sqlite(path);
  db.pragma(`page_size = ${PAGE_BYTES}`);
  db.pragma('journal_mode = WAL');
  db.pragma('wal_autocheckpoint = 0');
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY, b ANY, c BLOB, d TEXT, e ANY)');
  const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)');
  for (const [i, row] of rows.entries()) insert.run(i + 1, ...row);
  return { path, db };
}

function carve(path: string): Map<number, readonly unknown[]> {
  const pages = new Pages(path);
  const found = new Map<number, readonly unknown[]>();
  for (const { rowid, values } of pages.records()) if (values.length === 6) found.set(rowid, values.slice(1));
  pages.close();
  return found;
}

const row = fc.tuple(
  fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constant(null)),
  fc.oneof(fc.constantFrom(0n, 1n, -1n, 127n, 128n, 32_768n, 2n ** 31n, 2n ** 47n), fc.constant(null)),
  fc.uint8Array({ maxLength: 5_000 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ maxLength: 300 }).map((text) => text.replaceAll('\0', ' ')),
  fc.constant(null),
);
const plain = (value: unknown) =>
  typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;

describe('reading without SQLite', () => {
  it('finds what SQLite wrote, in the file and in the log', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.boolean(), (rows, checkpoint) => {
        const { path, db } = database(rows);
        if (checkpoint) db.pragma('wal_checkpoint(TRUNCATE)');
        const found = carve(path);
        db.close();
        expect([...found.keys()].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i + 1));
        for (const [i, values] of rows.entries())
          expect(found.get(i + 1)?.map(plain)).toEqual(values.map(plain));
      }),
      { numRuns: 60 },
    );
  });

  it('never throws, whatever the bytes', () => {
    const { path, db } = database(
      Array.from({ length: 60 }, (_, i) => [i, null, Buffer.alloc(i * 90, i), 'text', null]),
    );
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    const bytes = readFileSync(path);
    const other = join(folder, 'other.db');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 200 }),
        fc.nat(bytes.length),
        (flips, cut) => {
          const copy = Buffer.from(bytes);
          for (const [at, value] of flips) copy[at] = value;
          writeFileSync(other, copy.subarray(0, cut));
          carve(other);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the log', () => {
  /** Twenty commits of one to three frames each. */
  function log(): { path: string; bytes: Buffer; close: () => void } {
    const { path, db } = database(
      Array.from({ length: 20 }, (_, i) => [i, null, Buffer.alloc((i % 3) * 900), 'x', null]),
    );
    return { path: `${path}-wal`, bytes: readFileSync(`${path}-wal`), close: () => db.close() };
  }
  const FRAME = 24 + PAGE_BYTES;
  const verdict = (bytes: Buffer): boolean => {
    const path = join(folder, 'log');
    writeFileSync(path, bytes);
    return walIsDamaged(path);
  };

  it('is sound as it was written, with a torn end, empty, and with an old generation behind it', () => {
    const { bytes, close } = log();
    close();
    expect(verdict(bytes)).toBe(false);
    expect(verdict(Buffer.alloc(0))).toBe(false);
    for (const cut of [1, 31, 33, 500, FRAME, bytes.length - 1, bytes.length - FRAME]) {
      expect(verdict(bytes.subarray(0, cut))).toBe(false);
    }
    const torn = Buffer.from(bytes);
    torn.fill(0, bytes.length - 300);
    expect(verdict(torn)).toBe(false);
    const old = Buffer.concat([
      bytes.subarray(0, 32 + 4 * FRAME),
      Buffer.from(bytes.subarray(32 + 4 * FRAME)),
    ]);
    for (let at = 32 + 4 * FRAME; at + FRAME <= old.length; at += FRAME) old.writeUInt32BE(7, at + 8);
    expect(verdict(old)).toBe(false);
    expect(walIsDamaged(join(folder, 'nothing'))).toBe(false);
  });

  it('is damaged by any byte that changes before its last commits', () => {
    const { bytes, close } = log();
    close();
    for (let at = 0; at < 32 + FRAME; at += 1) {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
      expect({ at, damaged: verdict(copy) }).toEqual({ at, damaged: true });
    }
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: bytes.length - 8 * FRAME }),
        fc.integer({ min: 1, max: 255 }),
        (at, flip) => {
          const copy = Buffer.from(bytes);
          copy.writeUInt8((copy.readUInt8(at) ^ flip) & 0xff, at);
          expect(verdict(copy)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
