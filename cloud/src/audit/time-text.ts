import type { Temporal } from 'temporal-polyfill';

/** As digests cover it, always with six digits of a second, as PostgreSQL keeps them: `2026-11-20T03:58:09.123456Z`. */
export function timeText(instant: Temporal.Instant): string {
  return instant.toString({ fractionalSecondDigits: 6, roundingMode: 'trunc' });
}
