import { z } from 'zod';
import { commandId, gatewayId, journalId, meterId, pointId } from './ids.ts';
import { commissionedMeter } from './installation.ts';
import { LIMITS } from './limits.ts';
import {
  batchNumber,
  code,
  count,
  digest,
  epochMs,
  monotonicMs,
  rawWords,
  sequence,
  sequenceRanges,
  text,
  uncertainty,
} from './scalars.ts';
import { switchState } from './switching.ts';

/** As in the columns: UTC ms, or ms since the boot began when the clock of the batch is bounded. */
const time = z.int().min(0);
const record = { t: time };
const ranges = sequenceRanges(LIMITS.rangesPerBatch).min(1);

/** Record 1 of every journal, and only there: why it begins, and what became of the one before. */
const restartRecord = z.strictObject({
  ...record,
  kind: z.literal('restart'),
  reason: z.literal(['first-start', 'corrupt', 'lost', 'new-hardware', 'operator']),
  previous: z
    .strictObject({
      gateway: gatewayId.meta({
        description: 'whose it was: its own, or with `new-hardware` that of another',
      }),
      journal: journalId,
      last: sequence.nullable().meta({ description: 'last sequence that is known to have been written' }),
      batch: batchNumber.nullable(),
      digest: digest.nullable().meta({ description: 'of the last sealed batch' }),
      lost: ranges.optional().meta({ description: 'sequences up to `last` that nobody will ever send' }),
    })
    .refine(({ last, lost }) => (lost?.at(-1)?.[1] ?? 0) <= (last ?? 0), {
      path: ['lost'],
      message: 'goes beyond the last sequence that is known',
    })
    .nullable()
    .meta({ description: 'null when there was none or nothing is known of it' }),
});

/** First record of every boot after record 1. */
const bootRecord = z.strictObject({
  ...record,
  kind: z.literal('boot'),
  boot: z.int().min(1),
  cause: z.literal(['power', 'restart', 'update', 'unknown']),
  clean: z.boolean().meta({ description: 'the boot before ended in order' }),
  agent: text(64),
});

/** Monotonic `mono` was UTC `utc`, ± `uncertainty`. Anchors are only ever added. */
const clockRecord = z.strictObject({
  ...record,
  kind: z.literal('clock'),
  mono: monotonicMs,
  utc: epochMs,
  uncertainty,
  source: z.literal(['ntp', 'gnss', 'rtc', 'hub', 'person']),
  step: z.int().optional().meta({ description: 'ms by which the wall clock was moved, when it was' }),
});

const droppedBatch = z
  .strictObject({ batch: batchNumber, digest, previous: digest.nullable() })
  .refine(({ batch, previous }) => (batch === 1) === (previous === null), {
    path: ['previous'],
    message: 'is null for batch 1, and only there',
  });
export type DroppedBatch = z.infer<typeof droppedBatch>;

function isChain(batches: readonly DroppedBatch[]): boolean {
  const byNumber = new Map(batches.map((entry) => [entry.batch, entry]));
  if (byNumber.size < batches.length) return false;
  return batches.every(({ batch, previous }) => (byNumber.get(batch - 1)?.digest ?? previous) === previous);
}

/** These sequences will never come: thinned for want of disk, or unreadable. They count as accounted for. */
const droppedRecord = z
  .strictObject({
    ...record,
    kind: z.literal('dropped'),
    ranges,
    class: z.literal(['gauge', 'counter', 'billing', 'records', 'unknown']),
    reason: z.literal(['disk-full', 'corrupt']),
    batches: z
      .array(droppedBatch)
      .max(LIMITS.recordsPerBatch)
      .refine(isChain, 'names a batch twice, or neighbours that do not name each other')
      .optional()
      .meta({ description: 'sealed batches among them, so that the chain can be followed across the hole' }),
  })
  .refine(
    (dropped) => dropped.reason === 'corrupt' || dropped.class === 'gauge' || dropped.class === 'counter',
    'only gauges and counters may be given up for want of disk',
  )
  .refine(
    (dropped) =>
      dropped.ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0) <= LIMITS.droppedPerRecord,
    { path: ['ranges'], message: `hold more than ${LIMITS.droppedPerRecord} sequences` },
  );

const seen = z.strictObject({ point: pointId, count, raw: rawWords, at: time });

/** Another serial number answers at the place of a meter. */
const swapRecord = z.strictObject({
  ...record,
  kind: z.literal('swap'),
  meter: meterId,
  serial: z.strictObject({ before: text(64), after: text(64) }),
  last: z.array(seen).max(LIMITS.pointsPerMeter).meta({ description: 'last counts of the old meter' }),
  first: z.array(seen).max(LIMITS.pointsPerMeter).meta({ description: 'first counts of the new one' }),
});

/** A meter was commissioned at the gateway, without the hub; merged into the desired config at first contact. */
const commissionRecord = z.strictObject({
  ...record,
  kind: z.literal('commission'),
  meter: commissionedMeter,
});

/** A relay or valve changed, by command or by hand. A local override is said, not fought. */
const switchedRecord = z.strictObject({
  ...record,
  kind: z.literal('switched'),
  meter: meterId,
  control: code,
  state: switchState,
  cause: z.literal(['command', 'local', 'power-return', 'unknown']),
  command: commandId.optional(),
});

export const journalRecord = z.discriminatedUnion('kind', [
  restartRecord,
  bootRecord,
  clockRecord,
  droppedRecord,
  swapRecord,
  commissionRecord,
  switchedRecord,
]);
export type JournalRecord = z.infer<typeof journalRecord>;

export const recordsBody = z.strictObject({
  records: z.array(journalRecord).min(1).max(LIMITS.recordsPerBatch),
});
export type RecordsBody = z.infer<typeof recordsBody>;
