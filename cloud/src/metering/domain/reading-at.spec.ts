import { describe, expect, it } from 'vitest';
import type { Epoch } from './epoch.ts';
import type { CountReading } from './reading.ts';
import { readingAt } from './reading-at.ts';

const epoch: Epoch = {
  kind: 'installed',
  from: 0,
  opening: 5n,
  modulus: 1_000n,
  num: 1n,
  den: 1n,
  gapMs: 100,
};
const read = (...pairs: [number, bigint][]): CountReading[] =>
  pairs.map(([at, count]) => ({ at, count, quality: 'good' }));
const shown = (at: number, readings: CountReading[], epochs: Epoch[] = [epoch], known = [] as never[]) => {
  const { method, count } = readingAt(at, readings, epochs, known);
  return `${method} ${count}`;
};

describe('what a register stood at', () => {
  it.each([
    ['as it was read', 100, read([100, 50n], [200, 60n]), 'exact 50'],
    ['on the line between two readings, rounded down', 150, read([100, 50n], [200, 61n]), 'interpolated 55'],
    ['the same before and after', 150, read([100, 50n], [200, 50n]), 'exact 50'],
    ['from its opening on', 50, read([100, 15n]), 'interpolated 10'],
    ['the last, where nothing came after', 300, read([100, 50n]), 'nearest 50'],
    ['over its end', 150, read([100, 990n], [200, 10n]), 'interpolated 0'],
    ['no line over a break', 150, read([100, 500n], [200, 10n]), 'nearest 500'],
    ['nothing before anything', -1, read([100, 50n]), 'none undefined'],
  ])('%s', (_what, at, readings, expected) => expect(shown(at, readings)).toBe(expected));

  it('up to the closing that a person noted, and from the opening after it', () => {
    const reset = { ...epoch, kind: 'reset' as const, from: 200, opening: 0n, closing: 70n };
    const readings = read([100, 50n], [300, 20n]);
    expect(shown(150, readings, [epoch, reset])).toBe('interpolated 60');
    expect(shown(200, readings, [epoch, reset])).toBe('exact 0');
    expect(shown(250, readings, [epoch, reset])).toBe('interpolated 10');
    expect(shown(150, readings, [epoch, { ...reset, closing: undefined }])).toBe('nearest 50');
  });

  it('by nothing that was left out', () => {
    const glitch = { since: 100, from: 140, until: 200, resumes: 200 };
    const readings = read([100, 50n], [140, 0n], [200, 60n]);
    expect(readingAt(150, readings, [epoch], [glitch])).toMatchObject({
      method: 'interpolated',
      count: 55n,
      before: { at: 100 },
      after: { at: 200 },
    });
  });
});
