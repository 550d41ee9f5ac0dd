/** What became of one delivery. */
export type Outcome =
  | { readonly kind: 'done' }
  /** This event failed and may be tried again, until its attempts are used up. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** This event will never succeed. */
  | { readonly kind: 'reject'; readonly reason: string }
  /** Nothing can be delivered at the moment: the event is not to blame, and its attempts are not counted. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Settlement {
  readonly state: 'pending' | 'dispatched' | 'failed';
  readonly attempts: number;
  readonly error: string | null;
  readonly delaySeconds: number;
}

const FIRST_DELAY_S = 1;
const LONGEST_DELAY_S = 300;
const MAX_REASON = 1_000;

/** `chance` in [0, 1): spreads the retries of events that failed together. Pure. */
export function settle(outcome: Outcome, attempts: number, maxAttempts: number, chance: number): Settlement {
  if (outcome.kind === 'done')
    return { state: 'dispatched', attempts: attempts + 1, error: null, delaySeconds: 0 };
  const error = outcome.reason.replaceAll('\0', '').slice(0, MAX_REASON);
  if (outcome.kind === 'unavailable')
    return { state: 'pending', attempts, error, delaySeconds: FIRST_DELAY_S * (0.5 + chance / 2) };
  const tried = attempts + 1;
  if (outcome.kind === 'reject' || tried >= maxAttempts)
    return { state: 'failed', attempts: tried, error, delaySeconds: 0 };
  const delay = Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (tried - 1));
  return { state: 'pending', attempts: tried, error, delaySeconds: delay * (0.5 + chance / 2) };
}
