import { type MeterProfile, meterProfileSchema } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { modulusOf, rulesOf, rulesOfPoint } from './profile-epoch.ts';

const counter = { role: 'counter', scale: '1', unit: 'Wh', billing: true, function: 3 } as const;

function profile(register: object, more: object = {}): ReadonlyMap<string, MeterProfile> {
  const parsed = meterProfileSchema.parse({
    format: 1,
    id: 'model',
    version: 3,
    vendor: 'Vendor',
    models: ['Model'],
    medium: 'electricity',
    phases: 1,
    line: { baud: [9600], parity: ['none'], stop: [1], unit: 1, certain: true },
    limits: { registers: 125 },
    identity: { probes: [] },
    registers: [{ ...counter, name: 'energy', address: 0, type: 'uint32', worth: '10', ...register }],
    confidence: 'high',
    sources: ['a manual'],
    ...more,
  });
  return new Map([['model@3', parsed]]);
}
const rules = (register: object, more: object = {}) => rulesOf('model@3/energy', profile(register, more));
const rulesOfUnit = (unit: string | null) => rulesOfPoint({ register: null, unit }, new Map());

describe('how a meter that people read counts', () => {
  it.each([
    ['Wh', 1_000_000n],
    ['mL', 500_000_000n],
  ] as const)('in whole %s, with an absurd rate as its only bound', (unit, maxPerHour) => {
    expect(rulesOfUnit(unit)).toEqual({
      ...{ unit, num: 1n, den: 1n, modulus: undefined, maxPerHour },
      ...{ isFloat: false, gapMs: 2_700_000 },
    });
  });

  it.each([null, 'count', 'mW', 'pulse'])('is not known from the unit %s', (unit) => {
    expect(rulesOfUnit(unit)).toBeUndefined();
  });
});

describe('how a register is read when nobody has said anything', () => {
  it('is what its profile says', () => {
    expect(rules({})).toEqual({
      unit: 'Wh',
      num: 10n,
      den: 1n,
      modulus: 1n << 32n,
      maxPerHour: 1_000_000n,
      isFloat: false,
      gapMs: 2_700_000,
    });
  });

  it.each([
    ['a ratio', { worth: '5/4' }, {}, { num: 5n, den: 4n }],
    ['the power that can pass', {}, { rating: { maxPowerW: 12_000 } }, { maxPerHour: 12_000n }],
    [
      'litres',
      { unit: 'mL', worth: '1000' },
      { rating: { maxFlowLitresPerHour: 2_500 } },
      { maxPerHour: 2_500_000n },
    ],
    ['any flow', { unit: 'mL', worth: '1000' }, {}, { maxPerHour: 500_000_000n }],
    ['pulses, of which none is too many', { unit: 'pulse', worth: '1' }, {}, { maxPerHour: undefined }],
    ['a float', { type: 'float32', scale: '1000' }, {}, { isFloat: true, modulus: undefined }],
  ])('%s', (_what, register, more, expected) => {
    expect(rules(register, more)).toMatchObject(expected);
  });

  it.each([
    ['uint16', { type: 'uint16' }, 65_536n],
    ['uint64, which ends beyond what is counted', { type: 'uint64' }, undefined],
    ['int32, which would go below nothing', { type: 'int32' }, undefined],
    ['six digits of bcd are eight', { type: 'bcd', words: 2 }, 100_000_000n],
    ['what the manual says', { modulus: '1000000' }, 1_000_000n],
  ])('turns over at its end: %s', (_what, register, expected) => {
    expect(rules(register)?.modulus).toBe(expected);
  });

  it('is not known without the profile, the register, or a counter', () => {
    expect(rulesOf('model@2/energy', profile({}))).toBeUndefined();
    expect(rulesOf('model@3/other', profile({}))).toBeUndefined();
    const [only] = profile({}).values();
    const register = only?.registers[0];
    if (!only || register?.role !== 'counter') throw new Error('a counter');
    expect(modulusOf(register)).toBe(1n << 32n);
    const gauge = {
      ...only,
      registers: [{ ...register, role: 'gauge', unit: 'mW' }],
    } as unknown as MeterProfile;
    expect(rulesOf('model@3/energy', new Map([['model@3', gauge]]))).toBeUndefined();
  });
});
