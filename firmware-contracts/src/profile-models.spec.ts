import { describe, expect, it } from 'vitest';
import { check, faultLine } from './faults.ts';
import type { ProfileShape } from './profile.ts';
import { meterProfile } from './profile-rules.ts';

const counter = { role: 'counter', scale: '1', unit: 'Wh', billing: true } as const;
const base: ProfileShape = {
  format: 1,
  id: 'model',
  version: 1,
  vendor: 'Vendor',
  models: ['Model'],
  medium: 'electricity',
  phases: 1,
  line: { baud: [9600], parity: ['none'], stop: [1], unit: 1, certain: true },
  limits: { registers: 125 },
  identity: { probes: [] },
  registers: [{ ...counter, name: 'energy', function: 3, address: 0, type: 'uint32', worth: '10' }],
  confidence: 'high',
  sources: ['a manual'],
};

/** What each family of meters needs beyond the plain case. */
const FAMILIES: Record<string, Partial<ProfileShape>> = {
  'floats with a pause, checked prefix, configurable order': {
    phases: 3,
    limits: { registers: 80, evenOnly: true },
    timing: { gapMs: 60, gapScope: 'bus' },
    registers: [
      { ...counter, name: 'energy', function: 4, address: 0x48, type: 'float32', scale: '100', worth: '10' },
      {
        role: 'gauge',
        name: 'voltage_l2',
        phase: 2,
        function: 4,
        address: 2,
        type: 'float32',
        scale: '1000',
        unit: 'mV',
      },
      { role: 'setting', name: 'energy_units_prefix', function: 3, address: 0x1e, type: 'float32' },
      { role: 'setting', name: 'register_order', function: 3, address: 0x28, type: 'float32' },
    ],
    checks: [{ register: 'energy_units_prefix', oneOf: [0], why: '1 means MWh' }],
    blockedWrites: [{ from: 0x00d8, to: 0x00d8, why: 'resets energy' }],
  },
  'low word first, and a function that clears the counter': {
    limits: { registers: 10 },
    registers: [
      {
        ...counter,
        name: 'energy_total',
        function: 4,
        address: 5,
        type: 'uint32',
        order: 'CDAB',
        worth: '1',
        resettable: true,
      },
      {
        role: 'gauge',
        name: 'power',
        function: 4,
        address: 3,
        type: 'uint32',
        order: 'CDAB',
        scale: '100',
        unit: 'mW',
      },
      {
        role: 'state',
        name: 'alarm',
        function: 4,
        address: 9,
        type: 'uint16',
        values: [{ name: 'alarm', equals: 0xffff }],
      },
    ],
    blockedWrites: [{ function: 0x42, why: 'clears the energy counter' }],
  },
  '64-bit Wh, settings of the line unknown': {
    line: { baud: [19200, 9600, 38400], parity: ['even', 'none', 'odd'], stop: [1], unit: 1, certain: false },
    registers: [{ ...counter, name: 'energy', function: 3, address: 0x0c83, type: 'int64', worth: '1' }],
  },
  'sentinels for not available': {
    registers: [
      {
        ...counter,
        name: 'energy',
        function: 3,
        address: 0x5000,
        type: 'uint64',
        worth: '10',
        sentinels: ['ffffffffffffffff'],
      },
      {
        role: 'gauge',
        name: 'power_l3',
        phase: 3,
        function: 3,
        address: 0x5b1a,
        type: 'int32',
        scale: '10',
        unit: 'mW',
        sentinels: ['7fffffff'],
      },
    ],
  },
  'eleven registers a request, some only alone, half a sentinel, an optional one': {
    limits: { registers: 11 },
    identity: { serial: 'serial', probes: [{ register: 'identification', oneOf: [70, 71, 72, 73] }] },
    registers: [
      {
        ...counter,
        name: 'energy',
        function: 4,
        address: 0x3e,
        type: 'int32',
        order: 'CDAB',
        worth: '100',
        sentinels: ['7fffxxxx'],
      },
      {
        ...counter,
        name: 'energy_partial',
        function: 4,
        address: 0x42,
        type: 'int32',
        order: 'CDAB',
        worth: '100',
        billing: false,
        resettable: true,
      },
      {
        ...counter,
        name: 'energy_export',
        function: 4,
        address: 0x5c,
        type: 'int32',
        order: 'CDAB',
        worth: '100',
        billing: false,
        optional: true,
      },
      { role: 'identity', name: 'identification', function: 3, address: 0x0b, type: 'uint16', alone: true },
      { role: 'identity', name: 'serial', function: 3, address: 0x1300, type: 'ascii', words: 7 },
    ],
  },
  'text in the low bytes, slow answers': {
    timing: { typicalMs: 40, longestMs: 500 },
    registers: [
      ...base.registers,
      { role: 'identity', name: 'serial', function: 3, address: 0x5000, type: 'ascii-low', words: 7 },
      {
        role: 'gauge',
        name: 'power_factor',
        function: 4,
        address: 0x0e,
        type: 'int16',
        scale: '10',
        unit: '1e-4',
      },
    ],
  },
  'floats with a decimal scale, a doubtful map': {
    confidence: 'medium',
    verify: ['the voltage on the display against voltage_l1'],
    registers: [
      ...base.registers,
      {
        role: 'gauge',
        name: 'voltage_l1',
        phase: 1,
        function: 3,
        address: 0x2006,
        type: 'float32',
        scale: '100',
        unit: 'mV',
      },
      {
        role: 'gauge',
        name: 'current_l1',
        phase: 1,
        function: 3,
        address: 0x200c,
        type: 'float32',
        scale: '1',
        unit: 'mA',
      },
    ],
  },
  'kW as floats': {
    limits: { registers: 67 },
    registers: [
      ...base.registers,
      {
        role: 'gauge',
        name: 'power_total',
        function: 3,
        address: 0x1c,
        type: 'float32',
        scale: '1000000',
        unit: 'mW',
      },
    ],
  },
  'a prepaid water meter with a valve, bytes reversed, a clock in BCD': {
    medium: 'water',
    phases: 0,
    limits: { registers: 28 },
    registers: [
      {
        ...counter,
        name: 'volume',
        function: 3,
        address: 1,
        type: 'float32',
        order: 'DCBA',
        scale: '1000',
        unit: 'mL',
        worth: '1000',
        resettable: true,
      },
      {
        role: 'gauge',
        name: 'flow_rate',
        function: 3,
        address: 5,
        type: 'float32',
        order: 'DCBA',
        scale: '1000000',
        unit: 'mL/h',
      },
      { role: 'setting', name: 'device_time', function: 3, address: 22, type: 'bcd', words: 4 },
      {
        role: 'state',
        name: 'valve_status',
        function: 3,
        address: 28,
        type: 'uint16',
        values: [
          { name: 'open', equals: 1, mask: 1 },
          { name: 'battery_low', equals: 8, mask: 8 },
        ],
      },
    ],
    switching: [
      {
        name: 'valve',
        kind: 'valve',
        write: { function: 6, address: 28, values: { open: 1, closed: 2 } },
        readBack: { function: 3, address: 28, mask: 3, values: { open: 1, closed: 2 } },
      },
    ],
  },
  'millilitres in 64 bits, own history, slow to wake': {
    medium: 'water',
    phases: 0,
    line: { baud: [9600], parity: ['none', 'even'], stop: [1], unit: 17, certain: false },
    timing: { afterPowerUpMs: 30_000 },
    registers: [
      { ...counter, name: 'volume', function: 3, address: 516, type: 'uint64', unit: 'mL', worth: '1' },
    ],
    history: { hours: 316, days: 366, months: 84 },
    confidence: 'low',
    verify: ['everything: the map is from an excerpt'],
  },
  'a whole part and a fraction that must be read together': {
    medium: 'water',
    phases: 0,
    registers: [
      {
        ...counter,
        name: 'volume',
        function: 3,
        address: 8,
        type: 'int32+float32',
        order: 'CDAB',
        scale: '1000',
        unit: 'mL',
        worth: '1000',
      },
    ],
  },
  'pulses, two stop bits, unit number on the label': {
    medium: 'pulses',
    phases: 0,
    line: { baud: [9600], parity: ['none'], stop: [2], unit: null, certain: true },
    registers: [
      {
        ...counter,
        name: 'counter_in1',
        function: 4,
        address: 60,
        type: 'uint32',
        unit: 'pulse',
        worth: '1',
      },
      {
        ...counter,
        name: 'counter_in2',
        function: 4,
        address: 62,
        type: 'uint32',
        unit: 'pulse',
        worth: '1',
      },
    ],
    blockedWrites: [{ from: 100, to: 100, why: 'resets all counters' }],
  },
};

const faultsOf = (profile: unknown): string[] => {
  const checked = check(meterProfile, profile);
  return checked.ok ? [] : checked.faults.map(faultLine);
};

describe('a profile can say', () => {
  it.each(Object.entries(FAMILIES))('%s', (_, family) =>
    expect(faultsOf({ ...base, ...family })).toEqual([]),
  );
});

const [energy] = base.registers;
const withEnergy = (change: object): object => ({ ...base, registers: [{ ...energy, ...change }] });
const power = {
  role: 'gauge',
  name: 'power',
  function: 3,
  address: 4,
  type: 'int16',
  scale: '1000',
  unit: 'mW',
} as const;
const withRelay = { ...base, registers: [...base.registers, power] };
const relay = {
  name: 'relay',
  kind: 'relay',
  write: { function: 16, address: 0x1a, values: { on: 1, off: 0 } },
  readBack: { function: 3, address: 0x1a, values: { on: 1, off: 0 } },
  maxLoad: { register: 'power', value: 13_800_000 },
} as const;

describe('the count at which a register starts again', () => {
  it.each(['4294967296', '9223372036854775807'])('may be %s', (modulus) => {
    expect(check(meterProfile, withEnergy({ modulus })).ok).toBe(true);
  });
  it.each(['9223372036854775808', '9999999999999999999'])('cannot be %s', (modulus) => {
    expect(faultsOf(withEnergy({ modulus }))).toEqual([
      'registers[0].modulus: is beyond what a count can be; leave it out: a count fits signed 64 bits',
    ]);
  });
});

describe('a wrong profile says where and what to do', () => {
  it.each([
    ['nothing', null, ['the whole: is null; must be of type object']],
    ['an unknown key', { ...base, vendr: 'x' }, ['vendr: is not a known key; did you mean vendor?']],
    ['a strange unknown key', { ...base, zzzzzzzz: 1 }, ['zzzzzzzz: is not a known key; remove it']],
    ['a missing key', { ...base, sources: undefined }, ['sources: is missing; add it']],
    [
      'a wrong type',
      withEnergy({ type: 'uint_32' }),
      [
        'registers[0].type: is "uint_32"; did you mean uint32? (uint16, int16, uint32, int32, uint64, int64, float32, float64, int32+float32, bcd, ascii, ascii-low)',
      ],
    ],
    [
      'a fraction as scale',
      withEnergy({ scale: 0.1 }),
      ['registers[0].scale: is 0.1; must be of type string'],
    ],
    [
      'an address of the manual',
      withEnergy({ address: 65_535 }),
      [
        'registers[0].address: runs beyond address 65535; addresses count from 0: subtract the 1 of the manual',
      ],
    ],
    [
      'a scaled integer',
      withEnergy({ scale: '1/10' }),
      [
        'registers[0].scale: a whole-number counter is kept as it is; set scale: "1" and put the factor into worth',
      ],
    ],
    [
      'an order that does not fit',
      withEnergy({ order: 'AB' }),
      ['registers[0].order: AB does not fit uint32; use one of ABCD, CDAB, BADC, DCBA'],
    ],
    [
      'a short sentinel',
      withEnergy({ sentinels: ['ffff'] }),
      ['registers[0].sentinels[0]: has 4 digits; write 8, most significant first'],
    ],
    [
      'text without length',
      withEnergy({ role: 'identity', type: 'ascii', scale: undefined }),
      expect.arrayContaining([
        'registers[0].words: ascii needs its length; add words: the number of registers it takes',
      ]),
    ],
    [
      'two of a name',
      { ...base, registers: [energy, energy] },
      ['registers[1].name: there are two registers "energy"; rename one of them'],
    ],
    [
      'a lost reference',
      { ...base, identity: { serial: 'serial', probes: [] } },
      ['identity.serial: there is no register "serial"; use one of energy'],
    ],
    [
      'nothing to bill',
      withEnergy({ billing: false }),
      ['registers: none of them is to be billed on; mark the main counter billing: true'],
    ],
    [
      'doubt without words',
      { ...base, confidence: 'low' },
      ['verify: confidence is low; say what to compare with the display before billing'],
    ],
    [
      'a blocked control',
      { ...withRelay, switching: [relay], blockedWrites: [{ from: 0, to: 99, why: 'no' }] },
      ['switching[0].write: is blocked: no; narrow blockedWrites, or drop the control'],
    ],
    [
      'a relay without a limit',
      { ...withRelay, switching: [{ ...relay, maxLoad: undefined }] },
      [
        'switching[0].maxLoad: a relay without a limit may be switched under any load; add maxLoad: the gauge and the highest value at which it may be switched',
      ],
    ],
    [
      'a limit on a counter',
      { ...withRelay, switching: [{ ...relay, maxLoad: { register: 'energy', value: 1 } }] },
      ['switching[0].maxLoad.register: "energy" is a counter; use a register whose role is gauge'],
    ],
    [
      'a control of one state',
      { ...withRelay, switching: [{ ...relay, write: { ...relay.write, values: { on: 1, off: 1 } } }] },
      ['switching[0].write.values: both states are written alike; copy the two values from the manual'],
    ],
    [
      'too big a value',
      { ...base, limits: { registers: 1 } },
      ['registers[0]: takes 2 registers; raise limits.registers above 1, or leave it out'],
    ],
  ] as const)('%s', (_, profile, faults) => expect(faultsOf(profile)).toEqual(faults));
});
