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

  owe(request: Request, sentUs: number): void {
    this.#owed.set(request.unit, { request, sentUs });
  }

  forget(unit: number): void {
    this.#owed.delete(unit);
  }

  /** Reads a debtor's reply at the start of `bytes` and takes it as paid; null where there is none. */
  collect(bytes: Uint8Array, nowUs: number): Parsed | null {
    const debt = this.#owed.get(bytes[0] ?? 0);
    if (!debt) return null;
    const parsed = readRtu(debt.request, bytes);
    if (parsed.kind === 'bad') return null;
    if (parsed.kind !== 'more') {
      this.#owed.delete(debt.request.unit);
      this.#replies++;
      this.#longestUs = Math.max(this.#longestUs, nowUs - debt.sentUs);
    }
    return parsed;
  }

  countLate(bytes: number): void {
    this.#bytes += bytes;
  }

  get late(): LateCounts {
    return { bytes: this.#bytes, replies: this.#replies, longestUs: this.#longestUs };
  }

  get boundUs(): number {
    return Math.max(this.#lateReplyUs, Math.min(LONGEST_BOUND_US, MARGIN * this.#longestUs));
  }

  fencedUntilUs(unit: number): number {
    const debt = this.#owed.get(unit);
    return debt ? debt.sentUs + this.boundUs : 0;
  }

  /** The latest fence of all, for lines where no unit may speak over another's late reply. */
  lastFenceUs(): number {
    let last = 0;
    for (const debt of this.#owed.values()) last = Math.max(last, debt.sentUs + this.boundUs);
    return last;
  }
}
