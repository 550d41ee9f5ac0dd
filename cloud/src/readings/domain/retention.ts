import type { Temporal } from 'temporal-polyfill';

export const READING_CLASSES = ['gauge', 'counter', 'billing'] as const;
export type ReadingClass = (typeof READING_CLASSES)[number];

/** How long each class is kept. */
export interface Retention {
  readonly billingMonths: number;
  readonly counterMonths: number;
  readonly gaugeDays: number;
}

/** What was read before may go: whole partitions that end by then. In UTC, as partitions are. */
export function cutoffOf(type: ReadingClass, keep: Retention, now: Temporal.Instant): Temporal.Instant {
  const age = {
    billing: { months: keep.billingMonths },
    counter: { months: keep.counterMonths },
    gauge: { days: keep.gaugeDays },
  }[type];
  return now.toZonedDateTimeISO('UTC').subtract(age).toInstant();
}
