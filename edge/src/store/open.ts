import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type GatewayId, idsFrom, LIMITS } from '@meterline/contracts';
import Sqlite from 'better-sqlite3';
import type { Clock } from '../clock.ts';
import { carry, type Restart, type RestartReason } from './carry.ts';
import { DamageError, JournalError, NewerError, troubleOf } from './errors.ts';
import { Ledger, openDatabase } from './ledger.ts';
import { BATCH_COLUMNS, type BatchMeta, isBatchWhole } from './outbox.ts';
import { walIsDamaged } from './pages.ts';
import { pruneQuarantine, QUARANTINED_MAX } from './quarantine.ts';
import { type Salvage, salvage } from './salvage.ts';
import { checkOf, migrate, TABLES } from './schema.ts';
import * as sql from './sql.ts';

export interface OpenOptions {
  readonly path: string;
  readonly gateway: GatewayId;
  readonly clock: Clock;
  /** Name and version of the agent, for the boot record. */
  readonly agent: string;
  readonly cause?: 'power' | 'restart' | 'update' | 'unknown';
  readonly budgetBytes: number;
  readonly random: (bytes: number) => Uint8Array;
  /** Called when the disk is full: gives back what is held in reserve. False when there is nothing. */
  readonly freeReserve: () => boolean;
}

/** What happened to the file before this journal began or went on. */
export interface Replacement {
  readonly reason: RestartReason;
  readonly cause: string;
  readonly quarantine: string | null;
  readonly carriedBatches: number;
  readonly carriedRows: number;
  /** Numbers of the old journal of which nothing could be read. */
  readonly lost: readonly (readonly [number, number])[];
}

export interface Opened {
  readonly ledger: Ledger;
  readonly replaced: Replacement | null;
}

/**
 * Opens what is there, or replaces it: a file that is damaged, foreign or gone never keeps the gateway from
 * metering. Three files beside it: `.next` is a successor that is complete but not yet in place, `.building` one that
 * is not complete, `.lock` says who writes.
 */
export function openLedger(options: OpenOptions, known: boolean): Opened {
  const { path } = options;
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(`${path}.next`)) swap(path, options.clock);
  const reason = existsSync(path) ? undefined : known ? 'lost' : 'first-start';
  if (reason)
    return replaceLedger(options, reason, reason === 'lost' ? 'the file is gone' : 'there was none');
  const sound = openSound(options);
  if ('fault' in sound) return replaceLedger(options, sound.reason, sound.fault);
  try {
    return { ledger: withReserve(options, () => enter(sound, options)), replaced: null };
  } catch (error) {
    sound.db.close();
    if (!(error instanceof DamageError)) throw error;
    return replaceLedger(options, 'corrupt', error.message);
  }
}

function openSound(options: OpenOptions): Ledger | { fault: string; reason: RestartReason } {
  const { path, gateway } = options;
  const corrupt = (fault: string) => ({ fault, reason: 'corrupt' as const });
  if (walIsDamaged(`${path}-wal`)) return corrupt('the write-ahead log has lost commits');
  if (statSync(path).size === 0) return corrupt('the file is empty');
  let db: Sqlite.Database | undefined;
  try {
    db = withReserve(options, () => openDatabase(path, options));
    if (!hasOurSchema(db)) throw new DamageError('its tables are not those that were made');
    const verdict = db.pragma('quick_check(1)', { simple: true });
    const ledger = verdict === 'ok' ? new Ledger(db) : undefined;
    const fault = ledger && batchFault(db);
    if (fault) throw new DamageError(fault);
    const isUsedUp = (ledger?.head.last ?? 0) > USED_UP || (ledger?.head.batch ?? 0) > USED_UP;
    if (ledger?.me.gateway === gateway && !isUsedUp) return ledger;
    db.close();
    if (ledger && isUsedUp) return { fault: 'its numbers are nearly used up', reason: 'operator' };
    return ledger
      ? { fault: `written by gateway ${ledger.me.gateway}`, reason: 'new-hardware' }
      : corrupt(String(verdict));
  } catch (error) {
    db?.close();
    if (error instanceof NewerError) return { fault: error.message, reason: 'operator' };
    if (troubleOf(error) === 'corrupt' || error instanceof JournalError)
      return corrupt((error as Error).message);
    throw new JournalError(
      'journal-unavailable',
      error instanceof Error ? error.message : String(error),
      error,
    );
  }
}

/** Three years before the contract has no number left, at a thousand readings a second. */
const USED_UP = LIMITS.sequence - 100_000_000_000;

/** A flipped byte in the text of a table or an index would make SQLite read something else, and say nothing. */
function hasOurSchema(db: Sqlite.Database): boolean {
  const query = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name';
  const model = new Sqlite(':memory:');
  try {
    migrate(model);
    return JSON.stringify(model.prepare(query).all()) === JSON.stringify(db.prepare(query).all());
  } finally {
    model.close();
  }
}

const WAITING = 'id, journal, kind, rows, nth, sealed, first, retry_at, state';
const waiting = (from: string): string => `SELECT ${WAITING} FROM batch ${from} WHERE state < 2`;

/** quick_check compares no index with its table, and knows nothing of our checks: a batch must not get lost so. */
function batchFault(db: Sqlite.Database): string | undefined {
  const [index, table] = [waiting('INDEXED BY batch_waiting'), waiting('NOT INDEXED')];
  for (const [a, b] of [
    [index, table],
    [table, index],
  ]) {
    if (db.prepare(`${a} EXCEPT ${b} LIMIT 1`).get()) return 'an index does not fit its table';
  }
  const rows = db.prepare<[], BatchMeta & { crc: number }>(`SELECT ${BATCH_COLUMNS} FROM batch NOT INDEXED`);
  for (const row of rows.iterate()) {
    if (!isBatchWhole(row)) return `the place of batch ${row.number} is not as it was written`;
  }
  return undefined;
}

function withReserve<T>({ freeReserve }: Pick<OpenOptions, 'freeReserve'>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const trouble = troubleOf(error);
    if ((trouble === 'no-room' || trouble === 'io') && freeReserve()) return work();
    throw error;
  }
}

/** What to carry, tried in this order: a full disk may not hold all of it. */
const CARRIES = ['all', 'billing', 'nothing'] as const;

/** Builds the successor beside the old file, with all that can be read of it, and puts it in its place. */
export function replaceLedger(options: OpenOptions, reason: RestartReason, cause: string): Opened {
  const { path } = options;
  const ruins = existsSync(path) || existsSync(`${path}-wal`) ? salvage(path, options.gateway) : undefined;
  // Whatever else is wrong with it: the card comes out of another gateway, and the hub must know.
  const isForeign = ruins?.previous && ruins.previous.gateway !== options.gateway;
  try {
    return replaceBy(options, { reason: isForeign ? 'new-hardware' : reason, cause, ruins });
  } finally {
    ruins?.close();
  }
}

function replaceBy(
  options: OpenOptions,
  { reason, cause, ruins }: { reason: RestartReason; cause: string; ruins: Salvage | undefined },
): Opened {
  const { path, clock } = options;
  let last: unknown;
  for (const what of CARRIES) {
    try {
      const restart: Restart = { reason, previous: ruins?.previous ?? null };
      const carried = withReserve(options, () => build(options, restart, ruins && { ruins, what }));
      renameSync(`${path}.building`, `${path}.next`);
      syncFolder(path);
      const quarantine = swap(path, clock);
      pruneQuarantine(path, QUARANTINED_MAX);
      const lost = what === 'all' ? (ruins?.lost ?? []) : (ruins?.previous?.lost ?? []);
      const replaced = { reason, cause, quarantine, ...carried, lost };
      const ledger = new Ledger(withReserve(options, () => openDatabase(path, options)));
      ledger.incident('replaced', replaced, clock.now().wall);
      return { ledger: withReserve(options, () => enter(ledger, options)), replaced };
    } catch (error) {
      if (troubleOf(error) !== 'no-room') throw error;
      last = error;
    }
  }
  throw new JournalError('journal-unavailable', 'there is no room for a new one', last);
}

function build(
  options: OpenOptions,
  restart: Restart,
  from: { ruins: Salvage; what: (typeof CARRIES)[number] } | undefined,
): { carriedBatches: number; carriedRows: number } {
  const file = `${options.path}.building`;
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  const db = openDatabase(file, options);
  try {
    const ids = idsFrom({ nowMs: () => Math.max(0, options.clock.wallMs()), random: options.random });
    const carried = db
      .transaction(() => carry(db, { ...options, id: ids.journal(), restart, from }))
      .immediate();
    db.pragma('wal_checkpoint(TRUNCATE)');
    return carried;
  } finally {
    db.close();
  }
}

/** Idempotent: a power cut at any point is finished at the next start. */
function swap(path: string, clock: Clock): string | null {
  const stamp = new Date(clock.wallMs()).toISOString().replaceAll(/[-:.]/g, '');
  // The old WAL goes first: SQLite would play it into whatever file stands in its place.
  const ends = ['-wal', '-shm', ''].filter((end) => existsSync(`${path}${end}`));
  let quarantine = `${path}.${stamp}.quarantine`;
  for (let n = 2; ends.some((end) => existsSync(`${quarantine}${end}`)); n += 1) {
    quarantine = `${path}.${stamp}.quarantine-${n}`;
  }
  for (const end of ends) renameSync(`${path}${end}`, `${quarantine}${end}`);
  renameSync(`${path}.next`, path);
  syncFolder(path);
  return ends.length > 0 ? basename(quarantine) : null;
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A monotonic clock that went back is another boot, whatever the kernel calls it (a restored virtual machine). */
const BACKWARDS_MS = 1_000;

interface BootRow {
  readonly number: number;
  readonly id: string;
  readonly last: number;
  readonly clean: number;
}

function enter(ledger: Ledger, { clock, agent, cause = 'unknown' }: OpenOptions): Ledger {
  const { db } = ledger;
  const now = clock.now();
  const newest = db.prepare<[], BootRow>('SELECT * FROM boot ORDER BY number DESC LIMIT 1').get();
  const last = newest ? Math.max(newest.last, lastMono(ledger, newest.number)) : 0;
  const base = newest?.id.replace(/~\d+$/, '');
  if (newest && base === clock.boot && last <= now.mono + BACKWARDS_MS) {
    ledger.enterBoot(newest.number);
    db.prepare('UPDATE boot SET clean = 0, last = ? WHERE number = ?').run(last, newest.number);
    return ledger;
  }
  ledger.commit(() => {
    const number = (newest?.number ?? 0) + 1;
    const id = base === clock.boot ? `${clock.boot}~${number}` : clock.boot;
    if (newest) db.prepare('UPDATE boot SET last = ? WHERE number = ?').run(last, newest.number);
    db.prepare('INSERT INTO boot (number, id, last, clean, crc) VALUES (?, ?, 0, 0, ?)').run(
      number,
      id,
      checkOf('boot', [number, id]),
    );
    ledger.enterBoot(number);
    ledger.insertRecord({ kind: 'boot', boot: number, cause, clean: newest?.clean === 1, agent }, now);
  });
  return ledger;
}

function lastMono(ledger: Ledger, boot: number): number {
  const last = TABLES.map(
    (table) =>
      ledger
        .statement<[number, number], { mono: number | null }>(sql.lastOfBoot(table))
        .get(ledger.head.sealed[table], boot)?.mono ?? 0,
  );
  return Math.max(...last);
}

/**
 * Held as long as the process lives, and gone with it however it ends: a transaction on a file of its own. Two
 * writers would number twice.
 */
export function lock(path: string): { known: boolean; release: () => void } {
  mkdirSync(dirname(path), { recursive: true });
  const known = existsSync(`${path}.lock`);
  const db = new Sqlite(`${path}.lock`, { timeout: 0 });
  try {
    // Once it is not empty nothing is ever written to it: a full disk must not keep the gateway from starting.
    if (statSync(`${path}.lock`).size === 0) db.exec('CREATE TABLE held (writer INTEGER) STRICT');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (troubleOf(error) === 'busy') throw new JournalError('journal-in-use', path, error);
    throw new JournalError('journal-unavailable', `cannot lock ${path}`, error);
  }
  return { known, release: () => db.close() };
}
