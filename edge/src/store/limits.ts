import { join } from 'node:path';
import { OUTBOX_LIMITS } from './outbox.ts';
import { RETENTION_LIMITS } from './retention.ts';
import type { SealLimits } from './sealer.ts';

/** Where a gateway keeps it. */
export const journalPath = (state: string): string => join(state, 'journal.sqlite');

export const JOURNAL_LIMITS = {
  /**
   * A group of samples is committed when it has this many rows, or its oldest is this old: so much a power cut may
   * cost, of gauges and counters. Each commit writes two pages of the log at least, which is what wears a card out.
   */
  groupRows: 500,
  groupMs: 1_000,
  /** Rows that may wait in memory while nothing can be committed. */
  bufferRows: 20_000,
  budgetBytes: 1 << 30,
  reserveBytes: 3 << 20,
  seal: {
    rows: 2_000,
    afterMs: { gauge: 60_000, counter: 60_000, billing: 5_000, record: 2_000 },
    sweepQuietMs: 30_000,
  } satisfies SealLimits as SealLimits,
  ...RETENTION_LIMITS,
  ...OUTBOX_LIMITS,
};
export type JournalLimits = typeof JOURNAL_LIMITS;
