import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { count, epochMs, rawWords } from './scalars.ts';

/**
 * What the gateway noticed about a value. It never withholds one: the hub decides.
 * A row without a mark is good.
 */
export const QUALITY = {
  good: 'nothing remarkable',
  drop: 'a counter fell, and two more reads confirmed it',
  zero: 'a counter reads zero after it had counted, and two more reads confirmed it',
  jump: 'more than the meter can pass in that time, and two more reads confirmed it',
  unsteady: 'the confirming reads disagree with each other',
  stale: 'the meter answers, but its value stands still where it should not',
  'no-value': 'the meter said "not available" (sentinel, NaN)',
  range: 'a gauge outside what the meter can measure',
  unverified: 'the profile is of low confidence and nobody has acknowledged it yet',
  swapped: 'the serial number of the meter has changed',
} as const;
export type Quality = keyof typeof QUALITY;

export const quality = z.literal(Object.keys(QUALITY) as Quality[]);

const notedQuality = z.literal((Object.keys(QUALITY) as Quality[]).filter((name) => name !== 'good'));

/** What the judgement rests on. Values are decimal strings, as in the column of the class. */
const evidence = z.strictObject({
  previous: z
    .strictObject({ value: count, at: epochMs.optional() })
    .optional()
    .meta({ description: 'the last value before' }),
  rereads: z
    .array(z.strictObject({ value: count.nullable(), raw: rawWords.optional() }))
    .max(4)
    .optional(),
  limit: count.optional().meta({ description: 'the bound that was exceeded, in the unit of the value' }),
});
export type Evidence = z.infer<typeof evidence>;

/** A remark on row `row` of the body, counted from 0. */
export const qualityMark = z.strictObject({
  row: z
    .int()
    .min(0)
    .max(LIMITS.readingsPerBatch - 1),
  code: notedQuality,
  evidence: evidence.optional(),
});
export type QualityMark = z.infer<typeof qualityMark>;
