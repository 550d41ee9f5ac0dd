import { z } from 'zod';
import type { BatchKind } from './envelope.ts';
import { commandId, gatewayId, journalId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { batchNumber, digest, epochMs, sequence, sequenceRanges, uncertainty, version } from './scalars.ts';

/**
 * The clock of all rows of a batch; a batch never mixes boots.
 * `synced`: row times are UTC, fixed at sealing from the clock record `anchor`, right to ± `uncertainty` ms.
 * `bounded`: the boot never synchronised; row times are ms since it began, and it began within [after, before].
 */
const batchClock = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('synced'),
    boot: z.int().min(1).meta({ description: 'number of the boot within the journal' }),
    anchor: sequence.meta({ description: 'sequence of the newest clock record used' }),
    uncertainty,
  }),
  z
    .strictObject({ state: z.literal('bounded'), boot: z.int().min(1), after: epochMs, before: epochMs })
    .refine(({ after, before }) => after <= before, 'after must not be later than before'),
]);
export type BatchClock = z.infer<typeof batchClock>;

const common = {
  v: version,
  gateway: gatewayId,
  journal: journalId,
  /** Place in the journal's chain, from 1. */
  batch: batchNumber,
  /** Digest of the statement of batch − 1; null for batch 1. */
  previous: digest.nullable(),
  first: sequence,
  last: sequence,
  /** Sequences between first and last that stand in other batches. */
  holes: sequenceRanges(LIMITS.rangesPerBatch).optional(),
  sealed: epochMs,
  clock: batchClock,
};

interface Placed {
  readonly type: BatchKind;
  readonly batch: number;
  readonly previous: string | null;
  readonly first: number;
  readonly last: number;
  readonly holes?: readonly (readonly [number, number])[] | undefined;
  readonly sealed: number;
  readonly clock: BatchClock;
}

function isPlaced(head: Placed, context: z.core.$RefinementCtx<Placed>): void {
  const fail = (path: string, message: string) => {
    context.addIssue({ code: 'custom', path: [path], message });
  };
  const { type, batch, previous, first, last, holes = [], sealed, clock } = head;
  if ((batch === 1) !== (previous === null)) fail('previous', 'is null for batch 1, and only there');
  if (first === 1 && type !== 'records') fail('first', 'is 1, the restart record of the journal');
  if (last < first) fail('last', 'is before first');
  if (last - first >= LIMITS.sequenceSpan) fail('last', `spans more than ${LIMITS.sequenceSpan} sequences`);
  const [lowest, highest] = [holes[0]?.[0] ?? last, holes.at(-1)?.[1] ?? first];
  if (holes.length > 0 && (lowest <= first || highest >= last))
    fail('holes', 'lie strictly within first…last');
  if (clock.state === 'bounded' && clock.before > sealed) fail('clock', 'the boot began after it was sealed');
}

/** Classes that travel in columns. Billing rows are here only when they are no boundary readings. */
export const READING_CLASSES = ['gauge', 'counter', 'billing'] as const;
export type ReadingClass = (typeof READING_CLASSES)[number];

export const readingsHead = z
  .strictObject({ ...common, type: z.literal('readings'), class: z.literal(READING_CLASSES), body: digest })
  .superRefine(isPlaced);
export type ReadingsHead = z.infer<typeof readingsHead>;

export const recordsHead = z
  .strictObject({ ...common, type: z.literal('records'), body: digest })
  .superRefine(isPlaced);
export type RecordsHead = z.infer<typeof recordsHead>;

/** One sweep: all counters of one boundary instant. The root stands for the leaves, so that one can be shown alone. */
export const boundaryHead = z
  .strictObject({
    ...common,
    type: z.literal('boundary'),
    boundary: epochMs,
    occasion: z
      .literal(['quarter', 'period-end', 'on-demand'])
      .meta({ description: 'quarter hour; a billing period of its own ends; somebody asked (moving out)' }),
    command: commandId.optional().meta({ description: 'the `read` command that asked for it' }),
    sweep: z.tuple([epochMs, epochMs]).meta({ description: 'first and last instant of reading' }),
    leaves: z.int().min(1).max(LIMITS.leavesPerBatch),
    root: digest,
  })
  .superRefine(isPlaced)
  .superRefine((head, context) => {
    const fail = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const { clock, boundary, occasion, sweep } = head;
    if (clock.state !== 'synced') fail('clock', 'a boundary needs a synchronised clock');
    else if (clock.uncertainty > LIMITS.boundaryUncertaintyMs)
      fail('clock', 'is too uncertain to tell a quarter hour');
    else if (head.sealed + clock.uncertainty < sweep[1]) fail('sealed', 'is before the sweep ended');
    if (sweep[1] < sweep[0]) fail('sweep', 'ends before it begins');
    if (sweep.some((at) => Math.abs(at - boundary) > LIMITS.sweepMs))
      fail('sweep', 'is far from the boundary');
    if (occasion === 'quarter' && boundary % 900_000 !== 0) fail('boundary', 'is no quarter hour');
    if (occasion !== 'on-demand' && head.command !== undefined)
      fail('command', 'asks for a reading on demand, and for no other');
    if (head.leaves !== recordCount(head)) fail('leaves', 'is not the number of sequences');
  });
export type BoundaryHead = z.infer<typeof boundaryHead>;

export type BatchHead = ReadingsHead | BoundaryHead | RecordsHead;

type Range = Pick<BatchHead, 'first' | 'last' | 'holes'>;

export function recordCount({ first, last, holes = [] }: Range): number {
  return holes.reduce((rest, [from, to]) => rest - (to - from + 1), last - first + 1);
}

/** The sequences of a batch, ascending: row i of the body has the i-th of them. */
export function sequencesOf({ first, last, holes = [] }: Range): number[] {
  const out: number[] = [];
  let next = first;
  for (const [from, to] of holes) {
    for (; next < from; next += 1) out.push(next);
    next = to + 1;
  }
  for (; next <= last; next += 1) out.push(next);
  return out;
}

/** The other way round: which range and holes describe these ascending sequences. */
export function rangeOf(sequences: readonly number[]): Pick<BatchHead, 'first' | 'last' | 'holes'> {
  const first = sequences[0];
  const last = sequences.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('a batch needs a record');
  const holes: [number, number][] = [];
  let previous = first - 1;
  for (const sequence of sequences) {
    if (sequence <= previous) throw new RangeError(`sequence ${sequence} after ${previous}`);
    if (sequence > previous + 1) holes.push([previous + 1, sequence - 1]);
    previous = sequence;
  }
  return holes.length > 0 ? { first, last, holes } : { first, last };
}
