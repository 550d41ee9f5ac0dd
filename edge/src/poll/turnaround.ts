import { Histogram } from '../wire/histogram.ts';

const ENOUGH = 20;
const FLOOR_MS = 40;
const SLACK_MS = 30;
/** What is waited for while nothing is known, and never more than this unless the profile says that the model is slower. */
const UNKNOWN_MS = 500;
const CAP_MS = 1_000;
/** Plans are made anew when the mean has moved by this much. */
const MOVED = 0.25;
const GUESS_US = 20_000;
const LONGEST_MS = 10_000;

/** What one meter on one bus takes to answer: decides how long it is waited for and what its plans cost. */
export class Turnaround {
  private readonly longestMs: number | undefined;
  private seen = new Histogram();
  private count = 0;
  private meanUs: number;
  private plannedUs: number;

  constructor(
    timing: { typicalMs?: number | undefined; longestMs?: number | undefined } = {},
    knownUs?: number,
  ) {
    this.longestMs = timing.longestMs;
    this.meanUs = knownUs ?? (timing.typicalMs === undefined ? GUESS_US : timing.typicalMs * 1_000);
    this.plannedUs = this.meanUs;
  }

  /** True when plans that rest on the old value should be made anew. */
  learn(us: number): boolean {
    this.seen.add(us);
    this.count += 1;
    this.meanUs += (us - this.meanUs) / Math.min(this.count, 50);
    const moved = Math.abs(this.meanUs - this.plannedUs) > MOVED * Math.max(this.plannedUs, 2_000);
    if (this.count < 5 || !moved) return false;
    this.plannedUs = this.meanUs;
    return true;
  }

  /** It stopped answering in the time that was learnt: perhaps it has become slower. */
  forget(): void {
    this.seen = new Histogram();
    this.count = 0;
  }

  /** For the cost model. */
  get planUs(): number {
    return Math.round(this.plannedUs);
  }

  get typicalMs(): number | null {
    return this.count === 0 ? null : Math.round(this.meanUs / 1_000);
  }

  get capMs(): number {
    return Math.min(LONGEST_MS, Math.max(CAP_MS, this.longestMs ?? 0));
  }

  /** Twice the p99 and some, within floor and cap; what the profile says, or half a second, while too little is known. */
  get timeoutMs(): number {
    if (this.count < ENOUGH) return Math.max(this.longestMs ?? 0, UNKNOWN_MS);
    const learnt = (2 * this.seen.quantileUs(0.99)) / 1_000 + SLACK_MS;
    return Math.min(this.capMs, Math.max(FLOOR_MS, Math.ceil(learnt)));
  }
}
