import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type CommandId,
  type MeterId,
  type Result,
  resultSchema,
  type SwitchState,
  type WantedState,
} from '@meterline/contracts';
import Sqlite from 'better-sqlite3';
import type { Instant } from '../clock.ts';

/** What is remembered of one relay or valve. */
export interface ControlMemory {
  /** As last seen. */
  readonly state: SwitchState | null;
  readonly commanded: WantedState | null;
  /** Somebody has switched it by hand since, to something else. */
  readonly overridden: boolean;
  /** The newest command that was obeyed, and when it was issued. */
  readonly command: CommandId | null;
  readonly issued: number;
  /** The last operation, by whomever; null: none is known. */
  readonly operated: { readonly boot: string; readonly mono: number; readonly utc: number | null } | null;
}

/** Written before the wire is: after a power cut it says what may have happened. */
export interface Intent {
  readonly command: CommandId;
  readonly meter: MeterId;
  readonly control: string;
  readonly to: WantedState;
}

const NOTHING: ControlMemory = {
  state: null,
  commanded: null,
  overridden: false,
  command: null,
  issued: 0,
  operated: null,
};

/** Results are kept for two days: a command lives for one at most. */
const KEPT_MS = 48 * 3_600_000;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS result (id TEXT PRIMARY KEY, at INTEGER, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS intent (
    id TEXT PRIMARY KEY, meter TEXT NOT NULL, control TEXT NOT NULL, wanted TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS control (
    meter TEXT NOT NULL, control TEXT NOT NULL, state TEXT, commanded TEXT, overridden INTEGER NOT NULL,
    command TEXT, issued INTEGER NOT NULL, boot TEXT, mono INTEGER, utc INTEGER, PRIMARY KEY (meter, control)
  ) STRICT;
`;

/** Commands that were answered, operations that were made: on the medium before anybody hears of them. */
export class SwitchMemory {
  private readonly db: Sqlite.Database;
  /** Where a damaged file went. Nothing is then known of the last operations: all count as just made. */
  readonly quarantined: string | null = null;
  private readonly unknownSince: Instant | null = null;

  constructor(path: string, now: Instant) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const opened = openSound(path);
    if (opened) {
      this.db = opened;
      return;
    }
    this.quarantined = `${path}.bad-${now.wall}`;
    this.unknownSince = now;
    for (const end of ['', '-wal', '-shm']) {
      if (existsSync(path + end)) renameSync(path + end, this.quarantined + end);
    }
    this.db = open(path);
  }

  result(id: CommandId): Result | undefined {
    const row = this.db.prepare<[string], { body: string }>('SELECT body FROM result WHERE id = ?').get(id);
    const parsed = row && resultSchema.safeParse(JSON.parse(row.body));
    return parsed?.success ? parsed.data : undefined;
  }

  control(meter: MeterId, control: string): ControlMemory {
    const row = this.db
      .prepare<[string, string], ControlRow>('SELECT * FROM control WHERE meter = ? AND control = ?')
      .get(meter, control);
    if (row) return fromRow(row);
    const { unknownSince: since } = this;
    return since ? { ...NOTHING, operated: { boot: since.boot, mono: since.mono, utc: null } } : NOTHING;
  }

  /** The operation begins: from now on it may have happened. */
  intend(intent: Intent, operated: NonNullable<ControlMemory['operated']>, issued: number): void {
    const { command, meter, control, to } = intent;
    this.db.transaction(() => {
      this.db.prepare('INSERT INTO intent VALUES (?, ?, ?, ?)').run(command, meter, control, to);
      this.put(meter, control, { ...this.control(meter, control), commanded: to, command, issued, operated });
    })();
  }

  /** The answer to a command, together with what is now known of the control. */
  finish(result: Result, seen?: { meter: MeterId; control: string; change: Partial<ControlMemory> }): void {
    this.db.transaction(() => {
      this.db
        .prepare('INSERT OR IGNORE INTO result VALUES (?, ?, ?)')
        .run(result.command, result.at, JSON.stringify(result));
      this.db.prepare('DELETE FROM intent WHERE id = ?').run(result.command);
      if (seen)
        this.put(seen.meter, seen.control, { ...this.control(seen.meter, seen.control), ...seen.change });
    })();
  }

  note(meter: MeterId, control: string, change: Partial<ControlMemory>): void {
    this.put(meter, control, { ...this.control(meter, control), ...change });
  }

  /** Operations of which nobody knows how they ended. */
  intents(): Intent[] {
    const rows = this.db.prepare<[], IntentRow>('SELECT * FROM intent').all();
    return rows.map(({ id, meter, control, wanted }) => ({ command: id, meter, control, to: wanted }));
  }

  /** Forgets answers of which no repeat can come any more. */
  prune(utc: number): number {
    const old = utc - KEPT_MS;
    this.db.prepare('UPDATE result SET at = ? WHERE at IS NULL').run(utc);
    return this.db.prepare('DELETE FROM result WHERE at < ?').run(old).changes;
  }

  close(): void {
    this.db.close();
  }

  private put(meter: MeterId, control: string, memory: ControlMemory): void {
    const { state, commanded, overridden, command, issued, operated } = memory;
    this.db
      .prepare('INSERT OR REPLACE INTO control VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        ...[meter, control, state, commanded, Number(overridden), command, issued],
        ...[operated?.boot ?? null, operated?.mono ?? null, operated?.utc ?? null],
      );
  }
}

interface IntentRow {
  readonly id: CommandId;
  readonly meter: MeterId;
  readonly control: string;
  readonly wanted: WantedState;
}

interface ControlRow {
  readonly state: SwitchState | null;
  readonly commanded: WantedState | null;
  readonly overridden: number;
  readonly command: CommandId | null;
  readonly issued: number;
  readonly boot: string | null;
  readonly mono: number | null;
  readonly utc: number | null;
}

function fromRow({ boot, mono, utc, overridden, ...row }: ControlRow): ControlMemory {
  const operated = boot === null || mono === null ? null : { boot, mono, utc };
  const { state, commanded, command, issued } = row;
  return { state, commanded, overridden: overridden !== 0, command, issued, operated };
}

function openSound(path: string): Sqlite.Database | undefined {
  let db: Sqlite.Database | undefined;
  try {
    db = open(path);
    if (db.pragma('quick_check', { simple: true }) === 'ok') return db;
  } catch (error) {
    // Anything but damage (no permission, no room) would be the same for a new file.
    if (!isDamage(error)) throw error;
  }
  db?.close();
  return undefined;
}

function open(path: string): Sqlite.Database {
  const db = new Sqlite(path);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /CORRUPT|NOTADB|SCHEMA|ERROR/.test(String(error.code));

/** How long ago at least; Infinity when there was none. */
export function sinceMs(operated: ControlMemory['operated'], now: Instant, utc: number | null): number {
  if (!operated) return Number.POSITIVE_INFINITY;
  if (operated.boot === now.boot) return now.mono - operated.mono;
  // Another boot: at least as long as this one has lasted, and as UTC says where both are known.
  const byUtc = utc !== null && operated.utc !== null ? utc - operated.utc : 0;
  return Math.max(now.mono, byUtc);
}
