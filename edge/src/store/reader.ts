import type { KeyRing } from '@meterline/contracts';
import Sqlite from 'better-sqlite3';
import { type ExportRange, exportJournal, type VerifyReport, verify } from './verify.ts';

/** Reads a journal, also while the agent writes it, and also one that lies in quarantine. */
export interface JournalReader {
  verify(keys: KeyRing): VerifyReport;
  export(range: ExportRange, sink: (line: string) => void): number;
  close(): void;
}

export function readJournal(path: string): JournalReader {
  const db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 5_000 });
  const still = <T>(work: () => T): T => db.transaction(work).deferred();
  return {
    verify: (keys) => still(() => verify(db, keys)),
    export: (range, sink) => still(() => exportJournal(db, range, sink)),
    close: () => db.close(),
  };
}
