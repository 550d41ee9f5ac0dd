import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AmountFault, isUnit, type Register, readNumber, readStoredNumber, toCount } from './amount.ts';

const KWH_001: Register = { unit: 'Wh', num: 10n, den: 1n };
const WATER_L: Register = { unit: 'mL', num: 1_000n, den: 1n };
/** 1600 pulses a kWh. */
const PULSE_1600: Register = { unit: 'Wh', num: 5n, den: 8n };

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

describe('a count', () => {
  const count = (text: string, unit: string, register: Register): bigint | AmountFault => {
    const read = readNumber(text, '.');
    if (!read.ok) return read.error;
    const result = toCount(read.value, unit, register);
    return result.ok ? result.value : result.error;
  };
  it.each<[string, string, Register, bigint | AmountFault]>([
    ['1234.56', 'kWh', KWH_001, 123_456n],
    ['1234.5', 'หน่วย', KWH_001, 123_450n],
    ['1.5', 'MWh', KWH_001, 150_000n],
    ['1500', 'Wh', KWH_001, 150n],
    ['123456', 'count', KWH_001, 123_456n],
    ['1.000', 'kWh', PULSE_1600, 1600n],
    ['0.0005', 'kWh', PULSE_1600, 'finer_than_register'],
    ['12.345', 'm³', WATER_L, 12_345n],
    ['12.345', 'ลบ.ม.', WATER_L, 12_345n],
    ['12', 'Unit', WATER_L, 12_000n],
    ['12.5', 'L', WATER_L, 'finer_than_register'],
    ['1234.567', 'kWh', KWH_001, 'finer_than_register'],
    ['5', 'kWh', WATER_L, 'unit_mismatch'],
    ['5', 'm3', KWH_001, 'unit_mismatch'],
    ['5', 'bar', KWH_001, 'unit_unknown'],
    ['5', 'units', { unit: 'pulse', num: 1n, den: 1n }, 'unit_mismatch'],
    ['-5', 'kWh', KWH_001, 'number_negative'],
    ['99999999999999999999', 'count', KWH_001, 'count_too_large'],
  ])('%s %s', (text, unit, register, expected) => expect(count(text, unit, register)).toBe(expected));

  it('what the register can show comes back as its count', () => {
    const places = { Wh: 3, mL: 6 } as const;
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.constantFrom<Register & { unit: 'Wh' | 'mL' }>(
          { unit: 'Wh', num: 10n, den: 1n },
          { unit: 'Wh', num: 1n, den: 1n },
          { unit: 'mL', num: 1_000n, den: 1n },
        ),
        (expected, register) => {
          const base = expected * register.num;
          const scale = places[register.unit];
          const digits = base.toString().padStart(scale + 1, '0');
          const shown = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
          expect(count(shown, register.unit === 'Wh' ? 'kWh' : 'm³', register)).toBe(expected);
        },
      ),
    );
  });
});

it.each(['kWh', 'K W H', 'ลบ.ม.', 'หน่วย', 'm³', 'Litre'])('%s is a unit', (text) =>
  expect(isUnit(text)).toBe(true),
);
it.each(['', 'baht', '12'])('%j is none', (text) => expect(isUnit(text)).toBe(false));
