import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, allocateInOrder, allocateUnits } from './allocate.ts';
import { absolute } from './decimal.ts';
import { money, negate } from './money.ts';

const thb = (minor: bigint) => money(minor, 'THB');
const minors = (parts: readonly { minor: bigint }[]) => parts.map((part) => part.minor);
const byName = (amount: bigint, weights: Record<string, string>) =>
  Object.fromEntries(
    allocate(
      thb(amount),
      Object.entries(weights).map(([name, weight]) => ({ name, weight })),
      'name',
    ).map((share) => [share.name, share.amount.minor]),
  );

describe('allocation in order', () => {
  it.each([
    // 100 satang over three equal bands: 33⅓ each, the satang left goes to the first
    [100n, ['1', '1', '1'], [34n, 33n, 33n]],
    // 200: 66⅔ each, two are left: the first two
    [200n, ['1', '1', '1'], [67n, 67n, 66n]],
    // 10 over 0.5 : 0.25 : 0.25 is 5, 2.5, 2.5
    [10n, ['0.5', '0.25', '0.25'], [5n, 3n, 2n]],
    // the larger fraction wins before the order does: 1.1, 1.9
    [3n, ['11', '19'], [1n, 2n]],
    [-100n, ['1', '1', '1'], [-34n, -33n, -33n]],
    [100n, ['0', '1', '0'], [0n, 100n, 0n]],
    [1n, ['0', '1', '1'], [0n, 1n, 0n]],
    [0n, ['3', '4'], [0n, 0n]],
    [0n, ['0', '0'], [0n, 0n]],
    [0n, [], []],
    [7n, ['12345678901234567890.123456789'], [7n]],
  ])('%s over %o', (amount, weights, expected) => {
    expect(minors(allocateInOrder(thb(amount), weights))).toEqual(expected);
  });

  it('keeps the currency', () => {
    expect(allocateInOrder(money(5n, 'IDR'), ['1', '1'])).toEqual([money(3n, 'IDR'), money(2n, 'IDR')]);
  });
});

describe('allocation by name', () => {
  it.each([
    [100n, { c: '1', a: '1', b: '1' }, { c: 33n, a: 34n, b: 33n }],
    [200n, { c: '1', a: '1', b: '1' }, { c: 66n, a: 67n, b: 67n }],
    // rooms are names, not numbers: "10" comes before "9"
    [1n, { '9': '1', '10': '1' }, { '9': 0n, '10': 1n }],
    [1n, { ก: '1', Z: '1' }, { ก: 0n, Z: 1n }],
    [-100n, { b: '1', a: '2' }, { b: -33n, a: -67n }],
  ])('%s over %o', (amount, weights, expected) => {
    expect(byName(amount, weights)).toEqual(expected);
  });

  it('gives the shares back in the order in which they came', () => {
    const shares = allocate(
      thb(3n),
      [
        { name: 'b', weight: 1n },
        { name: 'a', weight: 2n },
      ],
      'name',
    );
    expect(shares.map((share) => share.name)).toEqual(['b', 'a']);
  });

  it('refuses two shares of one name, which could not be told apart; bands may repeat', () => {
    const shares = [
      { name: 'a', weight: 1n },
      { name: 'a', weight: 1n },
    ];
    expect(() => allocate(thb(3n), shares, 'name')).toThrow('same name');
    expect(minors(allocate(thb(3n), shares, 'first').map((share) => share.amount))).toEqual([2n, 1n]);
  });
});

describe('what cannot be shared', () => {
  it.each([
    ['no shares', []],
    ['no weight', ['0', '0.00']],
  ])('an amount over %s', (_, weights) => {
    expect(() => allocateInOrder(thb(1n), weights)).toThrow('no weight above zero');
  });

  it('a negative weight', () => {
    expect(() => allocateInOrder(thb(1n), ['2', '-1'])).toThrow('a weight is negative');
  });

  it('a weight that is not a number', () => {
    expect(() => allocateInOrder(thb(1n), ['2', 'half'])).toThrow('is not a decimal number');
  });
});

describe('laws of allocation', () => {
  const weight = fc
    .tuple(fc.nat({ max: 10 ** 9 }), fc.nat({ max: 999 }))
    .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(3, '0')}`);
  const weights = fc
    .array(fc.oneof(weight, fc.constant('0')), { minLength: 1, maxLength: 30 })
    .filter((list) => list.some((w) => Number(w) > 0));
  const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
  const thousandths = (w: string) => BigInt(w.includes('.') ? w.replace('.', '') : `${w}000`);

  it('property: the shares sum to the amount, exactly', () => {
    fc.assert(
      fc.property(amount, weights, (total, list) => {
        const parts = minors(allocateInOrder(thb(total), list));
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
      }),
    );
  });

  it('property: each share is less than one unit from its exact value', () => {
    fc.assert(
      fc.property(amount, weights, (total, list) => {
        const all = list.map(thousandths).reduce((a, b) => a + b, 0n);
        minors(allocateInOrder(thb(total), list)).forEach((part, index) => {
          const exactTimesAll = total * thousandths(list[index] ?? '0');
          expect(absolute(part * all - exactTimesAll)).toBeLessThan(all);
        });
      }),
    );
  });

  it('property: nothing goes to a weight of zero, and a larger weight never gets less', () => {
    fc.assert(
      fc.property(amount, weights, (total, list) => {
        const parts = minors(allocateInOrder(thb(total), list)).map(absolute);
        list.forEach((w, i) => {
          if (Number(w) === 0) expect(parts[i]).toBe(0n);
          list.forEach((v, j) => {
            if (thousandths(w) > thousandths(v))
              expect(parts[i] ?? 0n).toBeGreaterThanOrEqual(parts[j] ?? 0n);
          });
        });
      }),
    );
  });

  it('property: a credit undoes the charge share by share', () => {
    fc.assert(
      fc.property(amount, weights, (total, list) => {
        const charged = allocateInOrder(thb(total), list);
        expect(allocateInOrder(thb(-total), list)).toEqual(charged.map(negate));
      }),
    );
  });

  it('property: with ties by name, the order of the shares does not matter', () => {
    const shares = weights.chain((list) =>
      fc.tuple(
        fc.constant(list.map((w, i) => ({ name: `room ${i}`, weight: w }))),
        fc.shuffledSubarray(
          list.map((_, i) => i),
          { minLength: list.length },
        ),
      ),
    );
    fc.assert(
      fc.property(amount, shares, (total, [list, permutation]) => {
        const shuffled = permutation.flatMap((index) => list[index] ?? []);
        const sorted = (parts: ReturnType<typeof allocate>) =>
          parts.map((p) => `${p.name}=${p.amount.minor}`).sort();
        expect(sorted(allocate(thb(total), shuffled, 'name'))).toEqual(
          sorted(allocate(thb(total), list, 'name')),
        );
      }),
    );
  });

  it('property: with ties to the first, a permutation keeps the multiset of shares', () => {
    fc.assert(
      fc.property(amount, weights, (total, list) => {
        const sorted = (parts: readonly bigint[]) => parts.map(String).sort();
        const reversed = minors(allocateInOrder(thb(total), list.toReversed()));
        expect(sorted(reversed)).toEqual(sorted(minors(allocateInOrder(thb(total), list))));
      }),
    );
  });

  it('property: only the proportion of the weights counts', () => {
    fc.assert(
      fc.property(amount, weights, fc.integer({ min: 1, max: 1000 }), (total, list, factor) => {
        const scaled = list.map((w) => thousandths(w) * BigInt(factor));
        expect(minors(allocateInOrder(thb(total), scaled))).toEqual(
          minors(allocateInOrder(thb(total), list)),
        );
      }),
    );
  });

  it('shares whole units of anything', () => {
    expect(allocateUnits(10n, [1n, 1n, 1n], [2, 1, 0])).toEqual([3n, 3n, 4n]);
  });
});
