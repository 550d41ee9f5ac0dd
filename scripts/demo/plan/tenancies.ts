import { addDays, addMonths, type Day, instantOf, midnight } from './days.ts';
import type { Dice } from './dice.ts';
import type { LeasePlan } from './estate.types.ts';

/** A room for a time, in UTC ms; without an end: nobody has said when. */
export interface StayPlan {
  readonly lease: LeasePlan;
  readonly room: string;
  readonly from: number;
  readonly to: number | null;
}

/** Which rooms a lease has when: by its days, and by the hours of what was written down by hand. */
export function staysOf(lease: LeasePlan): readonly StayPlan[] {
  const stays: { -readonly [Key in keyof StayPlan]: StayPlan[Key] }[] = [
    {
      lease,
      room: lease.room,
      from: midnight(lease.first),
      to: lease.last === null ? null : midnight(addDays(lease.last, 1)),
    },
  ];
  for (const move of lease.moves) {
    const at = Date.parse(instantOf(move.day, move.clock));
    const last = stays.at(-1);
    if (!last) continue;
    if (move.kind === 'move-in') last.from = at;
    else {
      const { to } = last;
      last.to = at;
      if (move.kind === 'change-room' && move.room !== null)
        stays.push({ lease, room: move.room, from: at, to });
    }
  }
  return stays;
}

export interface Span {
  readonly first: Day;
  readonly last: Day | null;
}

export interface Habit {
  /** How long people stay, in months. */
  readonly months: readonly [number, ...number[]];
  /** Days until the next ones come. */
  readonly gaps: readonly [number, ...number[]];
}

/** Who lived in an ordinary room one after the other, until today: people come and go on any day of a month. */
export function letOverTime(dice: Dice, habit: Habit, since: Day, today: Day): readonly Span[] {
  const spans: Span[] = [];
  let first = addDays(since, -dice.whole(10, 30 * Math.max(...habit.months)));
  while (first <= today) {
    const last = addDays(addMonths(first, dice.pick(habit.months)), dice.whole(-1, 11) - 1);
    // Who lives there now has agreed on an end, or has not.
    spans.push({ first, last: last >= today && dice.happens(0.35) ? null : last });
    first = addDays(last, 1 + dice.pick(habit.gaps));
  }
  return spans.filter(({ last }) => last === null || last >= since);
}
