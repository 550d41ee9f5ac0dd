import type { Mapping } from './mapping.ts';

interface Said {
  readonly point: string;
  /** UTC in ms. */
  readonly at: number;
  readonly opening?: boolean | undefined;
}

/** May a line of such a file be an opening? */
export const hasOpenings = ({ opening, columns, values }: Mapping): boolean =>
  opening || columns.opening !== undefined || values.some((value) => value.opening === true);

/** A meter begins once: a history of it is said to be its opening as a whole, and its earliest reading is. */
export class Openings {
  readonly #first = new Map<string, number>();
  #others = 0;

  /** Readings that were said to be openings, and are not the first of their meter. */
  get others(): number {
    return this.#others;
  }

  add({ point, at, opening }: Said): void {
    if (opening !== true) return;
    const first = this.#first.get(point);
    if (first !== undefined && first !== at) this.#others += 1;
    if (first === undefined || at < first) this.#first.set(point, at);
  }

  /** The same reading, an opening only if none of its meter is earlier. */
  settled<T extends Said>(reading: T): T {
    if (reading.opening !== true || this.#first.get(reading.point) === reading.at) return reading;
    return { ...reading, opening: false };
  }
}
