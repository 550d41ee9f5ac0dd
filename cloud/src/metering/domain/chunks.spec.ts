import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunksOf, type OrganisationChange } from './chunks.ts';

const change = (point: number, from = 0, to = 0, organisation = 'a'): OrganisationChange => ({
  organisation,
  point,
  from,
  to,
});
const shown = (changes: readonly OrganisationChange[]) =>
  [...chunksOf(changes)].map(
    (chunk) => `${chunk.organisation}:${chunk.changes.map(({ point }) => point).join(',')}`,
  );

it('a chunk is of one organisation, in the order of points', () => {
  expect(shown([change(2), change(1), change(9, 0, 0, 'b')])).toEqual(['a:1,2', 'b:9']);
  expect(shown([])).toEqual([]);
});

it('two ranges of one point come one after the other, the earlier first', () => {
  const chunks = [...chunksOf([change(1, 500), change(1, 100), change(2, 50)])];
  expect(chunks.map(({ changes }) => changes.map(({ point, from }) => [point, from]))).toEqual([
    [
      [1, 100],
      [2, 50],
    ],
    [[1, 500]],
  ]);
});

it('what is large goes in parts; what has no end is large', () => {
  const months = Array.from({ length: 100 }, (_, point) => change(point, 0, 30 * 86_400_000));
  expect(shown(months).length).toBe(10);
  expect(shown(months.map(({ point }) => change(point, -Infinity, Infinity))).length).toBe(34);
  expect(shown(Array.from({ length: 2_500 }, (_, point) => change(point)))).toHaveLength(3);
});

it('nothing is lost or done twice', () => {
  const any = fc.array(
    fc.record({ organisation: fc.constantFrom('a', 'b'), point: fc.nat(20), from: fc.nat(), to: fc.nat() }),
  );
  fc.assert(
    fc.property(any, (changes) => {
      const chunks = [...chunksOf(changes)];
      expect(chunks.flatMap((chunk) => chunk.changes).length).toBe(changes.length);
      expect(new Set(chunks.flatMap((chunk) => chunk.changes))).toEqual(new Set(changes));
      for (const chunk of chunks) {
        const points = chunk.changes.map(({ point }) => point);
        expect(points).toEqual([...new Set(points)].sort((a, b) => a - b));
      }
    }),
  );
});
