import type { MeterProfile } from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { DecodeCheck } from './decode-check.ts';
import type { Rows } from './rows.ts';

const profile = {
  id: 'test-meter',
  version: 2,
  registers: [
    {
      name: 'energy',
      role: 'counter',
      function: 3,
      address: 0,
      type: 'uint32',
      scale: '1',
      unit: 'Wh',
      worth: '1',
      sentinels: ['ffffffff'],
    },
    {
      name: 'energy_float',
      role: 'counter',
      function: 3,
      address: 2,
      type: 'float32',
      scale: '100',
      unit: 'Wh',
      worth: '10',
    },
    { name: 'voltage', role: 'gauge', function: 3, address: 4, type: 'uint16', scale: '100', unit: 'mV' },
  ],
} as unknown as MeterProfile;
const check = new DecodeCheck(new Map([['test-meter@2', profile]]));

describe('a count against its words', () => {
  it.each([
    ['energy', '0000000a', '10'],
    ['energy', 'fffffffe', '4294967294'],
    ['energy', 'ffffffff', null],
    ['energy_float', '41200000', '1000'],
    ['energy_float', '7fc00000', null],
  ])('%s %s is %s', (name, raw, count) =>
    expect(check.faultOf(`test-meter@2/${name}`, raw, count)).toBeUndefined(),
  );

  it.each([
    ['another count', 'energy', '0000000a', '11', '10'],
    ['a count where the meter had none', 'energy', 'ffffffff', '4294967295', null],
    ['no count where the meter had one', 'energy', '0000000a', null, '10'],
    ['too few words', 'energy', '000a', '10', null],
    ['too many words', 'energy', '00000000000a', '10', null],
    ['a gauge', 'voltage', '0901', '2305', null],
  ])('is a fault: %s', (_, name, raw, count, decoded) =>
    expect(check.faultOf(`test-meter@2/${name}`, raw, count)).toMatchObject({ kind: 'decode', decoded }),
  );

  it.each(['test-meter@1/energy', 'other@2/energy', 'test-meter@2/water'])(
    'cannot be told by %s',
    (reference) =>
      expect(check.faultOf(reference, '0000000a', '10')).toMatchObject({ kind: 'unknown-profile' }),
  );

  it('names the rows', () => {
    const rows = {
      register: ['test-meter@2/energy', 'test-meter@2/energy', 'x@1/energy'],
      raw: ['00000001', '00000002', '00000003'],
      value: ['1', '1', '3'],
    } as unknown as Rows;
    expect([...check.faultsOf(rows)].map(([row, { kind }]) => [row, kind])).toEqual([
      [1, 'decode'],
      [2, 'unknown-profile'],
    ]);
    expect(check.faultsOf({ ...rows, raw: undefined } as unknown as Rows).size).toBe(0);
  });
});
