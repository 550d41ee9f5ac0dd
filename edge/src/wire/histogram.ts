/** Four buckets an octave from 1 µs to 2^32 µs: quantiles within 19 %, in fixed memory. */
const PER_OCTAVE = 4;
const BUCKETS = 32 * PER_OCTAVE;
/** When this many have been counted all counts are halved, so that the recent past decides. */
const HALVE_AT = 8192;

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  add(us: number): void {
    const bucket = us <= 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log2(us) * PER_OCTAVE));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    if (++this.#total >= HALVE_AT) this.#halve();
  }

  /** The upper edge of the bucket that holds the quantile; 0 while nothing was counted. */
  quantileUs(share: number): number {
    if (this.#total === 0) return 0;
    let left = Math.ceil(share * this.#total);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] ?? 0;
      if (left <= 0) return Math.round(2 ** ((bucket + 1) / PER_OCTAVE));
    }
    return 2 ** 32;
  }

  #halve(): void {
    this.#total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const half = (this.#counts[bucket] ?? 0) >>> 1;
      this.#counts[bucket] = half;
      this.#total += half;
    }
  }
}
