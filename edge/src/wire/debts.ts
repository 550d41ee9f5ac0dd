import type { LateCounts } from './conversation.ts';
import type { Parsed } from './reply.ts';
import type { Request } from './request.ts';
import { readRtu } from './rtu.ts';

/** Beyond this a reply is no longer waited for, however late others have been. */
const LONGEST_BOUND_US = 10_000_000;
/** A line that has been late once may be later the next time. */
const MARGIN = 1.5;

interface Debt {
  readonly request: Request;
  readonly sentUs: number;
  /** The last moment at which it is thought possible that it is paid. */
  readonly untilUs: number;
  /** The line was listened to after that moment. */
  heard: boolean;
}

/**
 * Replies that are still owed. RTU has no transaction ids, so a late reply can only be told from another unit's; a unit
 * that owes one is not asked again until it has paid or can no longer pay.
 */
export class Debts {
  readonly #owed = new Map<number, Debt>();
  readonly #lateReplyUs: number;
  #bytes = 0;
  #replies = 0;
  #longestUs = 0;

  constructor(lateReplyUs: number) {
    this.#lateReplyUs = lateReplyUs;
  }

  /** Whoever grants a meter much time does not believe that it is always faster. */
  owe(request: Request, sentUs: number, timeoutUs: number): void {
    const untilUs = sentUs + Math.max(this.boundUs, MARGIN * timeoutUs);
    this.#owed.set(request.unit, { request, sentUs, untilUs, heard: false });
  }

  /** Whether a reply may have come that was not read yet: the process may have been busy when its time ran out. */
  unheard(unit: number): boolean {
    return this.#owed.get(unit)?.heard === false;
  }

  heard(unit: number, sinceUs: number): void {
    const debt = this.#owed.get(unit);
    if (debt && sinceUs >= debt.untilUs) debt.heard = true;
  }

  forget(unit: number): void {
    this.#owed.delete(unit);
  }

  /** Reads a debtor's reply at the start of `bytes` and takes it as paid; null where there is none. */
  collect(bytes: Uint8Array, nowUs: number): Parsed | null {
    const debt = this.#owed.get(bytes[0] ?? 0);
    if (!debt || nowUs - debt.sentUs > LONGEST_BOUND_US) return null;
    const parsed = readRtu(debt.request, bytes);
    if (parsed.kind === 'bad') return null;
    if (parsed.kind !== 'more') {
      this.#owed.delete(debt.request.unit);
      this.#replies++;
      this.#longestUs = Math.max(this.#longestUs, Math.round(nowUs - debt.sentUs));
    }
    return parsed;
  }

  countLate(bytes: number): void {
    this.#bytes += bytes;
  }

  get late(): Omit<LateCounts, 'twins'> {
    return { bytes: this.#bytes, replies: this.#replies, longestUs: this.#longestUs };
  }

  get boundUs(): number {
    return Math.max(this.#lateReplyUs, Math.min(LONGEST_BOUND_US, MARGIN * this.#longestUs));
  }

  fencedUntilUs(unit: number): number {
    return this.#owed.get(unit)?.untilUs ?? 0;
  }

  /** The latest fence of all, for lines where no unit may speak over another's late reply. */
  lastFenceUs(): number {
    let last = 0;
    for (const debt of this.#owed.values()) last = Math.max(last, debt.untilUs);
    return last;
  }
}
