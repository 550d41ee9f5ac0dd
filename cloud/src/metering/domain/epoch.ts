import { quantitySince } from '../../kernel/quantity.ts';

/**
 * Why a register began to be read anew: with the meter; with another meter, another value or another ratio in its
 * place; or because a person has confirmed that a count which looked impossible is right.
 */
export const EPOCH_KINDS = ['installed', 'replaced', 'reset', 'rollover', 'ratio', 'confirmed'] as const;
export type EpochKind = (typeof EPOCH_KINDS)[number];

/** How counts are to be read from a time on, until the next epoch begins. Times are UTC in ms. */
export interface Epoch {
  readonly kind: EpochKind;
  readonly from: number;
  /** The count at `from`, from which on is billed. */
  readonly opening: bigint;
  /** What the epoch before had counted to at `from`; undefined when nobody knows: then its tail is not billed. */
  readonly closing?: bigint | undefined;
  /** The count at which the register starts again from 0; undefined: it never does. */
  readonly modulus?: bigint | undefined;
  /** Base units (Wh, mL) a count is worth, as a fraction. */
  readonly num: bigint;
  readonly den: bigint;
  /** Base units that can pass in an hour; undefined: nobody knows, and nothing is too much. */
  readonly maxPerHour?: bigint | undefined;
  /** A float32 of four bytes: the larger it is, the larger the steps in which it moves. */
  readonly isFloat?: boolean | undefined;
  /** Between readings further apart than this, when it passed is an estimate. */
  readonly gapMs: number;
  /** Registers that readings cite and whose counts cannot be read so: they are in no bill. */
  readonly foreign?: ReadonlySet<string> | undefined;
  /** Made from readings; nobody has said anything. */
  readonly automatic?: boolean | undefined;
}

/** Three readings of quarter hours. */
export const DEFAULT_GAP_MS = 45 * 60_000;

const HOUR_MS = 3_600_000n;
/** Rated values may be exceeded for a while. */
const MARGIN = { num: 12n, den: 10n } as const;
/** A register may stand just before its next counts, and its clock beside ours. */
const LEAST_COUNTS = 3n;

/** A float32 has 24 bits for its digits: it moves in steps of this part of its value, or half of it. */
const FLOAT_STEP = 1n << 22n;

/** Most counts that can pass from a count on in so many milliseconds. */
export function mostCounts(epoch: Epoch, count: bigint, ms: number): bigint | undefined {
  const { maxPerHour, num, den, isFloat } = epoch;
  if (maxPerHour === undefined) return undefined;
  const steps = isFloat && count > 0n ? 2n * (count / FLOAT_STEP) : 0n;
  return (maxPerHour * MARGIN.num * den * BigInt(ms)) / (num * MARGIN.den * HOUR_MS) + LEAST_COUNTS + steps;
}

/** Whole base units since the epoch began, of a count that was unwound over its rollovers. */
export function quantityAt({ opening, num, den }: Epoch, count: bigint): bigint {
  return quantitySince(opening, count, { num, den });
}

/**
 * Does a turn of the register leave a fraction of a base unit over? Then where the fraction stands depends on how
 * often it has turned since the epoch began, and on the count with which it began.
 */
export function hasFraction({ num, den }: Epoch): boolean {
  return num % den !== 0n;
}

/** The epoch in which a time lies, by its place in the ascending list; -1 before the first. */
export function epochIndexAt(epochs: readonly Epoch[], at: number): number {
  let index = epochs.length - 1;
  while (index >= 0 && (epochs[index]?.from ?? 0) > at) index -= 1;
  return index;
}
