import { describe, expect, it } from 'vitest';
import { DEFAULT_GAP_MS, type Epoch, epochIndexAt, hasFraction, mostCounts, quantityAt } from './epoch.ts';
import { judge, type Node } from './judge.ts';
import { standingOf } from './reading.ts';

const MINUTE = 60_000;
const epoch: Epoch = {
  kind: 'installed',
  from: 0,
  opening: 0n,
  modulus: 100_000n,
  num: 10n,
  den: 1n,
  maxPerHour: 10_000n,
  gapMs: DEFAULT_GAP_MS,
};
const node = (minutes: number, count: bigint, more: Partial<Node> = {}): Node => ({
  at: minutes * MINUTE,
  count,
  standing: 'plain',
  declared: false,
  ...more,
});
const step = (before: Node, after: Node, over: Partial<Epoch> = {}) => {
  const judged = judge(before, after, { ...epoch, ...over });
  return judged.kind === 'suspect' ? judged.code : judged.kind;
};

describe('what can pass', () => {
  // 10 kW over 15 minutes with a fifth more are 3 kWh: 300 counts of 10 Wh, and three of grace.
  it('is the rating over the time, a fifth more, and three counts', () => {
    expect(mostCounts(epoch, 0n, 15 * MINUTE)).toBe(303n);
    expect(mostCounts(epoch, 0n, 0)).toBe(3n);
  });

  it('is rounded down where counts are worth a fraction', () => {
    // 12 000 Wh an hour, 4/3 Wh a count: 9 000 counts an hour, 2.5 a second.
    expect(mostCounts({ ...epoch, num: 4n, den: 3n }, 0n, 1_000)).toBe(5n);
  });

  it('grows with the steps of a float: 16 Wh from 134 217 728 Wh on', () => {
    expect(mostCounts({ ...epoch, isFloat: true }, 134_217_728n, 0)).toBe(3n + 64n);
    expect(mostCounts({ ...epoch, isFloat: true }, 1_000n, 0)).toBe(3n);
  });

  it('is anything where nobody knows', () => {
    expect(mostCounts({ ...epoch, maxPerHour: undefined }, 0n, 1)).toBeUndefined();
  });
});

describe('a count after another', () => {
  it.each([
    ['the same', 100n, 'forward'],
    ['one more', 101n, 'forward'],
    ['as much as can be', 403n, 'forward'],
    ['more than can be', 404n, 'jump'],
    ['one less', 99n, 'drop'],
    ['nothing', 0n, 'zero'],
    ['below nothing', -1n, 'drop'],
  ])('%s', (_what, count, code) => {
    expect(step(node(0, 100n), node(15, count))).toBe(code);
  });

  it('nothing is too much where nobody knows what can pass', () => {
    expect(step(node(0, 100n), node(15, 99_999n), { maxPerHour: undefined })).toBe('forward');
  });

  it('nothing that a person has declared is too much; less than was read is', () => {
    expect(step(node(0, 100n), node(1, 90_000n, { declared: true }))).toBe('forward');
    expect(step(node(0, 100n), node(1, 99n, { declared: true }))).toBe('drop');
  });

  it('of another serial number is no successor, of the same other one it is', () => {
    const other = { standing: 'swapped' } as const;
    expect(step(node(0, 100n), node(15, 101n, other))).toBe('swap');
    expect(step(node(0, 100n, other), node(15, 101n, other))).toBe('forward');
    expect(step(node(0, 100n, other), node(15, 101n))).toBe('forward');
    expect(step(node(0, 100n, { declared: true }), node(15, 101n, other))).toBe('forward');
  });
});

describe('a rollover', () => {
  it.each([
    ['near the end, and possible', 99_900n, 50n, {}, 'rollover'],
    ['exactly to nothing', 99_900n, 0n, {}, 'rollover'],
    ['the most that is possible', 99_900n, 203n, {}, 'rollover'],
    ['one count more than is possible', 99_900n, 204n, {}, 'drop'],
    ['not in the last tenth', 90_000n, 5n, { maxPerHour: 1_000_000_000n }, 'drop'],
    ['just in the last tenth', 90_001n, 5n, { maxPerHour: 1_000_000_000n }, 'rollover'],
    ['of a register that has no end', 99_900n, 50n, { modulus: undefined }, 'drop'],
    ['where nobody knows what can pass', 99_900n, 50n, { maxPerHour: undefined }, 'drop'],
    ['beyond its end already', 100_000n, 50n, {}, 'drop'],
    ['to below nothing', 99_999n, -1n, {}, 'drop'],
  ])('%s', (_what, before, after, over, code) => {
    expect(step(node(0, before), node(15, after), over)).toBe(code);
  });

  it('is possible up to a declared closing', () => {
    expect(step(node(0, 99_900n), node(15, 50n, { declared: true }))).toBe('rollover');
  });
});

it('a quantity is rounded down from its opening, also below it', () => {
  const pulses = { ...epoch, opening: 100n, num: 1n, den: 3n };
  expect([99n, 100n, 102n, 103n].map((count) => quantityAt(pulses, count))).toEqual([-1n, 0n, 0n, 1n]);
  expect([hasFraction(pulses), hasFraction(epoch)]).toEqual([true, false]);
});

it('an epoch begins with its first millisecond', () => {
  const epochs = [epoch, { ...epoch, from: 1_000 }];
  expect([-1, 0, 999, 1_000, 5_000].map((at) => epochIndexAt(epochs, at))).toEqual([-1, 0, 0, 1, 1]);
});

it('what the gateway noticed rarely decides', () => {
  expect(['good', 'drop', 'zero', 'jump', 'range'].map((q) => standingOf(q as 'good'))).toEqual(
    Array(5).fill('plain'),
  );
  expect(
    (['unsteady', 'no-value', 'swapped', 'stale', 'unverified'] as const).map((q) => standingOf(q)),
  ).toEqual(['void', 'void', 'swapped', 'weak', 'weak']);
});
