import type { Fault } from '../wire/fault.ts';
import { SECOND } from './time.ts';

/** Of the time of a bus, for all its dead meters together, while others live. */
export const DEAD_SHARE = 0.03;
/** While nobody on the bus answers there is nobody to be delayed. */
export const ALL_DEAD_SHARE = 0.5;
/** The longest pause between two tries of one dead meter, as far as the budget allows. */
const LONGEST_PAUSE_US = 60 * SECOND;
const FIRST_PAUSE_US = 2 * SECOND;
const FAILURES = 2;
const PROBATION = 20;
const SAVED_US = 2 * SECOND;
/** What many that die at once lose is forgiven beyond this, so that the tries go on. */
const DEBT_US = 10 * SECOND;
/** A meter that answers now and then may waste as much of the last minute as a dead one. */
const WINDOW_US = 60 * SECOND;
const WORN_SHARE = 0.05;

/** The meter has not been heard, or not understood. Gateways say with 10 and 11 that the one behind them is silent. */
export function isLoss(fault: Fault, exception: number | null): boolean {
  if (fault === 'exception') return exception === 10 || exception === 11;
  return ['timeout', 'crc', 'unit', 'function', 'length', 'echo', 'protocol'].includes(fault);
}

/** A share of the time of the line: it is saved up, and what is used is taken from it. */
export class Budget {
  private savedUs = SAVED_US;
  private atUs: number;

  constructor(nowUs: number) {
    this.atUs = nowUs;
  }

  get indebted(): boolean {
    return this.savedUs < 0;
  }

  spend(us: number): void {
    this.savedUs = Math.max(-DEBT_US, this.savedUs - us);
  }

  /** When there will be something to spend. */
  freeAtUs(nowUs: number, share: number): number {
    this.savedUs = Math.min(SAVED_US, this.savedUs + (nowUs - this.atUs) * share);
    this.atUs = nowUs;
    return this.savedUs >= 0 ? nowUs : nowUs + Math.ceil(-this.savedUs / share);
  }
}

/** Keyed by (bus, unit): who does not answer is asked less and less, and always again. */
export class Breaker {
  private failures = 0;
  private lostUs = 0;
  private lostAtUs = 0;
  private pauseUs = 0;
  private tries = 0;
  /** Answers that are still to come before a meter that was dead is trusted like the others. */
  private probation = 0;
  /** When a dead meter may be tried again; null for one that lives. */
  private retryUs: number | null = null;

  get open(): boolean {
    return this.retryUs !== null;
  }

  /** Dead, or not trusted again yet. */
  get doubtful(): boolean {
    return this.probation > 0;
  }

  get retryAtUs(): number {
    return this.retryUs ?? 0;
  }

  /** Whether the next try should wait as long as the slowest answer may take: the meter may be another one by now. */
  get patient(): boolean {
    return this.tries % 4 === 3;
  }

  /** True when it has come back. */
  answered(): boolean {
    const back = this.open;
    this.failures = 0;
    this.retryUs = null;
    this.tries = 0;
    if (this.probation > 0) this.probation -= 1;
    if (this.probation === 0) this.pauseUs = 0;
    return back;
  }

  /** True when it has been given up with this. `indebted`: more than the share for dead meters has been lost already. */
  lost(costUs: number, nowUs: number, indebted: boolean): boolean {
    this.failures += 1;
    this.lostUs = this.lostUs * Math.exp((this.lostAtUs - nowUs) / WINDOW_US) + costUs;
    this.lostAtUs = nowUs;
    const wasOpen = this.open;
    if (wasOpen) this.tries += 1;
    const isWorn = this.failures >= FAILURES || this.lostUs >= WORN_SHARE * WINDOW_US;
    if (!wasOpen && !isWorn && !(indebted && this.probation > 0)) return false;
    this.probation = PROBATION;
    this.pauseUs = Math.min(LONGEST_PAUSE_US, Math.max(FIRST_PAUSE_US, this.pauseUs * 2));
    this.retryUs = nowUs + this.pauseUs;
    return !wasOpen;
  }

  /** Another one of a bus that was wholly dead has come back: it was the line. */
  hurry(nowUs: number): void {
    if (this.open) this.retryUs = Math.min(this.retryAtUs, nowUs);
    this.pauseUs = 0;
  }
}
