import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  common,
  fromMultirange,
  missingUpTo,
  type Ranges,
  sizeOf,
  toMultirange,
  union,
  withoutHoles,
} from './ranges.ts';

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 50 });

function rangesOf(list: Iterable<number>): Ranges {
  const out: [number, number][] = [];
  for (const number of [...list].toSorted((a, b) => a - b)) {
    const end = out.at(-1);
    if (end && end[1] === number - 1) end[1] = number;
    else out.push([number, number]);
  }
  return out;
}

const everyNumber = Array.from({ length: 62 }, (_, i) => i + 1);

describe('ranges stand for sets', () => {
  it('union', () =>
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(union(rangesOf(a), rangesOf(b))).toEqual(rangesOf(new Set([...a, ...b])));
      }),
    ));

  it('union leaves what it was given', () => {
    const [a, b]: Ranges[] = [[[1, 2]], [[3, 4]]];
    expect(union(a ?? [], b ?? [])).toEqual([[1, 4]]);
    expect(a).toEqual([[1, 2]]);
  });

  it('what both have', () =>
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const both = common(rangesOf(a), rangesOf(b));
        expect(rangesOf(a.filter((n) => b.includes(n)))).toEqual(union([], both));
        expect(sizeOf(both)).toBe(a.filter((n) => b.includes(n)).length);
      }),
    ));

  it('what is missing', () =>
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 61 }), (a, end) => {
        expect(missingUpTo(rangesOf(a), end)).toEqual(
          rangesOf(everyNumber.filter((n) => n <= end && !a.includes(n))),
        );
      }),
    ));

  it('a batch without its holes', () => {
    expect(withoutHoles(3, 9)).toEqual([[3, 9]]);
    expect(
      withoutHoles(3, 9, [
        [4, 5],
        [8, 8],
      ]),
    ).toEqual([
      [3, 3],
      [6, 7],
      [9, 9],
    ]);
  });

  it('as the database writes them, and back', () =>
    fc.assert(
      fc.property(numbers, (a) => {
        expect(fromMultirange(toMultirange(rangesOf(a)))).toEqual(rangesOf(a));
      }),
    ));

  it('reads what PostgreSQL prints', () => {
    expect(fromMultirange('{}')).toEqual([]);
    expect(fromMultirange('{[1,5),[7,8)}')).toEqual([
      [1, 4],
      [7, 7],
    ]);
    expect(toMultirange([[1, 4]])).toBe('{[1,5)}');
  });
});
