export const QUARTER_MS = 15 * 60_000;

export interface Quarter {
  /** When it begins, UTC in ms. */
  readonly at: number;
  /** Base units, exact for the line that is believed. */
  readonly quantity: bigint;
  /** How much of it stands here only because a straight line was drawn over a gap. */
  readonly estimated: bigint;
  /** Known from its beginning to its end. */
  readonly complete: boolean;
}

/** Adds up what falls into each quarter hour of a window. */
export class QuarterSums {
  readonly from: number;
  readonly to: number;
  readonly #quantity: bigint[];
  readonly #estimated: bigint[];
  /** Milliseconds of it that lie between believed readings. */
  readonly #known: Float64Array;
  readonly #touched: Uint8Array;

  constructor(from: number, to: number) {
    if (from % QUARTER_MS !== 0 || to % QUARTER_MS !== 0 || from > to)
      throw new RangeError(`${from} to ${to} is no window of whole quarter hours`);
    const length = (to - from) / QUARTER_MS;
    this.from = from;
    this.to = to;
    this.#quantity = new Array<bigint>(length).fill(0n);
    this.#estimated = new Array<bigint>(length).fill(0n);
    this.#known = new Float64Array(length);
    this.#touched = new Uint8Array(length);
  }

  /** A part of one quarter hour; what lies outside of the window is not counted. */
  add(from: number, to: number, quantity: bigint, estimated: boolean): void {
    const place = Math.floor((from - this.from) / QUARTER_MS);
    if (place < 0 || place >= this.#quantity.length || (from === to && quantity === 0n)) return;
    this.#quantity[place] = (this.#quantity[place] ?? 0n) + quantity;
    if (estimated) this.#estimated[place] = (this.#estimated[place] ?? 0n) + quantity;
    this.#known[place] = (this.#known[place] ?? 0) + (to - from);
    this.#touched[place] = 1;
  }

  list(): readonly Quarter[] {
    const quarters: Quarter[] = [];
    for (let place = 0; place < this.#quantity.length; place += 1) {
      if (this.#touched[place] === 0) continue;
      quarters.push({
        at: this.from + place * QUARTER_MS,
        quantity: this.#quantity[place] ?? 0n,
        estimated: this.#estimated[place] ?? 0n,
        complete: this.#known[place] === QUARTER_MS,
      });
    }
    return quarters;
  }
}
