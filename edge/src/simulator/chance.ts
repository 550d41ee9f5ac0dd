/** Randomness that is a function of what it is asked for: the same question has the same answer, whenever it is asked. */
export type Key = number;

/** Of a text: which room, which consumer. FNV-1a. */
export function keyOf(text: string): Key {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Of several keys, in their order. The finaliser of MurmurHash3 after each. */
export function mixed(...keys: readonly Key[]): Key {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    // Keys may be times in ms, beyond 32 bits.
    hash = finish(hash ^ (key >>> 0)) ^ Math.trunc(key / 0x1_0000_0000);
  }
  return finish(hash);
}

function finish(value: number): number {
  let hash = value;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** From 0 up to, not including, 1. */
export const share = (...keys: readonly Key[]): number => mixed(...keys) / 0x1_0000_0000;

/** From −1 up to 1. */
export const swing = (...keys: readonly Key[]): number => 2 * share(...keys) - 1;

/** A row of numbers that belongs to a key. */
export class Dice {
  readonly #key: Key;
  #thrown = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  share(): number {
    this.#thrown += 1;
    return finish(this.#key ^ Math.imul(this.#thrown, 0x9e3779b9)) / 0x1_0000_0000;
  }

  /** Whole numbers from … to, ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.share() * (to - from + 1));
  }

  happens(probability: number): boolean {
    return this.share() < probability;
  }
}
