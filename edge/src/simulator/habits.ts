import { isWeekend } from './calendar.ts';
import { Dice, type Key, mixed } from './chance.ts';

export const PATTERNS = ['worker', 'student', 'night-shift', 'home', 'short-stay'] as const;
export type Pattern = (typeof PATTERNS)[number];

/** Minutes of the day. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the people of a room do on one day. */
export interface Habits {
  /** Nobody is there the whole day. */
  readonly isAway: boolean;
  readonly home: readonly Span[];
  readonly awake: readonly Span[];
  readonly asleep: readonly Span[];
  readonly showers: readonly Span[];
  readonly meals: readonly number[];
  readonly washes: boolean;
}

const AWAY: Habits = {
  isAway: true,
  home: [],
  awake: [],
  asleep: [],
  showers: [],
  meals: [],
  washes: false,
};

const OUT: Record<Pattern, { leaves: readonly [number, number]; back: readonly [number, number] } | null> = {
  worker: { leaves: [420, 510], back: [1050, 1170] },
  student: { leaves: [480, 660], back: [900, 1260] },
  'night-shift': { leaves: [1110, 1200], back: [360, 480] },
  home: null,
  'short-stay': { leaves: [540, 690], back: [960, 1320] },
};

/** Away for whole days: visits upcountry at weekends, and rooms between two guests. */
const AWAY_SHARE: Record<Pattern, { week: number; weekend: number }> = {
  worker: { week: 0.02, weekend: 0.18 },
  student: { week: 0.03, weekend: 0.3 },
  'night-shift': { week: 0.03, weekend: 0.1 },
  home: { week: 0.01, weekend: 0.05 },
  'short-stay': { week: 0.35, weekend: 0.15 },
};

export function habitsOf(key: Key, day: number, pattern: Pattern, people: number): Habits {
  const dice = new Dice(mixed(key, 0x4ab1, day));
  const weekend = isWeekend(day);
  if (people === 0 || dice.happens(AWAY_SHARE[pattern][weekend ? 'weekend' : 'week'])) return AWAY;
  const home = spansAtHome(dice, weekend, pattern);
  const wake = pattern === 'night-shift' ? dice.whole(870, 990) : dice.whole(345, weekend ? 540 : 405);
  const bed = pattern === 'night-shift' ? dice.whole(510, 570) : dice.whole(1320, 1425);
  const night = pattern === 'night-shift' ? [{ from: bed, to: wake }] : nights(wake, bed);
  const day_ = pattern === 'night-shift' ? nights(bed, wake) : [{ from: wake, to: bed }];
  const awake = crossed(home, day_);
  return {
    isAway: false,
    home,
    awake,
    asleep: crossed(home, night),
    showers: showersOf(dice, awake, people),
    meals: awake.map(({ from, to }) => Math.min(to - 1, from + dice.whole(10, 40))),
    washes: dice.happens(weekend ? 0.45 : 0.08),
  };
}

const nights = (wake: number, bed: number): Span[] => [
  { from: 0, to: wake },
  { from: bed, to: 1440 },
];

function spansAtHome(dice: Dice, weekend: boolean, pattern: Pattern): Span[] {
  const out = OUT[pattern];
  const stays = weekend && pattern !== 'night-shift' ? 0.55 : 0.05;
  if (out === null || dice.happens(stays)) return [{ from: 0, to: 1440 }];
  const leaves = dice.whole(...out.leaves);
  const back = dice.whole(...out.back);
  return back < leaves ? [{ from: back, to: leaves }] : nights(leaves, back);
}

function crossed(some: readonly Span[], others: readonly Span[]): Span[] {
  return some
    .flatMap((a) => others.map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })))
    .filter(({ from, to }) => to > from)
    .toSorted((a, b) => a.from - b.from);
}

/** One for everybody after getting up, and for most before going to bed. */
function showersOf(dice: Dice, awake: readonly Span[], people: number): Span[] {
  const first = awake[0];
  const last = awake.at(-1);
  if (!first || !last) return [];
  const showers: Span[] = [];
  const take = (from: number): void => {
    const to = Math.min(1440, from + dice.whole(4, 10));
    if (from >= 0 && to > from) showers.push({ from, to });
  };
  for (let person = 0; person < people; person += 1) {
    take(first.from + dice.whole(2, 12) + 12 * person);
    if (dice.happens(0.8)) take(last.to - dice.whole(25, 60) - 12 * person);
  }
  return showers;
}
