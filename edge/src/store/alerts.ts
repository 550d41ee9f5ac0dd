import type { Alert } from './status.ts';

/** Each alert of the journal, and what a person does about it. */
export const ALERT_TEXTS: Readonly<Record<Alert, string>> = {
  replaced: 'the file was damaged and has been replaced: see journal verify',
  damaged: 'a damaged file lies beside it: the card may be dying',
  condemned: 'rows that no batch could hold are kept here and were never sent',
  shortage: 'there is not enough room: samples are given up, counts to bill on are not',
  'disk-full': 'the disk is full',
  io: 'the disk cannot be written: is the card worn out?',
  'hub-ahead': 'the hub knows numbers that this file does not: an old copy of the journal?',
  'other-chain': 'the hub has another batch under the same number: a copied card?',
  refused: 'the hub refuses a batch',
};
