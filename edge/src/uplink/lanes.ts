import type { Lane } from '../store/index.ts';
import { Share } from './share.ts';
import { Window, type WindowLimits } from './window.ts';

export interface LaneLimits {
  readonly live: WindowLimits;
  readonly backfill: WindowLimits;
  /** Having found no old counts to bill on, look again after this long. */
  readonly lookAgainMs: number;
  /**
   * Missing ranges in a receipt at which counts are no longer sent ahead of the samples between them, and at which
   * they are again. A receipt names 1000 at most: beyond that it can say of nothing newer that it is stored.
   */
  readonly holes: { readonly most: number; readonly again: number };
}

const HOLD_MS = 30_000;
export const LANE_LIMITS: LaneLimits = {
  live: { most: 16, bytes: 1 << 20, unacknowledged: 1 << 20, holdMs: HOLD_MS },
  // The 64 KiB are what a fresh batch may find before it in the line: 10 s on the worst mobile link.
  backfill: { most: 32, bytes: 1 << 20, unacknowledged: 64 << 10, holdMs: HOLD_MS },
  lookAgainMs: 5_000,
  holes: { most: 600, again: 400 },
};

/** What to ask the journal for; `counts` are the old batches that hold counts to bill on, or events. */
export interface Ask {
  readonly lane: Lane;
  readonly limit: number;
}

/**
 * Which batch goes next, as far as that can be said without looking at the journal: fresh ones whenever there are
 * some, old ones in their share, of these the counts to bill on before the samples. The lanes have windows of their
 * own, so that neither can block the other.
 */
export class Lanes {
  readonly #limits: LaneLimits;
  readonly #live: Window;
  readonly #backfill: Window;
  readonly #share: Share;
  #torn = false;
  #oldestFirstUntil = 0;
  #emptyUntil: Record<Lane, number> = { live: 0, counts: 0, backfill: 0 };

  constructor(bytesPerSecond: number, now: number, limits: LaneLimits = LANE_LIMITS) {
    this.#limits = limits;
    this.#live = new Window(limits.live);
    this.#backfill = new Window(limits.backfill);
    this.#share = new Share(bytesPerSecond, now);
  }

  set backfillBytesPerSecond(bytes: number) {
    this.#share.perSecond = bytes;
  }

  next(now: number): Ask | undefined {
    this.#expire(now);
    const live = this.#live.room();
    if (live > 0 && now >= this.#emptyUntil.live) return { lane: 'live', limit: live };
    const old = this.#backfill.room();
    if (old === 0 || this.#share.waitMs(now) > 0) return undefined;
    // Several at a time where it is known that they can be paid for: the journal commits once for each time it is asked.
    const { largest } = this.#backfill;
    const limit = largest === 0 ? 1 : Math.min(old, this.#share.afford(largest));
    for (const lane of ['counts', 'backfill'] as const) {
      if (lane === 'counts' && (this.#torn || now < this.#oldestFirstUntil)) continue;
      if (now >= this.#emptyUntil[lane]) return { lane, limit };
    }
    return undefined;
  }

  /** As many missing ranges the newest receipt names. Only the oldest samples close them for good. */
  holes(count: number): void {
    const { most, again } = this.#limits.holes;
    this.#torn = count >= most || (this.#torn && count > again);
  }

  /** The journal had nothing for the lane. */
  empty(lane: Lane, now: number): void {
    // A fresh batch makes itself known, and so does a receipt; without either a look now and then is enough.
    this.#emptyUntil[lane] = now + this.#limits.lookAgainMs;
  }

  /** Something was sealed, or came back as missing. */
  stir(): void {
    this.#emptyUntil = { live: 0, counts: this.#emptyUntil.counts, backfill: 0 };
  }

  depart(lane: Lane, key: string, bytes: number, now: number): void {
    if (lane !== 'live') this.#share.spend(bytes, now);
    // Sent again on the other lane, it leaves its old place.
    this.#other(lane).forget(key);
    this.#of(lane).depart(key, bytes, now);
  }

  acknowledged(key: string): void {
    this.#live.acknowledged(key);
    this.#backfill.acknowledged(key);
  }

  settled(key: string): { lane: Lane; sentAt: number } | undefined {
    const live = this.#live.settled(key);
    if (live !== undefined) return { lane: 'live', sentAt: live };
    const old = this.#backfill.settled(key);
    return old === undefined ? undefined : { lane: 'backfill', sentAt: old };
  }

  /** Nothing that was under way can be relied on. */
  disconnected(): void {
    this.#live.clear();
    this.#backfill.clear();
    this.#emptyUntil = { live: 0, counts: 0, backfill: 0 };
  }

  /** How long nothing can change by itself. */
  waitMs(now: number): number {
    const instants = [this.#live.expiresAt(), this.#backfill.expiresAt(), ...Object.values(this.#emptyUntil)];
    const waits = instants.flatMap((at) => (at !== undefined && at > now ? at - now : []));
    const share = this.#share.waitMs(now);
    return Math.max(1, Math.min(this.#limits.lookAgainMs, share > 0 ? share : Infinity, ...waits));
  }

  get state() {
    return { live: this.#live.state, backfill: this.#backfill.state };
  }

  #expire(now: number): void {
    if (this.#live.expire(now) + this.#backfill.expire(now) === 0) return;
    // A receipt that stays out may have no room to say more: the oldest are what it can always speak of.
    this.#oldestFirstUntil = now + this.#limits.backfill.holdMs;
    this.stir();
  }

  #of(lane: Lane): Window {
    return lane === 'live' ? this.#live : this.#backfill;
  }

  #other(lane: Lane): Window {
    return lane === 'live' ? this.#backfill : this.#live;
  }
}
