import { describe, expect, it } from 'vitest';
import { fromBuddhistYear, toBuddhistYear } from './buddhist-era.ts';

describe('Buddhist era', () => {
  it.each([
    [2026, 2569],
    [2000, 2543],
    [1941, 2484],
  ])('%i is %i', (western, thai) => {
    expect(toBuddhistYear(western)).toBe(thai);
    expect(fromBuddhistYear(thai)).toBe(western);
  });

  it('every supported year comes back', () => {
    for (let year = 1941; year <= 9456; year += 1) expect(fromBuddhistYear(toBuddhistYear(year))).toBe(year);
  });

  it.each([1940, 0, -1, 2026.5, Number.NaN, Number.POSITIVE_INFINITY, 9457])('%d is refused', (year) => {
    expect(() => toBuddhistYear(year)).toThrow('cannot be converted');
  });

  it.each([2483, 2026, 10_000, 2569.5])(
    '%d B.E. is refused: a western year typed by habit is not 1483',
    (year) => {
      expect(() => fromBuddhistYear(year)).toThrow(`${year} cannot be converted`);
    },
  );
});
