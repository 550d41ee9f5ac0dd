import { MODULUS } from './meters.ts';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
export const DAY = 96 * QUARTER;

export const STORIES = [
  'clean',
  'rollover',
  'reset',
  'gap',
  'replaced',
  'glitches',
  'late',
  'duplicate',
  'shuffled',
  'mixed',
] as const;
/** Resets that nobody noted down, read without trouble and with it. */
export const UNLOGGED = ['unlogged', 'unlogged amid trouble'] as const;
export type Story = (typeof STORIES)[number] | (typeof UNLOGGED)[number];

export interface TrueReading {
  readonly at: number;
  readonly count: bigint;
  /** `quality_name.code`: 4 is unsteady. */
  readonly quality: number;
  /** Days after its time at which it arrives; 0 for on time. */
  readonly lateDays: number;
  readonly twice: boolean;
}

export interface TrueEvent {
  readonly kind: 'reset' | 'replaced';
  readonly at: number;
  readonly closing: bigint;
  readonly opening: bigint;
  /** Counts that passed from the event before, or the first reading, to this one. */
  readonly passed: bigint;
}

/** The counts on both sides of a reset that nobody noted: what passed between them nobody can know. */
interface Break {
  readonly before: bigint;
  readonly after: bigint;
}

/** What a meter did, what was read of it, and what passed through it: counts, from its first reading to its last. */
export interface TrueMeter {
  readonly story: Story;
  readonly readings: readonly TrueReading[];
  readonly events: readonly TrueEvent[];
  readonly breaks: readonly Break[];
  readonly passed: bigint;
  readonly arrives: 'in order' | 'shuffled';
}

/** mulberry32: the same numbers from the same seed, everywhere. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const isUnlogged = (story: Story): boolean => (UNLOGGED as readonly Story[]).includes(story);

const TROUBLE: readonly Story[] = ['gap', 'late', 'duplicate', 'shuffled'];

const has = (story: Story, what: (typeof STORIES)[number]): boolean =>
  story === what || story === 'mixed' || (story === 'unlogged amid trouble' && TROUBLE.includes(what));

/**
 * A meter over some days, read a few seconds after each quarter hour. Its load changes from quarter to quarter; the
 * register shows whole counts of it, rounded down, and starts again at its end. Everything is drawn from the seed.
 */
export function trueMeter(story: Story, seed: number, start: number, days: number): TrueMeter {
  const random = chance(seed);
  const pick = (below: number) => Math.floor(random() * below);
  const end = start + days * DAY;
  const counter = new Register(has(story, 'rollover') ? MODULUS - 1_000 - pick(90_000) : pick(5_000), random);
  const events = eventsOf(story, pick, start, end);
  let since: number | undefined;
  const gaps = has(story, 'gap') ? Array.from({ length: 4 }, () => spanOf(pick, start, end, 3 * 96)) : [];
  const readings: TrueReading[] = [];
  const told: TrueEvent[] = [];
  const breaks: Break[] = [];
  let broken = false;
  let glitch: Glitch | undefined;
  // What is first read after a gap is true: over hours nearly anything could have passed.
  let quiet = 0;
  for (let quarter = start; quarter <= end; quarter += QUARTER) {
    const event = events.find(({ at }) => at > quarter - QUARTER && at <= quarter);
    const at = quarter + 1_000 + pick(4_000);
    since ??= at;
    if (event?.kind === 'unlogged') {
      counter.begin(event.at, 0);
      broken = true;
    } else if (event) {
      const passed = counter.passedBetween(since, event.at);
      const { kind } = event;
      told.push({
        kind,
        at: event.at,
        passed,
        ...counter.begin(event.at, kind === 'reset' ? 0 : pick(50_000)),
      });
      since = event.at;
    }
    const isEdge = quarter === start || quarter >= end - DAY;
    if (!isEdge && gaps.some(({ from, to }) => at >= from && at < to)) {
      [glitch, quiet] = [undefined, 3];
      continue;
    }
    quiet -= 1;
    const shown = counter.shown(at);
    if (!isEdge && !glitch && quiet < 0 && has(story, 'glitches') && random() < 0.01)
      glitch = glitchOf(pick, shown);
    if (isEdge || event) glitch = undefined;
    const value = glitch ? glitch.value : shown;
    if (broken) breaks.push({ before: readings.at(-1)?.count ?? 0n, after: BigInt(value) });
    broken = false;
    readings.push({
      at,
      count: BigInt(value),
      quality: glitch?.quality ?? 0,
      lateDays: !isEdge && has(story, 'late') && random() < 0.05 ? 1 + pick(20) : 0,
      twice: has(story, 'duplicate') && random() < 0.2,
    });
    if (glitch) {
      glitch = glitch.left > 1 ? { ...glitch, left: glitch.left - 1 } : undefined;
    }
  }
  const first = readings[0]?.at ?? start;
  const last = readings.at(-1)?.at ?? end;
  const arrives = has(story, 'shuffled') ? 'shuffled' : 'in order';
  return { story, readings, events: told, breaks, passed: counter.passedBetween(first, last), arrives };
}

interface Glitch {
  readonly value: number;
  readonly quality: number;
  readonly left: number;
}

/** A zero, a value of long ago, one that is far too high, or one whose confirming reads contradicted it. */
function glitchOf(pick: (below: number) => number, shown: number): Glitch {
  const left = 1 + pick(6);
  const kinds: readonly Glitch[] = [
    { value: 0, quality: 1, left },
    { value: Math.max(0, shown - 2_000 - pick(500)), quality: 0, left },
    { value: (shown + 40_000) % MODULUS, quality: 3, left },
    { value: pick(MODULUS), quality: 4, left },
  ];
  return kinds[pick(kinds.length)] ?? { value: 0, quality: 1, left };
}

function spanOf(pick: (below: number) => number, start: number, end: number, quarters: number) {
  const from = start + DAY + pick((end - start) / QUARTER - 2 * 96) * QUARTER;
  return { from, to: from + (2 + pick(quarters)) * QUARTER };
}

/** Between two readings, as a technician comes: never at the very edge of a quarter hour. */
function eventsOf(story: Story, pick: (below: number) => number, start: number, end: number) {
  const at = (part: number) =>
    start + DAY * Math.floor(((end - start) / DAY) * part) + pick(90) * QUARTER + 8 * MINUTE;
  const events: { readonly kind: TrueEvent['kind'] | 'unlogged'; readonly at: number }[] = [];
  if (isUnlogged(story))
    events.push(...[0.2, 0.5, 0.8].map((part) => ({ kind: 'unlogged', at: at(part) }) as const));
  if (has(story, 'reset')) events.push({ kind: 'reset', at: at(0.4) });
  if (has(story, 'replaced')) events.push({ kind: 'replaced', at: at(0.7) });
  return events;
}

/** Thousandths of a count since the beginning, by the quarter; the register is what of it is whole. */
class Register {
  readonly #random: () => number;
  readonly #sums: number[] = [0];
  #began: number | undefined;
  /** Where the present count began: whole counts then, and what it showed. */
  #epochs: { from: number; counted: number; shown: number }[] = [];
  #load = 0;

  constructor(opening: number, random: () => number) {
    this.#random = random;
    this.#epochs.push({ from: -Infinity, counted: 0, shown: opening });
  }

  shown(at: number): number {
    const epoch = this.#epochAt(at);
    return (epoch.shown + this.#counted(at) - epoch.counted) % MODULUS;
  }

  begin(at: number, opening: number): { closing: bigint; opening: bigint } {
    const closing = this.shown(at);
    this.#epochs.push({ from: at, counted: this.#counted(at), shown: opening });
    return { closing: BigInt(closing), opening: BigInt(opening) };
  }

  passedBetween(from: number, to: number): bigint {
    return BigInt(this.#counted(to) - this.#counted(from));
  }

  #epochAt(at: number) {
    const epoch = this.#epochs.findLast(({ from }) => from <= at);
    if (!epoch) throw new Error('the first begins before all');
    return epoch;
  }

  /** Whole counts, read off the load of each quarter hour. */
  #counted(at: number): number {
    this.#began ??= Math.floor(at / QUARTER) * QUARTER;
    const place = (at - this.#began) / QUARTER;
    const whole = Math.floor(place);
    while (this.#sums.length <= whole + 1) this.#sums.push((this.#sums.at(-1) ?? 0) + this.#next());
    const [a, b] = [this.#sums[whole] ?? 0, this.#sums[whole + 1] ?? 0];
    return Math.floor((a + (b - a) * (place - whole)) / 1_000);
  }

  /** From nothing to about 12 kW at 10 Wh a count, by fits and starts. */
  #next(): number {
    if (this.#random() < 0.2)
      this.#load = this.#random() < 0.3 ? 0 : Math.floor(this.#random() ** 3 * 300_000);
    return this.#load;
  }
}
