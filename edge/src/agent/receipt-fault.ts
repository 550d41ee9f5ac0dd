import type { ReceiptFault } from '../store/index.ts';

/** What a receipt says that cannot be, as a line for whoever looks after the gateway. */
export function receiptFaultLine({ journal, kind, detail }: ReceiptFault): string {
  switch (kind) {
    case 'hub-ahead':
      return 'the hub has more of this journal than the file: a new one is begun with all that is left';
    case 'unknown-journal':
      return `the hub knows journal ${journal}, and this state folder does not: it was lost or removed, or a copy of this gateway runs elsewhere`;
    case 'other-chain':
      return `the hub has another batch under the same number (${detail}): a copy of this gateway runs elsewhere`;
    case 'backwards':
      return `the hub has less of journal ${journal} than it had (${detail}): was its database restored from a backup?`;
    case 'wrong-gateway':
      return `a receipt for another gateway was left out (${detail})`;
  }
}
