import { existsSync, readdirSync, truncateSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Journal } from '../src/store/index.ts';
import { drain, entries, FakeHub, type World, world } from './journal-support.ts';

let home: World;
beforeEach(() => {
  home = world('review');
});
afterEach(() => home.end());

const dbOf = (journal: Journal): Sqlite.Database =>
  (journal as unknown as { ledger: { db: Sqlite.Database } }).ledger.db;

it('tells the caller of a medium that has become read-only, and goes on when it is writable again', () => {
  const make = entries(home);
  const journal = home.open();
  journal.append([make.anchor(), make.gauge(1)], { durable: true });
  dbOf(journal).pragma('query_only = 1');
  expect(journal.append([make.billing(1)], { durable: true })).toMatchObject({ ok: false, reason: 'io' });
  expect(journal.append([make.gauge(2)])).toMatchObject({ ok: true, state: 'buffered' });
  home.clock.advance(5_000);
  expect(() => journal.tend()).not.toThrow();
  expect(() => journal.nextBatches('live', 5)).not.toThrow();
  expect(() => journal.applyReceipt(new FakeHub(home).receipt())).not.toThrow();
  expect(journal.status().alerts).toContain('io');
  dbOf(journal).pragma('query_only = 0');
  expect(journal.append([make.billing(1)], { durable: true })).toMatchObject({ ok: true });
  expect(journal.status()).toMatchObject({ buffered: 0, alerts: [] });
  drain(journal, new FakeHub(home), home.clock);
  journal.close();
});

it('puts by a receipt that the disk has no room for, and takes it when it is repeated', () => {
  const make = entries(home);
  const journal = home.open();
  journal.append([make.anchor(), make.billing(1)], { durable: true });
  journal.seal(undefined, { all: true });
  const hub = new FakeHub(home);
  for (const batch of journal.nextBatches('live', 5)) hub.take(batch);
  const db = dbOf(journal);
  db.exec(`CREATE TEMP TRIGGER full BEFORE UPDATE ON batch BEGIN SELECT RAISE(ABORT, 'x'); END`);
  const { ledger } = journal as unknown as { ledger: { commit(work: () => unknown): unknown } };
  const commit = ledger.commit.bind(ledger);
  let full = true;
  ledger.commit = (work) => {
    if (full) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    return commit(work);
  };
  expect(journal.applyReceipt(hub.receipt())).toMatchObject({ receipted: 0, faults: [] });
  expect(journal.status().alerts).toContain('disk-full');
  full = false;
  db.exec('DROP TRIGGER full');
  expect(journal.applyReceipt(hub.receipt())).toMatchObject({ receipted: 2 });
  journal.close();
});

it('commits a long queue in portions, so that it fits through what room there is', () => {
  const make = entries(home);
  const journal = home.open({ groupRows: 100 });
  journal.append([make.anchor()], { durable: true });
  const { ledger } = journal as unknown as {
    ledger: { insert(draft: unknown, boot?: number): number; commit(work: () => unknown): unknown };
  };
  const [insert, commit] = [ledger.insert.bind(ledger), ledger.commit.bind(ledger)];
  let inCommit = 0;
  let largest = 0;
  let full = true;
  ledger.insert = (draft, boot) => {
    inCommit += 1;
    largest = Math.max(largest, inCommit);
    return insert(draft, boot);
  };
  ledger.commit = (work) => {
    if (full) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    inCommit = 0;
    return commit(work);
  };
  for (let n = 0; n < 2_000; n += 1) {
    home.clock.advance(1);
    journal.append([make.gauge(n)]);
  }
  expect(journal.status().buffered).toBe(2_000);
  full = false;
  expect(journal.flush()).toBe(true);
  expect(journal.status()).toMatchObject({ buffered: 0, last: 2_002 });
  expect(largest).toBeLessThanOrEqual(200);
  journal.close();
});

it('knows the time again after its file was replaced, without waiting for the next anchor', () => {
  const make = entries(home);
  const journal = home.open();
  journal.append([make.anchor(), make.gauge(1)], { durable: true });
  const db = dbOf(journal);
  db.exec('DELETE FROM anchor');
  db.pragma('wal_checkpoint(TRUNCATE)');
  truncateSync(home.path, 0);
  home.clock.advance(10);
  db.pragma('cache_size = 1');
  for (let n = 0; n < 50; n += 1) journal.append([make.billing(n)], { durable: true });
  journal.startOver('operator');
  expect(journal.status().synced).toBe(true);
  journal.close();
});

it('does not believe an anchor that is not as it was written', () => {
  const make = entries(home);
  const journal = home.open();
  journal.append([make.anchor(), make.gauge(1)], { durable: true });
  const id = journal.status().journal;
  dbOf(journal).exec('UPDATE anchor SET utc = utc + 3600000');
  journal.close();
  const again = home.open();
  expect(again.replaced).toMatchObject({ reason: 'corrupt' });
  expect(again.status().journal).not.toBe(id);
  again.append([make.anchor()], { durable: true });
  const hub = new FakeHub(home);
  drain(again, hub, home.clock);
  const [key = ''] = [...hub.readings.keys()];
  expect(Math.abs(Number(key.split(' ')[1]) - home.clock.wallMs())).toBeLessThan(600_000);
  again.close();
});

it('keeps a few quarantined files, not all that a dying card makes', () => {
  const make = entries(home);
  for (let n = 0; n < 6; n += 1) {
    const journal = home.open();
    journal.append([make.gauge(n)], { durable: true });
    journal.close();
    home.clock.advance(60_000);
    truncateSync(home.path, 3_000);
  }
  const journal = home.open();
  expect(journal.status().quarantined).toHaveLength(3);
  expect(readdirSync(home.folder).filter((file) => file.includes('quarantine')).length).toBeLessThanOrEqual(
    9,
  );
  expect(existsSync(home.path)).toBe(true);
  journal.close();
});

it('does not read what is not due to be sealed', () => {
  const make = entries(home);
  const journal = home.open();
  journal.append([make.anchor()], { durable: true });
  home.clock.advance(5_000);
  journal.tend();
  for (let n = 0; n < 1_000; n += 1) journal.append([make.gauge(n)]);
  journal.flush();
  const { ledger } = journal as unknown as {
    ledger: { rowsAfter(table: string, seq: number, limit: number): unknown[] };
  };
  const rowsAfter = ledger.rowsAfter.bind(ledger);
  let read = 0;
  ledger.rowsAfter = (table, seq, limit) => {
    const rows = rowsAfter(table, seq, limit);
    read += rows.length;
    return rows;
  };
  home.clock.advance(1_000);
  journal.tend();
  expect(read).toBeLessThan(10);
  journal.close();
});
