/** The pause before another attempt: doubles from `firstMs` up to `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { firstMs: 1_000, maxMs: 15 * 60_000 };

/**
 * Half of the pause is certain, half is drawn: jobs that failed together (a provider was away) do not come
 * back together. `random` is in [0, 1).
 */
export function backoffDelayMs(attemptsMade: number, { firstMs, maxMs }: Backoff, random: number): number {
  // 2^30 × 1 ms is already twelve days: the cap decides long before.
  const doublings = Math.min(Math.max(attemptsMade - 1, 0), 30);
  const full = Math.min(firstMs * 2 ** doublings, maxMs);
  return Math.round(full / 2 + (full / 2) * random);
}
