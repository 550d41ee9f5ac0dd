import type { BatchHead } from './head.ts';

/** What is known around the place of a batch in its journal's chain; absent is unknown. */
export interface Neighbours {
  /** Digest of the batch at this very place. */
  readonly here?: string;
  /** Digest of batch − 1, received or named in a `dropped` record. */
  readonly before?: string;
  /** What batch + 1 names as its previous. */
  readonly claimedByNext?: string;
}

/**
 * `repeat`: this batch again. `linked`: follows its known predecessor. `open`: the predecessor is not here yet;
 * accept, and close the link when it comes. `cloned`: two different batches claim one place, so two gateways write
 * one journal, or a card was copied back.
 */
export type Link = 'repeat' | 'linked' | 'open' | 'cloned';

export function linkOf(
  { batch, previous }: Pick<BatchHead, 'batch' | 'previous'>,
  digest: string,
  { here, before, claimedByNext }: Neighbours,
): Link {
  if (here !== undefined) return here === digest ? 'repeat' : 'cloned';
  if (claimedByNext !== undefined && claimedByNext !== digest) return 'cloned';
  if (batch === 1) return 'linked';
  if (before === undefined) return 'open';
  return before === previous ? 'linked' : 'cloned';
}
