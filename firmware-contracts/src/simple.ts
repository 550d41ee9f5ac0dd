import { z } from 'zod';
import { pointId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { count, epochMs } from './scalars.ts';

const head = { point: pointId, at: epochMs };

const counted = z.strictObject({
  ...head,
  // Of a signed batch the words say what a count is; here nothing does, and a minus is a mistake.
  count: count.regex(/^[^-]/, 'must not be below zero: a counter begins at zero'),
  class: z.literal(['billing', 'counter']).optional().meta({ description: 'default: counter' }),
});
const measured = z.strictObject({
  ...head,
  value: z.int().meta({ description: 'a whole number in the unit of the point' }),
  class: z.literal('gauge').optional(),
});
const reading = z.union([counted, measured], {
  error: 'has point, at, and either count (a string) or value (a whole number)',
});

/**
 * What a device sends that can neither sign nor keep a journal: one reading, or several. Weaker evidence, and every
 * bill says so. Sent again it does no harm: (point, at) is the key.
 */
export const simple = z.union(
  [z.strictObject({ readings: z.array(reading).min(1).max(LIMITS.simpleReadings) }), counted, measured],
  {
    error:
      'is {"readings":[…]} or one reading: point, at, and either count (a string) or value (a whole number)',
  },
);
type Written = z.infer<typeof simple>;

export type SimpleReading =
  | {
      readonly point: Counted['point'];
      readonly at: number;
      readonly class: 'billing' | 'counter';
      readonly count: string;
    }
  | {
      readonly point: Counted['point'];
      readonly at: number;
      readonly class: 'gauge';
      readonly value: number;
    };
type Counted = z.infer<typeof counted>;

/** Whichever way it was written: a list, each with its class. */
export function simpleReadingsOf(written: Written): SimpleReading[] {
  const list = 'readings' in written ? written.readings : [written];
  return list.map((one) =>
    'count' in one
      ? { point: one.point, at: one.at, class: one.class ?? 'counter', count: one.count }
      : { point: one.point, at: one.at, class: 'gauge', value: one.value },
  );
}
