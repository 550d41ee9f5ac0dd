import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumber, readStoredNumber } from './number.ts';

function written(text: string, decimal: '.' | ',' = '.'): string {
  const read = readNumber(text, decimal);
  return read.ok ? `${read.value.digits}/${read.value.scale}` : read.error;
}

describe('a number', () => {
  it.each<[string, '.' | ',', string]>([
    ['1234', '.', '1234/0'],
    ['1,234', '.', '1234/0'],
    ['1,234,567.89', '.', '123456789/2'],
    ["1'234.5", '.', '12345/1'],
    ['1 234.5', '.', '12345/1'],
    ['+5', '.', '5/0'],
    ['-5.0', '.', '-50/1'],
    ['0.010', '.', '10/3'],
    ['1.234,56', ',', '123456/2'],
    ['1234,5', ',', '12345/1'],
    ['1.234', ',', '1234/0'],
    ['1,234', ',', '1234/3'],
    ['12,34', '.', 'number_unreadable'],
    ['1,2345', '.', 'number_unreadable'],
    ['1.234.5', '.', 'number_unreadable'],
    ['', '.', 'number_unreadable'],
    ['-', '.', 'number_unreadable'],
    ['1e5', '.', 'number_unreadable'],
    ['12 kWh', '.', 'number_unreadable'],
    ['0x10', '.', 'number_unreadable'],
    ['9'.repeat(60), '.', 'number_unreadable'],
  ])('%s with %s is %s', (text, decimal, expected) => expect(written(text, decimal)).toBe(expected));

  it('whatever is written comes back to the digit', () => {
    const group = (digits: string, mark: string) => digits.replaceAll(/\B(?=(\d{3})+$)/g, mark);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 18n }),
        fc.integer({ min: 0, max: 6 }),
        fc.boolean(),
        fc.boolean(),
        (digits, scale, grouped, comma) => {
          const text = digits.toString().padStart(scale + 1, '0');
          const whole = text.slice(0, text.length - scale);
          const [mark, point] = comma ? (['.', ','] as const) : ([',', '.'] as const);
          const shown =
            (grouped ? group(whole, mark) : whole) + (scale > 0 ? point + text.slice(-scale) : '');
          expect(readNumber(shown, point)).toEqual({ ok: true, value: { digits, scale } });
        },
      ),
    );
  });
});

describe('a number of a workbook', () => {
  it.each([
    ['1234.56', '123456/2'],
    ['0.30000000000000004', '3/1'],
    ['1234.5600000000001', '123456/2'],
    ['1.2345E3', '12345/1'],
    ['1E+5', '100000/0'],
    ['-2.5', '-25/1'],
    ['0', '0/0'],
    ['1e-300', '0/0'],
    ['', 'number_unreadable'],
    ['NaN', 'number_unreadable'],
    ['1e400', 'number_unreadable'],
    ['1e300', 'count_too_large'],
  ])('%s is %s', (text, expected) => {
    const read = readStoredNumber(text);
    expect(read.ok ? `${read.value.digits}/${read.value.scale}` : read.error).toBe(expected);
  });

  it('what has at most fifteen digits comes back as it was typed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999_999_999 }),
        fc.integer({ min: 0, max: 6 }),
        (digits, scale) => {
          const typed = Number(`${digits}e-${scale}`);
          const read = readStoredNumber(String(typed));
          if (!read.ok) throw new Error(read.error);
          expect(read.value.digits * 10n ** BigInt(scale)).toBe(
            BigInt(digits) * 10n ** BigInt(read.value.scale),
          );
        },
      ),
    );
  });
});
