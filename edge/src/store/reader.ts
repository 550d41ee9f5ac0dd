import type { GatewayId, KeyRing } from '@meterline/contracts';
import Sqlite from 'better-sqlite3';
import { evidenceLines } from './evidence.ts';
import { journalReadings, type Readable, type ReadingRange } from './readings.ts';
import { type VerifyProgress, type VerifyReport, verify } from './verify.ts';
import type { ExportRange } from './walk.ts';

/** Reads a journal, also while the agent writes it, and also one that lies in quarantine. */
export interface JournalReader {
  /** Whose it is; undefined when the file does not say. */
  readonly gateway: GatewayId | undefined;
  verify(keys: KeyRing, progress?: VerifyProgress): VerifyReport;
  readings(keys: KeyRing, range: ReadingRange): Generator<Readable>;
  /** The file as it stands, as lines of JSON. */
  evidence(range: ExportRange): Generator<string>;
  close(): void;
}

export function readJournal(path: string): JournalReader {
  const db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    const query = 'SELECT gateway FROM journal ORDER BY ref DESC LIMIT 1';
    const gateway = db.prepare<[], { gateway: GatewayId }>(query).get()?.gateway;
    return {
      gateway,
      // What is checked must be of one moment.
      verify: (keys, progress) => db.transaction(() => verify(db, keys, progress)).deferred(),
      readings: (keys, range) => journalReadings(db, keys, range),
      evidence: (range) => evidenceLines(db, range),
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
