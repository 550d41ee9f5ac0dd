import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { cutoffOf, READING_CLASSES } from './retention.ts';

const keep = { billingMonths: 120, counterMonths: 25, gaugeDays: 90 };

test.each([
  ['billing', '2026-11-20T07:00:00Z', '2016-11-20T07:00:00Z'],
  ['counter', '2026-11-20T07:00:00Z', '2024-10-20T07:00:00Z'],
  ['gauge', '2026-11-20T07:00:00Z', '2026-08-22T07:00:00Z'],
  // A month back from the 31st ends with the shorter month: later, so that nothing goes too early by a day.
  ['counter', '2026-03-31T00:00:00Z', '2024-02-29T00:00:00Z'],
] as const)('%s at %s: before %s', (type, now, cutoff) => {
  expect(cutoffOf(type, keep, Temporal.Instant.from(now)).toString()).toBe(cutoff);
});

test('property: it moves forward with time, and is never nearer than what is to be kept', () => {
  const instant = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2099, 0) });
  fc.assert(
    fc.property(
      instant,
      fc.nat({ max: 10 * 86_400_000 }),
      fc.constantFrom(...READING_CLASSES),
      (ms, later, type) => {
        const at = (time: number) =>
          cutoffOf(type, keep, Temporal.Instant.fromEpochMilliseconds(time)).epochMilliseconds;
        expect(at(ms + later)).toBeGreaterThanOrEqual(at(ms));
        const days = { gauge: 90, counter: 25 * 28, billing: 120 * 28 }[type];
        expect(ms - at(ms)).toBeGreaterThanOrEqual(days * 86_400_000);
      },
    ),
  );
});
