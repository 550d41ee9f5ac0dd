import { GAUGE_UNITS, QUANTITY_UNITS } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from './errors.ts';
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  multiplyRatio,
  parseQuantity,
  quantity,
  quantitySince,
  ratio,
  ratioFromResolution,
  subtractQuantity,
  sumQuantity,
  UNITS,
  type Unit,
} from './quantity.ts';

const units = Object.keys(UNITS) as Unit[];
const amount = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
  return 'nothing was thrown';
}

it('knows every unit in which gateways send: gauges, then what counts are worth', () => {
  const gauges = ['mV', 'mA', 'mW', 'mVA', 'mvar', 'mHz', '1e-4', 'mL/h', 'm°C'];
  expect(units.toSorted()).toEqual([...gauges, 'Wh', 'varh', 'VAh', 'mL', 'pulse'].toSorted());
});

describe('quantities as text', () => {
  it.each([
    ['123.456', 'Wh', 123456n],
    ['123.4', 'Wh', 123400n],
    ['123', 'Wh', 123000n],
    ['-0.001', 'Wh', -1n],
    ['12.345678', 'mL', 12345678n],
    ['230.1', 'mV', 230100n],
    ['0.9876', '1e-4', 9876n],
    ['-0.5', '1e-4', -5000n],
    ['1.5', 'VAh', 1500n],
    ['12', 'pulse', 12n],
    ['0.023', 'mVA', 23000n],
    ['-0.000001', 'mvar', -1n],
    ['-12.5', 'm°C', -12500n],
    ['50.02', 'mHz', 50020n],
  ] as const)('reads %s of %s', (text, unit, expected) => {
    expect(parseQuantity(text, unit)).toEqual({ amount: expected, unit });
  });

  it.each([
    ['0.0001', 'Wh'],
    ['0.0000001', 'mL'],
    ['0.98765', '1e-4'],
    ['0.5', 'pulse'],
    ['0.0001', 'm°C'],
    ['1,5', 'Wh'],
    ['', 'Wh'],
    ['1e3', 'Wh'],
    ['12 kWh', 'Wh'],
    ['NaN', 'Wh'],
    ['1'.repeat(31), 'Wh'],
  ] as const)('refuses "%s" of %s', (text, unit) => {
    expect(codeOf(() => parseQuantity(text, unit))).toBe('quantity_malformed');
  });

  it.each([
    [1234n, 'Wh', '1.234'],
    [-1n, 'Wh', '-0.001'],
    [1n, 'mL', '0.000001'],
    [1_000_000n, 'mL', '1.000000'],
    [0n, '1e-4', '0.0000'],
    [12n, 'pulse', '12'],
    [25_125n, 'm°C', '25.125'],
  ] as const)('writes %s %s', (value, unit, expected) => {
    expect(formatQuantity(quantity(value, unit))).toBe(expected);
  });

  it('property: text and back is the same quantity, in every unit', () => {
    fc.assert(
      fc.property(amount, fc.constantFrom(...units), (value, unit) => {
        expect(parseQuantity(formatQuantity(quantity(value, unit)), unit)).toEqual(quantity(value, unit));
      }),
    );
  });
});

describe('quantity arithmetic', () => {
  it.each([addQuantity, subtractQuantity, compareQuantity])('never mixes units (%o)', (operation) => {
    expect(codeOf(() => operation(quantity(1n, 'Wh'), quantity(1n, 'mL')))).toBe('quantity_unit_mismatch');
  });

  it.each([
    [1n, 2n, -1],
    [2n, 1n, 1],
    [2n, 2n, 0],
  ])('compare(%s, %s) is %i', (a, b, expected) => {
    expect(compareQuantity(quantity(a, 'Wh'), quantity(b, 'Wh'))).toBe(expected);
  });

  it('sums, and an empty sum is zero of its unit', () => {
    expect(sumQuantity('mL', [])).toEqual(quantity(0n, 'mL'));
    expect(sumQuantity('Wh', [quantity(5n, 'Wh'), quantity(-7n, 'Wh')])).toEqual(quantity(-2n, 'Wh'));
    expect(codeOf(() => sumQuantity('Wh', [quantity(1n, 'mL')]))).toBe('quantity_unit_mismatch');
  });

  it('property: adding and taking away again changes nothing', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const [x, y] = [quantity(a, 'Wh'), quantity(b, 'Wh')];
        expect(subtractQuantity(addQuantity(x, y), y)).toEqual(x);
        expect(addQuantity(x, y)).toEqual(addQuantity(y, x));
      }),
    );
  });
});

describe('ratios', () => {
  it.each([
    [400n, 5n, 80n, 1n],
    [1000n, 1600n, 5n, 8n],
    [1n, 1n, 1n, 1n],
  ])('%s/%s is kept as %s/%s', (num, den, n, d) => {
    expect(ratio(num, den)).toEqual({ num: n, den: d });
  });

  it.each([
    [0n, 1n],
    [1n, 0n],
    [-1n, 1n],
    [1n, -1n],
  ])('%s/%s is refused', (num, den) => {
    expect(codeOf(() => ratio(num, den))).toBe('ratio_invalid');
  });

  it.each([
    // a display that counts 0.01 kWh counts 10 Wh
    ['0.01', 'Wh', 10n, 1n],
    ['1', 'Wh', 1000n, 1n],
    ['0.0001', 'Wh', 1n, 10n],
    ['0.001', 'mL', 1000n, 1n],
  ] as const)('a resolution of %s is %s %s/%s', (resolution, unit, num, den) => {
    expect(ratioFromResolution(resolution, unit)).toEqual({ num, den });
  });

  it('a meter behind a 400/5 transformer and a 35/0.1 kV one counts 28 000 times', () => {
    expect(multiplyRatio(ratio(400n, 5n), ratio(350n, 1n))).toEqual({ num: 28000n, den: 1n });
  });

  it.each(['0', '-0.1'])('a resolution of %s is refused', (resolution) => {
    expect(codeOf(() => ratioFromResolution(resolution, 'Wh'))).toBe('ratio_invalid');
  });
});

describe('Q(t), the quantity since an epoch began', () => {
  it.each([
    // 1600 impulses a kWh: one impulse is 5/8 Wh
    [1000n, 1001n, 5n, 8n, 0n],
    [1000n, 1002n, 5n, 8n, 1n],
    [1000n, 1008n, 5n, 8n, 5n],
    [1000n, 1000n, 5n, 8n, 0n],
    // a count below the opening (an epoch corrected downwards) floors away from zero
    [1000n, 999n, 5n, 8n, -1n],
    [0n, 2n ** 64n - 1n, 10n, 1n, (2n ** 64n - 1n) * 10n],
  ])('opening %s, count %s at %s/%s is %s', (opening, count, num, den, expected) => {
    expect(quantitySince(opening, count, ratio(num, den))).toBe(expected);
  });

  const counts = fc.array(fc.bigInt({ min: 0n, max: 2n ** 40n }), { minLength: 2, maxLength: 50 });
  const part = fc.bigInt({ min: 1n, max: 100_000n });

  it('property: differences of neighbours telescope to the whole, whatever the ratio', () => {
    fc.assert(
      fc.property(counts, part, part, (list, num, den) => {
        const opening = list[0] ?? 0n;
        const q = list.map((count) => quantitySince(opening, count, ratio(num, den)));
        const steps = q.slice(1).map((value, index) => value - (q[index] ?? 0n));
        expect(steps.reduce((a, b) => a + b, 0n)).toBe((q.at(-1) ?? 0n) - (q[0] ?? 0n));
      }),
    );
  });

  it('property: it never falls while the count rises, and is less than one unit below the exact value', () => {
    fc.assert(
      fc.property(counts, part, part, (list, num, den) => {
        const sorted = list.toSorted((a, b) => (a < b ? -1 : 1));
        const opening = sorted[0] ?? 0n;
        const r = ratio(num, den);
        let previous = 0n;
        for (const count of sorted) {
          const value = quantitySince(opening, count, r);
          const rest = r.num * (count - opening) - value * r.den;
          expect(value).toBeGreaterThanOrEqual(previous);
          expect(rest >= 0n && rest < r.den).toBe(true);
          previous = value;
        }
      }),
    );
  });
});

describe('laws of ratios', () => {
  const part = fc.bigInt({ min: 1n, max: 1_000_000n });
  const anyRatio = fc.tuple(part, part).map(([num, den]) => ratio(num, den));

  it('property: a ratio is kept in lowest terms, so that equal ones are equal', () => {
    fc.assert(
      fc.property(part, part, part, (num, den, factor) => {
        expect(ratio(num * factor, den * factor)).toEqual(ratio(num, den));
      }),
    );
  });

  it('property: multiplying is commutative and associative, and one changes nothing', () => {
    fc.assert(
      fc.property(anyRatio, anyRatio, anyRatio, (a, b, c) => {
        expect(multiplyRatio(a, b)).toEqual(multiplyRatio(b, a));
        expect(multiplyRatio(multiplyRatio(a, b), c)).toEqual(multiplyRatio(a, multiplyRatio(b, c)));
        expect(multiplyRatio(a, ratio(1n, 1n))).toEqual(a);
      }),
    );
  });

  it('property: a whole multiplier multiplies the quantity exactly', () => {
    const count = fc.bigInt({ min: 0n, max: 2n ** 48n });
    fc.assert(
      fc.property(count, count, fc.bigInt({ min: 1n, max: 10_000n }), (opening, closing, times) => {
        expect(quantitySince(opening, closing, ratio(times, 1n))).toBe((closing - opening) * times);
      }),
    );
  });

  it('property: where an epoch begins does not matter to what is used after it, to within one unit', () => {
    const count = fc.bigInt({ min: 0n, max: 2n ** 40n });
    fc.assert(
      fc.property(count, count, count, anyRatio, (openingA, openingB, later, r) => {
        const end = later + (openingA > openingB ? openingA : openingB);
        const used = (opening: bigint) =>
          quantitySince(opening, end + 100n, r) - quantitySince(opening, end, r);
        const difference = used(openingA) - used(openingB);
        expect(difference >= -1n && difference <= 1n).toBe(true);
      }),
    );
  });
});

describe('the units of gateways', () => {
  it('are those of the kernel, all of them and no others', () => {
    expect(Object.keys(UNITS).toSorted()).toEqual(
      [...QUANTITY_UNITS, ...Object.keys(GAUGE_UNITS)].toSorted(),
    );
  });

  // How much larger the unit that the hub shows is than the one that the gateway shows.
  const LARGER: Readonly<Record<string, number>> = {
    'L/h in m³/h': 1_000,
    'W in kW': 1_000,
    'VA in kVA': 1_000,
    'var in kvar': 1_000,
  };

  it.each(Object.entries(GAUGE_UNITS))('%s is worth the same on both sides', (unit, { of, factor }) => {
    const { display, decimals } = UNITS[unit as keyof typeof GAUGE_UNITS];
    const larger = display === of ? 1 : LARGER[`${of} in ${display}`];
    expect(10 ** decimals).toBe(factor * (larger ?? Number.NaN));
  });
});
