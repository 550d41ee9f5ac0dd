/** How the counts of a register are read from a time on, as it was declared. Times are UTC in ms. */
export interface RegisterEpoch {
  readonly from: number;
  /** The count at `from`. */
  readonly opening: bigint;
  /** What the epoch before had counted to at `from`; undefined when nobody knows. */
  readonly closing?: bigint | undefined;
  /** The count at which the register starts again from 0. */
  readonly modulus?: bigint | undefined;
  /** Base units a count is worth, as a fraction. */
  readonly num: bigint;
  readonly den: bigint;
  readonly unit: string;
  /** `profile@version/register` whose counts it reads; null: any that is worth as much. */
  readonly register?: string | null;
  /** Base units that can pass in an hour. */
  readonly maxPerHour?: bigint | undefined;
  /** Made from the profile and the first reading: nobody has said anything. */
  readonly automatic: boolean;
}

/** The one that holds at a time; undefined before the first. */
export const epochAt = (epochs: readonly RegisterEpoch[], at: number): RegisterEpoch | undefined =>
  epochs.findLast(({ from }) => from <= at);
