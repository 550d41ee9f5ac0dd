import { cellCodec, decode, encode } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { crossCheck } from './plausible.ts';
import { loadProfiles } from './profile-store.ts';
import type { Reading } from './readings.ts';

const { profiles } = loadProfiles();
const profileOf = (id: string) => {
  const profile = profiles.get(id)?.profile;
  if (!profile) throw new Error(id);
  return profile;
};

/** Readings of a meter from values in volts, amperes, watts, hertz, watt-hours; `order` is what the meter really uses. */
function readings(id: string, values: Record<string, number>, order?: 'ABCD' | 'CDAB'): Reading[] {
  return profileOf(id).registers.flatMap((register) => {
    const value = values[register.name];
    if (value === undefined) return [];
    const factor = register.role === 'gauge' && register.unit === '1e-4' ? 10_000 : 1_000;
    const words = encode(
      order ? { ...register, order } : register,
      register.role === 'counter'
        ? { kind: 'counter', count: BigInt(value) }
        : { kind: 'gauge', value: value * factor },
    );
    return [{ register, decoded: decode(register, words), raw: '' }];
  });
}

const failing = (id: string, values: Record<string, number>, order?: 'ABCD' | 'CDAB') =>
  crossCheck(profileOf(id), readings(id, values, order))
    .filter(({ holds }) => !holds)
    .map(({ check, phase }) => (phase ? `${check} ${phase}` : check));

const ROOM = { voltage: 230, current: 10, power: 2_070, power_factor: 0.9, frequency: 50 };
const MAIN = {
  voltage_l1: 231,
  voltage_l2: 229,
  voltage_l3: 230,
  current_l1: 20,
  current_l2: 10,
  current_l3: 5,
  power_l1: 4_500,
  power_l2: 2_200,
  power_l3: 1_100,
  power_total: 7_800,
  frequency: 60,
  energy_import_total: 3_000_000,
  energy_import_l1: 1_500_000,
  energy_import_l2: 900_000,
  energy_import_l3: 600_000,
};

describe('what the values of one meter say about each other', () => {
  it('a sound meter: nothing to say, with evidence', () => {
    expect(failing('eastron-sdm120m', ROOM)).toEqual([]);
    expect(failing('eastron-sdm630', MAIN)).toEqual([]);
    const findings = crossCheck(profileOf('eastron-sdm120m'), readings('eastron-sdm120m', ROOM));
    expect(findings.find(({ check }) => check === 'power-factor')?.evidence).toBe(
      '2070 W against 2300 VA x 0.9 = 2070 W',
    );
  });

  it.each<[string, string, Record<string, number>, string[]]>([
    [
      'power a thousandfold (W for kW)',
      'eastron-sdm120m',
      { ...ROOM, power: 2_070_000 },
      ['phase-power', 'power-factor'],
    ],
    [
      'power of another phase',
      'eastron-sdm630',
      { ...MAIN, power_l3: 4_500 },
      ['phase-power 3', 'power-sum'],
    ],
    [
      'volts in tenths',
      'eastron-sdm120m',
      { ...ROOM, voltage: 23 },
      ['voltage', 'phase-power', 'power-factor'],
    ],
    ['no mains frequency', 'eastron-sdm120m', { ...ROOM, frequency: 5 }, ['frequency']],
    ['a sum that is none', 'eastron-sdm630', { ...MAIN, power_total: 9_900 }, ['power-sum']],
    [
      'energy in another unit than its phases',
      'eastron-sdm630',
      { ...MAIN, energy_import_total: 3_000 },
      ['energy-sum'],
    ],
  ])('%s', (_, id, values, checks) => expect(failing(id, values)).toEqual(checks));

  it('the wrong word order of integers', () =>
    expect(
      failing('carlo-gavazzi-em111-em112', { voltage: 230, current: 10, power: 2_070 }, 'ABCD'),
    ).toContain('voltage'));

  it('the wrong word order of floats shows at once', () =>
    expect(failing('eastron-sdm630', MAIN, 'CDAB')).toEqual(
      expect.arrayContaining(['voltage 1', 'frequency']),
    ));

  it('an idle meter and an open phase are no fault', () => {
    expect(failing('eastron-sdm120m', { ...ROOM, current: 0, power: 1, power_factor: 1 })).toEqual([]);
    expect(
      failing('eastron-sdm630', { ...MAIN, voltage_l3: 0, current_l3: 0, power_l3: 0, power_total: 6_700 }),
    ).toEqual([]);
  });

  it('says nothing of what was not read, of NaN and of water', () => {
    expect(failing('eastron-sdm120m', { power: 5 })).toEqual([]);
    const [voltage] = readings('eastron-sdm120m', { voltage: 230 });
    const nan = voltage && {
      ...voltage,
      decoded: decode(voltage.register, cellCodec({ type: 'float32' }).write(Number.NaN)),
    };
    expect(crossCheck(profileOf('eastron-sdm120m'), nan ? [nan] : [])).toEqual([]);
    expect(crossCheck(profileOf('xintai-water'), [])).toEqual([]);
  });
});
