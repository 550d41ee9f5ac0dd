import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absolute, decimal, fromScaled, toScaled } from './decimal.ts';
import { divideRounded, floorDivide, ROUNDING_POLICIES, roundToInteger } from './rounding.ts';

const bigint = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
const positive = fc.bigInt({ min: 1n, max: 10n ** 24n });
const scaled = fc.record({ digits: bigint, scale: fc.nat({ max: 20 }) });

describe('decimal', () => {
  it.each(['0', '-1', '+7', '0.1', '-0.000000000000000001', '123456789012345678901234567890.5'])(
    'reads %s',
    (text) => {
      expect(decimal(text).toFixed()).toBe(text.replace('+', ''));
    },
  );

  it.each([
    '',
    ' 1',
    '1 ',
    '1.',
    '.5',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '1,000',
    '٣',
    '--1',
    '1'.repeat(81),
  ])('refuses "%s"', (text) => {
    expect(() => decimal(text)).toThrow('is not a decimal number');
  });

  it('refuses a number that slipped past the types', () => {
    expect(() => decimal(0.1 as unknown as string)).toThrow('is not a decimal number');
  });

  it('refuses a decimal that is not finite', () => {
    expect(() => decimal(decimal('1').div(decimal('0')))).toThrow('is not a decimal number');
  });

  it('never turns to exponents', () => {
    expect(String(decimal('0.00000000000000000001'))).toBe('0.00000000000000000001');
    expect(String(decimal(10n ** 40n))).toBe(`1${'0'.repeat(40)}`);
  });

  it('carries 60 digits through a quotient', () => {
    expect(decimal('1').div('3').toFixed()).toBe(`0.${'3'.repeat(60)}`);
  });

  it('property: to digits and scale, and back, is the same number', () => {
    fc.assert(
      fc.property(scaled, (value) => {
        const text = fromScaled(value);
        const back = toScaled(text);
        expect(back.digits * 10n ** BigInt(value.scale)).toBe(value.digits * 10n ** BigInt(back.scale));
        expect(decimal(text).toFixed(value.scale)).toBe(
          value.digits === 0n ? fromScaled({ ...value, digits: 0n }) : text,
        );
      }),
    );
  });

  it.each([
    [{ digits: 5n, scale: 0 }, '5'],
    [{ digits: 5n, scale: 2 }, '0.05'],
    [{ digits: -5n, scale: 2 }, '-0.05'],
    [{ digits: -12345n, scale: 3 }, '-12.345'],
    [{ digits: 0n, scale: 2 }, '0.00'],
  ])('%o is written %s', (value, text) => {
    expect(fromScaled(value)).toBe(text);
  });

  it.each([
    ['+1.50', { digits: 150n, scale: 2 }],
    ['-1.50', { digits: -150n, scale: 2 }],
    ['-0.5', { digits: -5n, scale: 1 }],
    [-7n, { digits: -7n, scale: 0 }],
    [decimal('2.25'), { digits: 225n, scale: 2 }],
  ])('%s is %o', (input, expected) => {
    expect(toScaled(input)).toEqual(expected);
  });
});

describe('rounding policies', () => {
  it.each([
    ['155.015', 15502n, 15501n],
    ['-155.015', -15502n, -15501n],
    ['155.0149999999999999999', 15501n, 15501n],
    ['0.005', 1n, 0n],
    ['-0.005', -1n, 0n],
    ['0.0049', 0n, 0n],
    ['10.00', 1000n, 1000n],
    ['-0.009', -1n, 0n],
  ])('%s baht in satang', (baht, half, truncated) => {
    const satang = decimal(baht).times(100);
    expect(roundToInteger(satang)).toBe(half);
    expect(roundToInteger(satang, 'half_away_from_zero')).toBe(half);
    expect(roundToInteger(satang, 'truncate')).toBe(truncated);
  });

  it('are names that stored tariffs rely on', () => {
    expect(ROUNDING_POLICIES).toEqual(['half_away_from_zero', 'truncate']);
  });

  it('property: rounding is odd (−x rounds to −round(x)) and never moves by a whole unit', () => {
    fc.assert(
      fc.property(bigint, positive, fc.constantFrom(...ROUNDING_POLICIES), (num, den, policy) => {
        const rounded = divideRounded(num, den, policy);
        expect(divideRounded(-num, den, policy)).toBe(-rounded);
        expect(divideRounded(num, -den, policy)).toBe(-rounded);
        expect(absolute(rounded * den - num)).toBeLessThan(den);
      }),
    );
  });

  it('property: half away from zero is at most half a unit off, truncation never grows', () => {
    fc.assert(
      fc.property(bigint, positive, (num, den) => {
        expect(2n * absolute(divideRounded(num, den, 'half_away_from_zero') * den - num)).toBeLessThanOrEqual(
          den,
        );
        expect(absolute(divideRounded(num, den, 'truncate') * den)).toBeLessThanOrEqual(absolute(num));
      }),
    );
  });

  it('property: what is exact stays', () => {
    fc.assert(
      fc.property(bigint, positive, fc.constantFrom(...ROUNDING_POLICIES), (value, den, policy) => {
        expect(divideRounded(value * den, den, policy)).toBe(value);
      }),
    );
  });

  it.each([divideRounded, floorDivide])('refuses to divide by zero', (divide) => {
    expect(() => divide(1n, 0n)).toThrow('division by zero');
  });
});

describe('floorDivide', () => {
  it.each([
    [7n, 2n, 3n],
    [-7n, 2n, -4n],
    [7n, -2n, -4n],
    [-7n, -2n, 3n],
    [-8n, 2n, -4n],
    [0n, 5n, 0n],
  ])('%s / %s → %s', (num, den, expected) => {
    expect(floorDivide(num, den)).toBe(expected);
  });

  it('property: the remainder has the sign of the divisor', () => {
    fc.assert(
      fc.property(bigint, positive, (num, den) => {
        const rest = num - floorDivide(num, den) * den;
        expect(rest >= 0n && rest < den).toBe(true);
      }),
    );
  });
});
