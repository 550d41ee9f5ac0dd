import { describe, expect, it } from 'vitest';
import { lossOf, type MeteredHour, usualPpm } from './loss.ts';

const hour = (quantity: bigint, more: Partial<MeteredHour> = {}): MeteredHour => ({
  quantity,
  estimated: 0n,
  complete: true,
  ...more,
});
const part = (hour: MeteredHour | undefined, ppm = usualPpm('Wh')) => ({ hour, ppm: BigInt(ppm) });
const loss = (main: MeteredHour | undefined, ...subs: (MeteredHour | undefined)[]) =>
  lossOf(
    0,
    [part(main)],
    subs.map((hour) => part(hour)),
  );

describe('what a main meter counts and its sub-meters do not', () => {
  // 1 % of 10 000, 6 000 and 3 900 Wh, and 0.5555 % for ten seconds at either end: 155.5 + 93.3 + 60.6, each rounded up.
  it('is explained within the band', () => {
    expect(loss(hour(10_000n), hour(6_000n), hour(3_900n))).toEqual({
      at: 0,
      main: 10_000n,
      subs: 9_900n,
      loss: 100n,
      band: 311n,
      missing: 0,
      complete: true,
      verdict: 'explained',
    });
  });

  it('is a loss beyond it, a gain on the other side', () => {
    expect(loss(hour(10_000n), hour(6_000n), hour(3_000n)).verdict).toBe('loss');
    expect(loss(hour(9_000n), hour(6_000n), hour(3_900n)).verdict).toBe('gain');
  });

  it('may be anything as far as it was drawn over a gap', () => {
    const drawn = loss(hour(10_000n), hour(6_000n), hour(3_000n, { estimated: 1_000n }));
    expect(drawn.verdict).toBe('explained');
    expect(drawn.band).toBe(297n + 1_000n);
  });

  it.each([
    ['a quarter of a room', [hour(10_000n), hour(3_000n, { complete: false })]],
    ['a room', [hour(10_000n), undefined]],
    ['the main meter', [undefined, hour(10_000n)]],
  ] as const)('says nothing while %s is missing', (_what, [main, sub]) => {
    expect(loss(main, sub)).toMatchObject({ complete: false, verdict: 'unknown' });
  });

  it('of nothing is nothing', () => {
    expect(loss(hour(0n), hour(0n))).toMatchObject({ loss: 0n, band: 0n, verdict: 'explained' });
    expect(loss(hour(1n))).toMatchObject({ loss: 1n, band: 1n, verdict: 'explained' });
  });

  it('of a main meter of which nothing is known is not known, and no zero', () => {
    expect(loss(undefined, hour(100n))).toMatchObject({
      main: null,
      subs: 100n,
      loss: null,
      band: null,
      missing: 1,
    });
    expect(loss(hour(100n), undefined, hour(40n))).toMatchObject({
      main: 100n,
      subs: 40n,
      loss: null,
      missing: 1,
    });
    expect(loss(hour(100n), undefined)).toMatchObject({ subs: null, loss: null });
    expect(lossOf(0, [], [])).toMatchObject({ main: null, loss: null, verdict: 'unknown' });
  });

  it('adds up what a main meter counts in several registers', () => {
    const both = lossOf(0, [part(hour(600n)), part(hour(400n))], [part(hour(900n))]);
    expect(both).toMatchObject({ main: 1_000n, loss: 100n, verdict: 'loss' });
    expect(lossOf(0, [part(hour(600n)), part(undefined)], [])).toMatchObject({ main: null, missing: 1 });
  });

  // 10 000 Wh at 0.2 % and 9 900 at 2 %, and 0.5555 % for clocks: 75.6 + 253.0, each rounded up.
  it('is judged by the class of each meter', () => {
    const exact = lossOf(0, [part(hour(10_000n), 2_000)], [part(hour(9_900n), 20_000)]);
    expect(exact).toMatchObject({ loss: 100n, band: 329n, verdict: 'explained' });
  });
});
