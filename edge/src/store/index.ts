export type {
  BillingEntry,
  BoundaryEntry,
  CounterEntry,
  Entry,
  EventBody,
  EventEntry,
  Evidence,
  GaugeEntry,
  Mark,
  ReadingEntry,
} from '../entry.ts';
export { ALERT_TEXTS } from './alerts.ts';
export { JournalError, type JournalErrorCode } from './errors.ts';
export { type Appended, Journal, type JournalOptions, openJournal } from './journal.ts';
export { JOURNAL_LIMITS, type JournalLimits, journalPath } from './limits.ts';
export type { Replacement } from './open.ts';
export type { Lane, Outgoing, ReceiptFault, ReceiptResult } from './outbox.ts';
export { type JournalReader, readJournal } from './reader.ts';
export type { JournalReading, Readable, ReadingRange } from './readings.ts';
export type { Shortage } from './retention.ts';
export type { SealLimits, SealResult } from './sealer.ts';
export type { Alert, Depth, JournalStatus } from './status.ts';
export type { VerifyFault, VerifyReport } from './verify.ts';
export type { ExportRange } from './walk.ts';
