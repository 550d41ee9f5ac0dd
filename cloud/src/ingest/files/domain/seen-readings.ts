const FIRST_CAPACITY = 1 << 12;
const FULL = 0.6;

/**
 * Which reading of which point stood on which line: exact, and 28 bytes for each of a million, where a map of objects
 * would take a hundred.
 */
export class SeenReadings {
  readonly #points = new Map<string, number>();
  #capacity = FIRST_CAPACITY;
  #size = 0;
  #times = new Float64Array(FIRST_CAPACITY);
  #owners = new Int32Array(FIRST_CAPACITY);
  #counts = new BigInt64Array(FIRST_CAPACITY);
  /** 0: the place is empty. */
  #lines = new Int32Array(FIRST_CAPACITY);

  get size(): number {
    return this.#size;
  }

  /** The line of the same point and time, and whether it said the same; undefined: this is the first. */
  add(point: string, at: number, count: bigint, line: number): { line: number; same: boolean } | undefined {
    const owner = this.#ownerOf(point);
    const place = this.#placeOf(owner, at);
    const there = this.#lines[place] ?? 0;
    if (there !== 0) return { line: there, same: this.#counts[place] === count };
    this.#times[place] = at;
    this.#owners[place] = owner;
    this.#counts[place] = count;
    this.#lines[place] = line;
    this.#size += 1;
    if (this.#size > this.#capacity * FULL) this.#grow();
    return undefined;
  }

  #ownerOf(point: string): number {
    const known = this.#points.get(point);
    if (known !== undefined) return known;
    this.#points.set(point, this.#points.size);
    return this.#points.size - 1;
  }

  /** Open addressing: where it is, or where it belongs. */
  #placeOf(owner: number, at: number): number {
    const mask = this.#capacity - 1;
    const mixed =
      Math.imul(owner + 1, 0x9e3779b1) ^ Math.imul(Math.floor(at / 1000), 0x85ebca6b) ^ (at % 1000);
    let place = (mixed ^ (mixed >>> 15)) & mask;
    while (this.#lines[place] !== 0 && (this.#owners[place] !== owner || this.#times[place] !== at))
      place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const [times, owners, counts, lines] = [this.#times, this.#owners, this.#counts, this.#lines];
    this.#capacity *= 2;
    this.#times = new Float64Array(this.#capacity);
    this.#owners = new Int32Array(this.#capacity);
    this.#counts = new BigInt64Array(this.#capacity);
    this.#lines = new Int32Array(this.#capacity);
    for (const [old, line] of lines.entries()) {
      if (line === 0) continue;
      const place = this.#placeOf(owners[old] ?? 0, times[old] ?? 0);
      this.#times[place] = times[old] ?? 0;
      this.#owners[place] = owners[old] ?? 0;
      this.#counts[place] = counts[old] ?? 0n;
      this.#lines[place] = line;
    }
  }
}
