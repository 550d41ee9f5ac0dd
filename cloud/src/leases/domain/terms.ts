import type { Day } from './days.ts';

/** Holds from its day on, until the next. */
export interface Rent {
  readonly fromDay: Day;
  readonly minor: bigint;
}

/** The rent of a day; undefined before the first. */
export function rentOn(rents: readonly Rent[], day: Day): Rent | undefined {
  return rents
    .filter(({ fromDay }) => fromDay <= day)
    .reduce<Rent | undefined>(
      (newest, each) => (newest && newest.fromDay > each.fromDay ? newest : each),
      undefined,
    );
}

/** Something that holds for some days; half-open, open where a side is null. */
export interface Dated {
  readonly fromDay: Day | null;
  readonly toDay: Day | null;
}

export const holdsOn = ({ fromDay, toDay }: Dated, day: Day): boolean =>
  (fromDay === null || fromDay <= day) && (toDay === null || day < toDay);
