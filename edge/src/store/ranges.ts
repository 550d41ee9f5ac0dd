import type { SequenceRange } from '@meterline/contracts';

/** Where a batch stands: its first and last number, and those between that stand in others (JSON). */
interface Placed {
  readonly first: number;
  readonly last: number;
  readonly holes: string | null;
}

export const holesOf = ({ holes }: Pick<Placed, 'holes'>): SequenceRange[] =>
  holes === null ? [] : (JSON.parse(holes) as SequenceRange[]);

/** Is one of the batch's own numbers in the range? */
export function touches(
  { first, last }: Pick<Placed, 'first' | 'last'>,
  holes: readonly SequenceRange[],
  [from, to]: SequenceRange,
): boolean {
  const [low, high] = [Math.max(first, from), Math.min(last, to)];
  if (low > high) return false;
  // Holes stand apart from each other: what lies in holes alone lies in one.
  return !holes.some(([start, end]) => start <= low && high <= end);
}

/** A batch's own numbers as ranges. */
export function rangesOf(meta: Placed): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  let from = meta.first;
  for (const [start, end] of holesOf(meta)) {
    ranges.push([from, start - 1]);
    from = end + 1;
  }
  ranges.push([from, meta.last]);
  return ranges;
}

/** A set of numbers as ascending, separate ranges. */
export class Ranges {
  readonly list: SequenceRange[] = [];

  constructor(ranges: readonly SequenceRange[]) {
    for (const [from, to] of ranges.filter(([a, b]) => a <= b).toSorted((a, b) => a[0] - b[0])) {
      const end = this.list.at(-1);
      if (end && from <= end[1] + 1) end[1] = Math.max(end[1], to);
      else this.list.push([from, to]);
    }
  }

  has(number: number): boolean {
    let [low, high] = [0, this.list.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [from, to] = this.list[middle] ?? [0, 0];
      if (number < from) high = middle - 1;
      else if (number > to) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** What is missing of 1…last. */
  complement(last: number): SequenceRange[] {
    return this.without(last > 0 ? [[1, last]] : []);
  }

  /** These ranges without what is in the set. */
  without(ranges: readonly SequenceRange[]): SequenceRange[] {
    const rest: SequenceRange[] = [];
    for (const [first, last] of ranges) {
      let from = first;
      for (const [start, end] of this.list) {
        if (end < from) continue;
        if (start > last) break;
        if (start > from) rest.push([from, start - 1]);
        from = Math.max(from, end + 1);
      }
      if (from <= last) rest.push([from, last]);
    }
    return rest;
  }
}
