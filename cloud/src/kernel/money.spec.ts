import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAppError } from './errors.ts';
import {
  add,
  CURRENCY_EXPONENTS,
  type Currency,
  compare,
  displayMoney,
  equals,
  exponentOf,
  formatMoney,
  isCurrency,
  isNegative,
  isZero,
  type Money,
  money,
  moneyFromDecimal,
  multiply,
  negate,
  parseMoney,
  subtract,
  sum,
  zero,
} from './money.ts';

const codes = Object.keys(CURRENCY_EXPONENTS) as Currency[];
const currency = fc.constantFrom(...codes);
const minor = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const amount = fc.tuple(minor, currency).map(([m, c]) => money(m, c));
const baht = (text: string) => parseMoney(text, 'THB');

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
  return 'nothing was thrown';
}

describe('money', () => {
  it.each([
    ['THB', 2],
    ['IDR', 0],
    ['USD', 2],
    ['EUR', 2],
    ['JPY', 0],
  ] as const)('%s has %i decimals', (code, exponent) => {
    expect(exponentOf(code)).toBe(exponent);
  });

  it.each(['XXX', 'thb', '', 'constructor', '__proto__'])('"%s" is no currency', (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(codeOf(() => money(1n, code))).toBe('money_unknown_currency');
  });

  it.each([add, subtract, compare])('refuses to combine two currencies (%o)', (operation) => {
    expect(codeOf(() => operation(money(1n, 'THB'), money(1n, 'IDR')))).toBe('money_currency_mismatch');
  });

  it('a sum of foreign money is refused, an empty sum is zero of its currency', () => {
    expect(sum('THB', [])).toEqual(zero('THB'));
    expect(codeOf(() => sum('THB', [money(1n, 'USD')]))).toBe('money_currency_mismatch');
    expect(sum('THB', [baht('1.10'), baht('2.20'), baht('-0.05')])).toEqual(baht('3.25'));
  });

  it('amounts of different currencies are not equal, and that can be asked', () => {
    expect(equals(money(0n, 'THB'), money(0n, 'IDR'))).toBe(false);
    expect(equals(baht('1'), baht('1.00'))).toBe(true);
  });

  it.each([
    ['-1.00', false, true],
    ['0', true, false],
    ['-0.00', true, false],
    ['0.01', false, false],
  ])('%s: zero %s, negative %s', (text, isNil, negative) => {
    expect(isZero(baht(text))).toBe(isNil);
    expect(isNegative(baht(text))).toBe(negative);
  });

  it.each([
    ['1', '2', -1],
    ['2', '1', 1],
    ['2', '2.00', 0],
    ['-2', '1', -1],
  ])('compare(%s, %s) is %i', (a, b, expected) => {
    expect(compare(baht(a), baht(b))).toBe(expected);
  });
});

describe('money × rate', () => {
  it.each([
    // VAT 7 % of 2 214.50 is 155.015: the half goes away from zero, both ways
    ['2214.50', '0.07', 'half_away_from_zero', '155.02'],
    ['-2214.50', '0.07', 'half_away_from_zero', '-155.02'],
    ['2214.50', '0.07', 'truncate', '155.01'],
    ['-2214.50', '0.07', 'truncate', '-155.01'],
    ['100.00', '1', 'half_away_from_zero', '100.00'],
    ['100.00', '0', 'half_away_from_zero', '0.00'],
    ['0.01', '0.5', 'half_away_from_zero', '0.01'],
    ['0.01', '0.4999999999999999999999999999999999', 'half_away_from_zero', '0.00'],
    ['100.00', '-0.1', 'half_away_from_zero', '-10.00'],
  ] as const)('%s × %s, %s → %s', (base, rate, policy, expected) => {
    expect(formatMoney(multiply(baht(base), rate, policy))).toBe(expected);
  });

  it.each([
    ['3.2484', 'THB', 325n],
    ['3.245', 'THB', 325n],
    ['-3.245', 'THB', -325n],
    ['1444.70', 'IDR', 1445n],
    ['1444.5', 'IDR', 1445n],
  ] as const)('%s %s becomes %s', (major, code, expected) => {
    expect(moneyFromDecimal(major, code).minor).toBe(expected);
  });

  it('truncates when the policy says so', () => {
    expect(moneyFromDecimal('3.2484', 'THB', 'truncate').minor).toBe(324n);
  });

  it('stays exact where a float would not: a billion billion satang and a seventh digit', () => {
    expect(multiply(money(10n ** 18n + 1n, 'THB'), '1.0000001').minor).toBe(1000000100000000001n);
  });
});

describe('money as text', () => {
  it.each([
    ['1234.50', 'THB', 123450n],
    ['1234.5', 'THB', 123450n],
    ['1234', 'THB', 123400n],
    ['-0.05', 'THB', -5n],
    ['007.10', 'THB', 710n],
    ['15000', 'IDR', 15000n],
  ] as const)('reads "%s" %s', (text, code, expected) => {
    expect(parseMoney(text, code)).toEqual({ minor: expected, currency: code });
  });

  it.each([
    ['1.005', 'THB'],
    ['1.5', 'IDR'],
    ['1,000.00', 'THB'],
    ['', 'THB'],
    ['.50', 'THB'],
    ['5.', 'THB'],
    ['1e2', 'THB'],
    ['+5', 'THB'],
    ['฿5', 'THB'],
    [' 5', 'THB'],
    ['5\n', 'THB'],
    ['๕', 'THB'],
    ['NaN', 'THB'],
    ['9'.repeat(31), 'THB'],
  ] as const)('refuses "%s" %s', (text, code) => {
    expect(codeOf(() => parseMoney(text, code))).toBe('money_malformed');
  });

  it.each([
    [123450n, 'THB', 'th', '฿1,234.50'],
    [123450n, 'THB', 'en', '฿1,234.50'],
    [-5n, 'THB', 'en', '-฿0.05'],
    [15000n, 'IDR', 'id', 'Rp 15.000'],
    [15000n, 'IDR', 'en', 'Rp 15,000'],
    [150n, 'USD', 'en', '$1.50'],
  ] as const)('%s %s for a reader of %s is %s', (value, code, locale, expected) => {
    expect(displayMoney(money(value, code), locale).replaceAll('\u00a0', ' ')).toBe(expected);
  });

  it('shows every digit of an amount that no float can hold', () => {
    expect(displayMoney(money(12345678901234567891n, 'THB'), 'en')).toBe('฿123,456,789,012,345,678.91');
  });

  it('property: text and back is the same amount', () => {
    fc.assert(
      fc.property(amount, (a) => {
        expect(parseMoney(formatMoney(a), a.currency)).toEqual(a);
      }),
    );
  });
});

describe('algebra of money', () => {
  const same = fc.tuple(minor, minor, minor, currency);
  const triple = (m: readonly [bigint, bigint, bigint, Currency]): [Money, Money, Money] => [
    money(m[0], m[3]),
    money(m[1], m[3]),
    money(m[2], m[3]),
  ];

  it('property: addition is commutative, associative, and has zero and opposites', () => {
    fc.assert(
      fc.property(same, (values) => {
        const [a, b, c] = triple(values);
        expect(add(a, b)).toEqual(add(b, a));
        expect(add(add(a, b), c)).toEqual(add(a, add(b, c)));
        expect(add(a, zero(a.currency))).toEqual(a);
        expect(isZero(add(a, negate(a)))).toBe(true);
        expect(subtract(a, b)).toEqual(add(a, negate(b)));
      }),
    );
  });

  it('property: order agrees with difference', () => {
    fc.assert(
      fc.property(same, (values) => {
        const [a, b] = triple(values);
        expect(compare(a, b) < 0).toBe(isNegative(subtract(a, b)));
        expect(compare(a, b)).toBe(-compare(b, a) + 0);
        expect(compare(a, b) === 0).toBe(equals(a, b));
      }),
    );
  });

  it('property: a whole rate multiplies exactly, and a credit mirrors its charge at any rate', () => {
    const rate = fc
      .tuple(fc.nat(), fc.nat({ max: 999_999 }))
      .map(([i, f]) => `${i}.${String(f).padStart(6, '0')}`);
    fc.assert(
      fc.property(amount, fc.nat(), rate, (a, times, r) => {
        expect(multiply(a, BigInt(times)).minor).toBe(a.minor * BigInt(times));
        expect(multiply(negate(a), r)).toEqual(negate(multiply(a, r)));
      }),
    );
  });
});
