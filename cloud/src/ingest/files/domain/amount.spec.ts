import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumber } from '../../../kernel/tables/number.ts';
import { type AmountFault, isUnit, type Register, toCount } from './amount.ts';

const KWH_001: Register = { unit: 'Wh', num: 10n, den: 1n };
const WATER_L: Register = { unit: 'mL', num: 1_000n, den: 1n };
/** 1600 pulses a kWh. */
const PULSE_1600: Register = { unit: 'Wh', num: 5n, den: 8n };

describe('a count', () => {
  const count = (text: string, unit: string, register: Register): bigint | AmountFault => {
    const read = readNumber(text, '.');
    if (!read.ok) throw new TypeError(`${text} is no number`);
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
