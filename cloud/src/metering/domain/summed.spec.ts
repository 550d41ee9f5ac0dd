import { meterProfileSchema } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { comparedUnit, summedRegisters } from './summed.ts';

const counter = { role: 'counter', scale: '1', worth: '1', unit: 'Wh', function: 3, type: 'uint32' } as const;
const model = (id: string, registers: object[]) =>
  meterProfileSchema.parse({
    format: 1,
    id,
    version: 1,
    vendor: 'Vendor',
    models: ['Model'],
    medium: 'electricity',
    phases: 1,
    line: { baud: [9600], parity: ['none'], stop: [1], unit: 1, certain: true },
    limits: { registers: 125 },
    identity: { probes: [] },
    registers: registers.map((each, i) => ({ ...counter, address: 2 * i, ...each })),
    confidence: 'high',
    sources: ['a manual'],
  });
const profiles = new Map(
  [
    model('two-way', [
      { name: 'import', billing: true },
      { name: 'export' },
      { name: 'reactive', unit: 'varh' },
    ]),
    model('tariffs', [{ name: 't1', billing: true }, { name: 't2', billing: true }, { name: 'peak' }]),
  ].map((each) => [`${each.id}@1`, each]),
);
const summed = (unit: string, ...registers: [string | null, string][]) =>
  summedRegisters(
    registers.map(([register, of]) => ({ register, unit: of })),
    unit,
    profiles,
  ).map(({ register }) => register);

describe('what a meter has measured', () => {
  it('is its billed register, without what flowed back', () => {
    expect(summed('Wh', ['two-way@1/export', 'Wh'], ['two-way@1/import', 'Wh'])).toEqual([
      'two-way@1/import',
    ]);
    expect(summed('Wh', ['two-way@1/export', 'Wh'])).toEqual([]);
  });

  it('is the sum of the tariffs where a model has no total', () => {
    const all = ['tariffs@1/t1', 'tariffs@1/t2', 'tariffs@1/peak'].map((each): [string, string] => [
      each,
      'Wh',
    ]);
    expect(summed('Wh', ...all)).toEqual(['tariffs@1/t1', 'tariffs@1/t2']);
  });

  it('is all that is counted where no profile is known', () => {
    expect(summed('mL', [null, 'mL'], ['odd@1/x', 'mL'], [null, 'Wh'])).toEqual([null, 'odd@1/x']);
  });

  it('is compared by energy before all else', () => {
    const of = (...units: (string | null)[]) => comparedUnit(units.map((unit) => ({ register: null, unit })));
    expect([of('varh', 'Wh'), of('mL'), of(null), of()]).toEqual(['Wh', 'mL', null, null]);
  });
});
