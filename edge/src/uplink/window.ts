export interface WindowLimits {
  /** Batches that may be without receipt at one time. */
  readonly most: number;
  /** Their bytes; a single larger batch may go alone. */
  readonly bytes: number;
  /** Bytes that the broker has not yet acknowledged: what stands in the line before a fresh batch. */
  readonly unacknowledged: number;
  /** A batch without a receipt for this long holds its place no more: the journal sends it again in its own time. */
  readonly holdMs: number;
}

interface Slot {
  readonly bytes: number;
  readonly sentAt: number;
  acknowledged: boolean;
}

const BEGIN = 4;

/**
 * How much may be under way. It opens with each receipt and halves when receipts stay out, so that a hub that is
 * away behind a broker that is there costs a trickle and not the mobile data of the month.
 */
export class Window {
  readonly #limits: WindowLimits;
  readonly #slots = new Map<string, Slot>();
  #size: number;
  #bytes = 0;
  #unacknowledged = 0;
  #largest = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#size = Math.min(BEGIN, limits.most);
  }

  /** Batches that may be asked for now, so that even the largest seen would fit; 0: wait. */
  room(): number {
    const { bytes, unacknowledged } = this.#limits;
    const places = Math.floor(this.#size) - this.#slots.size;
    const free = Math.min(bytes - this.#bytes, unacknowledged - this.#unacknowledged);
    if (places <= 0 || free <= 0) return 0;
    // Until a size is known, one at a time.
    return Math.min(places, this.#largest === 0 ? 1 : Math.max(1, Math.floor(free / this.#largest)));
  }

  /** Bytes of the largest batch so far; 0 before the first. */
  get largest(): number {
    return this.#largest;
  }

  depart(key: string, bytes: number, now: number): void {
    this.#leave(key);
    this.#slots.set(key, { bytes, sentAt: now, acknowledged: false });
    this.#bytes += bytes;
    this.#unacknowledged += bytes;
    this.#largest = Math.max(this.#largest, bytes);
  }

  /** The broker has it. That is no receipt. */
  acknowledged(key: string): void {
    const slot = this.#slots.get(key);
    if (!slot || slot.acknowledged) return;
    slot.acknowledged = true;
    this.#unacknowledged -= slot.bytes;
  }

  /** Receipted, or refused with a reason. Returns when it was sent, if it was under way here. */
  settled(key: string): number | undefined {
    const slot = this.#leave(key);
    if (slot) this.#size = Math.min(this.#limits.most, this.#size + 1);
    return slot?.sentAt;
  }

  /** It goes another way now. */
  forget(key: string): void {
    this.#leave(key);
  }

  expire(now: number): number {
    let expired = 0;
    for (const [key, { sentAt }] of this.#slots) {
      if (now - sentAt < this.#limits.holdMs) continue;
      this.#leave(key);
      expired += 1;
    }
    // Once for all that were sent together: they tell the same story.
    if (expired > 0) this.#size = Math.max(1, this.#size / 2);
    return expired;
  }

  /** When the next one will have waited too long. */
  expiresAt(): number | undefined {
    const [first] = this.#slots.values();
    return first && first.sentAt + this.#limits.holdMs;
  }

  /** The connection is gone, and what was on it may be too. */
  clear(): void {
    this.#slots.clear();
    this.#bytes = 0;
    this.#unacknowledged = 0;
    this.#size = Math.min(BEGIN, this.#limits.most);
  }

  get state(): { count: number; bytes: number; unacknowledged: number; size: number } {
    const { size: count } = this.#slots;
    return { count, bytes: this.#bytes, unacknowledged: this.#unacknowledged, size: this.#size };
  }

  #leave(key: string): Slot | undefined {
    const slot = this.#slots.get(key);
    if (!slot) return undefined;
    this.#slots.delete(key);
    this.#bytes -= slot.bytes;
    if (!slot.acknowledged) this.#unacknowledged -= slot.bytes;
    return slot;
  }
}
