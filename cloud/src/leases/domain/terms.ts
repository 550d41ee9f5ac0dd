import type { Day } from './days.ts';

/** Holds from its day on, until the next. */
export interface Rent {
  readonly fromDay: Day;
  readonly minor: bigint;
}

/** Something that holds for some days; half-open, open where a side is null. */
export interface Dated {
  readonly fromDay: Day | null;
  readonly toDay: Day | null;
}

export const holdsOn = ({ fromDay, toDay }: Dated, day: Day): boolean =>
  (fromDay === null || fromDay <= day) && (toDay === null || day < toDay);
