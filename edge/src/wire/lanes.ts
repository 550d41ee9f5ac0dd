/** From the most urgent to the least. */
export const LANES = ['boundary', 'command', 'interactive', 'poll'] as const;
export type Lane = (typeof LANES)[number];

export interface Waiting {
  readonly lane: Lane;
  readonly sinceUs: number;
  /** Not to be sent after this; Infinity where it never expires. */
  readonly untilUs: number;
}

export type Pick<T> =
  | { readonly kind: 'ready'; readonly entry: T }
  | { readonly kind: 'later'; readonly atUs: number }
  | { readonly kind: 'empty' };

/**
 * Who is next. A lane further down waits as if it had come `agingUs` later: the urgent go first, and after enough
 * waiting everybody is urgent. Within a lane the order is that of arrival; who may not be sent yet keeps nobody back.
 */
export class Lanes<T extends Waiting> {
  readonly #lanes = LANES.map((): T[] => []);
  readonly #agingUs: number;

  constructor(agingUs: number) {
    this.#agingUs = agingUs;
  }

  get size(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.length, 0);
  }

  add(entry: T): void {
    this.#lanes[LANES.indexOf(entry.lane)]?.push(entry);
  }

  remove(entry: T): boolean {
    const lane = this.#lanes[LANES.indexOf(entry.lane)];
    const at = lane?.indexOf(entry) ?? -1;
    if (at >= 0) lane?.splice(at, 1);
    return at >= 0;
  }

  next(nowUs: number, allowedAtUs: (entry: T) => number): Pick<T> {
    let best: T | null = null;
    let bestKey = Number.POSITIVE_INFINITY;
    let soonest = Number.POSITIVE_INFINITY;
    for (const [rank, lane] of this.#lanes.entries()) {
      for (const entry of lane) {
        const at = allowedAtUs(entry);
        if (at > nowUs) {
          soonest = Math.min(soonest, at);
          continue;
        }
        const key = entry.sinceUs + rank * this.#agingUs;
        if (key < bestKey) {
          best = entry;
          bestKey = key;
        }
        break;
      }
    }
    if (best) return { kind: 'ready', entry: best };
    return soonest < Number.POSITIVE_INFINITY ? { kind: 'later', atUs: soonest } : { kind: 'empty' };
  }

  /** Takes out all that may no longer be sent. */
  expired(nowUs: number): T[] {
    const gone: T[] = [];
    for (const lane of this.#lanes) {
      for (let i = lane.length - 1; i >= 0; i--) {
        const entry = lane[i];
        if (entry && entry.untilUs <= nowUs) gone.unshift(...lane.splice(i, 1));
      }
    }
    return gone;
  }

  nextExpiryUs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) for (const entry of lane) next = Math.min(next, entry.untilUs);
    return next;
  }

  drain(): T[] {
    return this.#lanes.flatMap((lane) => lane.splice(0));
  }
}
