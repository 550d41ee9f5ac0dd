import { z } from 'zod';
import { REFUSALS } from './envelope.ts';
import { gatewayId, journalId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { batchNumber, digest, durationMs, epochMs, rangesOfReceipt, version } from './scalars.ts';

/**
 * Computed from the database after commit. `watermark`: 1…watermark is stored or accounted for as dropped.
 * `seen`: everything up to here that is not in `missing` is too; when the list would be too long, `seen` is lowered,
 * so that the sentence stays true.
 */
const journalReceipt = z
  .strictObject({
    journal: journalId,
    watermark: z.int().min(0).max(LIMITS.sequence),
    seen: z.int().min(0).max(LIMITS.sequence),
    missing: rangesOfReceipt,
    chain: z
      .strictObject({ batch: batchNumber, digest })
      .nullable()
      .meta({ description: 'last batch whose whole chain of predecessors is known' }),
  })
  .superRefine(({ watermark, seen, missing }, context) => {
    const fail = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (seen < watermark) fail('seen', 'is below the watermark');
    const first = missing[0]?.[0];
    if ((first ?? watermark + 1) !== watermark + 1) fail('missing', 'begins right after the watermark');
    if (first === undefined && seen !== watermark)
      fail('seen', 'is above the watermark, but nothing is missing');
    if ((missing.at(-1)?.[1] ?? 0) >= seen && missing.length > 0) fail('missing', 'ends below seen');
  });
export type JournalReceipt = z.infer<typeof journalReceipt>;

/** Batches that the hub will not take, so that they are not sent for ever. They stay on the gateway. */
const refusedBatch = z.strictObject({
  digest: digest.meta({ description: 'SHA-256 of the payload exactly as published' }),
  reason: z.literal([...REFUSALS, 'cloned', 'conflict']),
  retryAfterMs: durationMs.nullable().meta({ description: 'null: not before a person has looked at it' }),
});

export const receipt = z.strictObject({
  v: version,
  gateway: gatewayId,
  at: epochMs.meta({
    description: "the hub's time; a gateway without another source may anchor its clock to it",
  }),
  journals: z.array(journalReceipt).max(LIMITS.journalsPerReceipt),
  refused: z.array(refusedBatch).max(100).optional(),
});
export type Receipt = z.infer<typeof receipt>;

/** Is this sequence safe at the hub, so that its row may go? */
export function isReceipted({ watermark, seen, missing }: JournalReceipt, number: number): boolean {
  if (number <= watermark) return true;
  if (number > seen) return false;
  return !missing.some(([from, to]) => from <= number && number <= to);
}

/**
 * The receipt of a journal from the ranges that are stored, dropped ones included, ascending by their beginning.
 * The database brings the ranges; this turns them around.
 */
export function receiptOf(
  stored: readonly (readonly [number, number])[],
  maxRanges: number = LIMITS.rangesPerReceipt,
): Pick<JournalReceipt, 'watermark' | 'seen' | 'missing'> {
  const missing: [number, number][] = [];
  let [watermark, seen] = [0, 0];
  for (const [from, to] of stored) {
    if (to <= seen) continue;
    if (from > seen + 1) {
      if (missing.length === maxRanges) break;
      missing.push([seen + 1, from - 1]);
    }
    seen = to;
    if (missing.length === 0) watermark = seen;
  }
  return { watermark, seen, missing };
}
