import type { Instant } from '../clock.ts';
import type { Evidence } from '../entry.ts';
import {
  type Counted,
  type CounterRegister,
  type CountJudgement,
  judgeCount,
  type Rating,
} from './plausible-count.ts';

/** The last count that was believed. Plain data but for the bigint: it outlives restarts. */
export interface Accepted {
  readonly value: bigint;
  readonly raw: string;
  readonly boot: string;
  readonly mono: number;
  readonly utc: number | null;
}

export interface Suspicion {
  readonly value: bigint;
  /** Visits in a row that said so, each confirmed by re-reading. */
  readonly times: number;
}

/** One read of one counter. */
export interface CountRead {
  readonly at: Instant;
  readonly utc: number | undefined;
  readonly count: bigint;
  readonly raw: string;
}

/** A re-read that failed, or gave no value, is null. */
export type Reread = CountRead | null;

export type Confirmed =
  /** The re-reads say the same. */
  | { readonly kind: 'confirmed'; readonly code: 'drop' | 'zero' | 'jump'; readonly evidence: Evidence }
  /** The re-reads contradict each other, or did not come. */
  | { readonly kind: 'unsteady'; readonly evidence: Evidence }
  /** The re-reads agree with all that was before: the first was a slip, and the last is the reading. */
  | { readonly kind: 'slip'; readonly evidence: Evidence; readonly reading: CountRead };

/** After so many visits that agree, a fallen or leapt counter is what the meter counts from now on. */
const BELIEVE_AFTER = 3;

export class CounterState {
  readonly register: CounterRegister;
  private readonly rating: Rating;
  accepted: Accepted | undefined;
  suspicion: Suspicion | undefined;

  constructor(register: CounterRegister, rating: Rating) {
    this.register = register;
    this.rating = rating;
  }

  judge(read: CountRead): CountJudgement {
    const { accepted } = this;
    if (!accepted) return { kind: 'good' };
    return judgeCount(this.against(read, accepted.value, this.elapsedMs(read, accepted)));
  }

  accept({ at, utc, count, raw }: CountRead): void {
    this.accepted = { value: count, raw, boot: at.boot, mono: at.mono, utc: utc ?? null };
    this.suspicion = undefined;
  }

  /** Another meter, or other points: what was before says nothing any more. */
  forget(): void {
    this.accepted = undefined;
    this.suspicion = undefined;
  }

  /** What the re-reads make of a suspect value; also decides what later ones are compared with. */
  conclude(first: CountRead, rereads: readonly Reread[]): Confirmed {
    const judged = this.judge(first);
    const evidence = this.evidence(first, judged, rereads);
    const whole = rereads.filter((read) => read !== null);
    if (whole.length < rereads.length || whole.length === 0) return { kind: 'unsteady', evidence };
    const last = whole.at(-1) ?? first;
    if (whole.every((read) => this.judge(read).kind === 'good') && isSteady(this, whole)) {
      this.accept(last);
      return { kind: 'slip', evidence, reading: last };
    }
    if (!isSteady(this, [first, ...whole])) return { kind: 'unsteady', evidence };
    if (judged.kind === 'rollover') {
      this.accept(last);
      return { kind: 'confirmed', code: 'drop', evidence };
    }
    this.grow(first, last);
    return { kind: 'confirmed', code: judged.kind === 'suspect' ? judged.code : 'drop', evidence };
  }

  private grow(first: CountRead, last: CountRead): void {
    const known = this.suspicion;
    const agrees =
      known !== undefined &&
      judgeCount(this.against(first, known.value, this.accepted && this.elapsedMs(first, this.accepted)))
        .kind === 'good';
    const times = agrees ? known.times + 1 : 1;
    if (times >= BELIEVE_AFTER) this.accept(last);
    else this.suspicion = { value: last.count, times };
  }

  private evidence(first: CountRead, judged: CountJudgement, rereads: readonly Reread[]): Evidence {
    const { accepted } = this;
    const before = accepted && {
      previous: {
        value: String(accepted.value),
        ...(accepted.boot === first.at.boot ? { at: accepted.mono } : {}),
      },
    };
    const limit =
      judged.kind === 'suspect' && judged.limit !== undefined ? { limit: String(judged.limit) } : {};
    return {
      ...before,
      rereads: rereads.map((read) => (read ? { value: String(read.count), raw: read.raw } : { value: null })),
      ...limit,
    };
  }

  against(read: CountRead, previous: bigint, elapsedMs: number | undefined): Counted {
    return { register: this.register, count: read.count, previous, elapsedMs, rating: this.rating };
  }

  private elapsedMs(read: CountRead, accepted: Accepted): number | undefined {
    if (accepted.boot === read.at.boot) return read.at.mono - accepted.mono;
    if (accepted.utc === null || read.utc === undefined) return undefined;
    return Math.max(0, read.utc - accepted.utc);
  }
}

/** Each follows from the one before as a counter does. */
function isSteady(state: CounterState, reads: readonly CountRead[]): boolean {
  return reads.every((read, i) => {
    const before = reads[i - 1];
    if (!before) return true;
    const elapsedMs = Math.max(0, read.at.mono - before.at.mono);
    return judgeCount(state.against(read, before.count, elapsedMs)).kind === 'good';
  });
}
