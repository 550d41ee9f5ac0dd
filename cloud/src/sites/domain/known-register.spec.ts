import { meterProfileSchema } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { profileFault, registerFault, unitFault } from './known-register.ts';

type PointClass = Parameters<typeof registerFault>[1];
const cell = { function: 3, type: 'uint32' } as const;
const counter = { ...cell, role: 'counter', scale: '1', worth: '1', unit: 'Wh' } as const;
const model = (id: string, version: number) =>
  meterProfileSchema.parse({
    format: 1,
    id,
    version,
    vendor: 'Vendor',
    models: ['Model'],
    medium: 'electricity',
    phases: 1,
    line: { baud: [9600], parity: ['none'], stop: [1], unit: 1, certain: true },
    limits: { registers: 125 },
    identity: { probes: [] },
    registers: [
      { ...counter, name: 'energy_export_total', address: 0 },
      { ...counter, name: 'energy_import_total', address: 2, billing: true },
      { ...cell, role: 'gauge', name: 'power', address: 4, scale: '1', unit: 'mW' },
    ],
    confidence: 'high',
    sources: ['a manual'],
  });
const known = new Map(
  [model('eastron-sdm120m', 1), model('eastron-sdm120m', 2), model('eastron-sdm230', 1)].map((each) => [
    `${each.id}@${each.version}`,
    each,
  ]),
);

describe('the name of a profile', () => {
  it.each<[string, string | undefined]>([
    ['eastron-sdm120m@1', undefined],
    [
      'eastron-sdm120m@7',
      'no profile "eastron-sdm120m@7" is known; there is eastron-sdm120m@1, eastron-sdm120m@2',
    ],
    ['eastron-sdm230', '"eastron-sdm230" lacks its version; there is eastron-sdm230@1'],
    ['eastron-sdm12m@1', 'no profile "eastron-sdm12m@1" is known; did you mean eastron-sdm120m@2?'],
    ['SDM', 'no profile "SDM" is known; did you mean eastron-sdm120m@2, eastron-sdm230@1?'],
    ['abc', 'no profile "abc" is known; docs/meters.md lists them'],
    ['', 'no profile "" is known; docs/meters.md lists them'],
  ])('%s', (reference, fault) => {
    expect(profileFault(reference, known)).toBe(fault);
  });
});

describe('the name of a register', () => {
  const NO = 'eastron-sdm230@1 has no register';
  const its = 'its counters: energy_import_total, energy_export_total';
  it.each<[string, PointClass, string | undefined]>([
    ['eastron-sdm230@1/energy_import_total', 'billing', undefined],
    ['eastron-sdm230@1/power', 'gauge', undefined],
    [
      'eastron-sdm230@1/energy_imprt_total',
      'billing',
      `${NO} "energy_imprt_total"; did you mean energy_import_total?`,
    ],
    ['eastron-sdm230@1/export', 'counter', `${NO} "export"; did you mean energy_export_total?`],
    ['eastron-sdm230@1/kwh', 'billing', `${NO} "kwh"; ${its}`],
    [
      'eastron-sdm230@1/power',
      'billing',
      `eastron-sdm230@1/power is a gauge, no counter, as a point of class billing must be; ${its}`,
    ],
    [
      'eastron-sdm23@1/power',
      'gauge',
      'no profile "eastron-sdm23@1" is known; did you mean eastron-sdm230@1?',
    ],
    ['power', 'gauge', '"power" is not a register, as eastron-sdm120m@1/energy_import_total'],
  ])('%s of class %s', (reference, type, fault) => {
    expect(registerFault(reference, type, known)).toBe(fault);
  });
});

describe('the unit of a point', () => {
  const register = 'eastron-sdm230@1/energy_import_total';
  it.each<[PointClass, string | null, string | null, string | undefined]>([
    ['billing', register, null, undefined],
    ['billing', register, 'Wh', undefined],
    ['billing', register, 'mL', `${register} counts Wh, not "mL"; leave the unit out`],
    ['billing', null, 'mL', undefined],
    ['billing', null, 'kWh', 'the unit of such a point must be Wh, varh, VAh, mL; "kWh" is not'],
    ['gauge', null, 'mW', undefined],
    [
      'gauge',
      null,
      'Wh',
      'the unit of such a point must be mV, mA, mW, mVA, mvar, mHz, 1e-4, mL/h, m°C; "Wh" is not',
    ],
  ])('%s %s %s', (type, of, unit, fault) => {
    expect(unitFault({ class: type, register: of, unit }, known)).toBe(fault);
  });
});
