import type { SequenceRange } from '@meterline/contracts';

/** Sequences as ranges: ascending, apart from each other, both ends belonging. Never as a list: one may name a million. */
export type Ranges = readonly SequenceRange[];

/** Index of the first range that ends at `from` or behind it. */
function firstEndingAt(ranges: Ranges, from: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.[1] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both together. `added` is usually one range at the end of the others, which costs nothing. */
export function union(ranges: Ranges, added: Ranges): Ranges {
  const [head] = added;
  if (head === undefined) return ranges;
  // What ends before the first added one, and does not touch it, stays as it is.
  const kept = firstEndingAt(ranges, head[0] - 1);
  const out: [number, number][] = ranges.slice(0, kept).map(([from, to]) => [from, to]);
  let [i, j] = [kept, 0];
  while (i < ranges.length || j < added.length) {
    const [a, b] = [ranges[i], added[j]];
    const takeFirst = b === undefined || (a !== undefined && a[0] <= b[0]);
    const next = takeFirst ? a : b;
    if (takeFirst) i += 1;
    else j += 1;
    if (next === undefined) continue;
    const end = out.at(-1);
    if (end && next[0] <= end[1] + 1) end[1] = Math.max(end[1], next[1]);
    else out.push([next[0], next[1]]);
  }
  return out;
}

/** What of `asked` is in `ranges`. */
export function common(ranges: Ranges, asked: Ranges): Ranges {
  const out: SequenceRange[] = [];
  for (const [from, to] of asked) {
    for (let i = firstEndingAt(ranges, from); i < ranges.length; i += 1) {
      const [start, end] = ranges[i] ?? [0, 0];
      if (start > to) break;
      out.push([Math.max(start, from), Math.min(end, to)]);
    }
  }
  return out;
}

/** What of 1…`end` is in none of them. */
export function missingUpTo(ranges: Ranges, end: number): Ranges {
  const out: SequenceRange[] = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (next > end) return out;
    if (from > next) out.push([next, Math.min(from - 1, end)]);
    next = Math.max(next, to + 1);
  }
  if (next <= end) out.push([next, end]);
  return out;
}

export const sizeOf = (ranges: Ranges): number => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

/** The sequences of a batch: first…last without the holes. */
export function withoutHoles(first: number, last: number, holes: Ranges = []): Ranges {
  const out: SequenceRange[] = [];
  let next = first;
  for (const [from, to] of holes) {
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) out.push([next, last]);
  return out;
}

/** As PostgreSQL writes an int8multirange: half-open. */
export const toMultirange = (ranges: Ranges): string =>
  `{${ranges.map(([from, to]) => `[${from},${to + 1})`).join(',')}}`;

/** And reads it: its canonical form, `{[1,5),[7,8)}`. */
export function fromMultirange(text: string): Ranges {
  const out: SequenceRange[] = [];
  for (const [, from, to] of text.matchAll(/\[(\d+),(\d+)\)/g)) out.push([Number(from), Number(to) - 1]);
  return out;
}
