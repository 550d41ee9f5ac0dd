/** What can go wrong with the file itself; what is expected (no room, bad entry) is a return value. */
const JOURNAL_ERRORS = {
  'journal-in-use': { retryable: true, meaning: 'another process writes this journal' },
  'journal-unavailable': { retryable: true, meaning: 'the journal can neither be opened nor replaced' },
  'journal-no-room': { retryable: true, meaning: 'the disk or the budget is full' },
} as const;
export type JournalErrorCode = keyof typeof JOURNAL_ERRORS;

export class JournalError extends Error {
  readonly code: JournalErrorCode;
  readonly retryable: boolean;

  constructor(code: JournalErrorCode, detail: string, cause?: unknown) {
    super(`${JOURNAL_ERRORS[code].meaning}: ${detail}`, cause === undefined ? {} : { cause });
    this.name = 'JournalError';
    this.code = code;
    this.retryable = JOURNAL_ERRORS[code].retryable;
  }
}

/** A row that the file gives back is not the one that was written: the file cannot be trusted any more. */
export class DamageError extends Error {
  readonly code = 'SQLITE_CORRUPT_ROW';
}

/** An update was taken back: the file has tables that this agent does not know. */
export class NewerError extends Error {}

export type Trouble = 'corrupt' | 'no-room' | 'io' | 'busy' | undefined;

/** A card that is worn out often ends as one that can only be read. */
const UNWRITABLE = new Set(['EIO', 'EROFS', 'EACCES', 'EPERM']);

/** Sorts what SQLite and the file system throw. Only `corrupt` may ever cost a file its place. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error instanceof JournalError) return error.code === 'journal-no-room' ? 'no-room' : undefined;
  const code = String(error.code);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return 'corrupt';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_IOERR_SHMSIZE') {
    return 'no-room';
  }
  if (code.startsWith('SQLITE_BUSY')) return 'busy';
  if (/^SQLITE_(?:IOERR|READONLY|CANTOPEN)/.test(code) || UNWRITABLE.has(code)) return 'io';
  return undefined;
}
