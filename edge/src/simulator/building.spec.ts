import { readFileSync } from 'node:fs';
import { busSchema, decode, meterSchema } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProbes, checkSetup, identify, probeKey, probesOf } from '../meters/identify.ts';
import { loadProfiles } from '../meters/profile-store.ts';
import { DAY_MS, HOUR_MS } from './calendar.ts';
import {
  type Building,
  type BuildingConfig,
  buildBuilding,
  buildingSchema,
  history,
  installationOf,
  parseBuilding,
  VirtualBus,
} from './index.ts';
import { counterLines } from './truth-lines.ts';

const profiles = loadProfiles();
const SINCE = '2026-03-01T00:00:00+07:00';
const since = Date.parse(SINCE);
const at = (hours: number): string => new Date(since + hours * HOUR_MS).toISOString();

interface Wishes {
  readonly meters: readonly object[];
  readonly faults?: readonly object[];
  readonly seed?: number;
}

function config({ meters, faults = [], seed = 3 }: Wishes): BuildingConfig {
  return buildingSchema.parse({
    format: 1,
    name: 'Test',
    since: SINCE,
    seed,
    places: [
      { id: 'house', kind: 'group' },
      { id: 'room', kind: 'room', in: 'house', people: 2, pattern: 'home' },
    ],
    buses: [{ id: 'bus', kind: 'tcp', port: 0, meters }],
    faults,
  });
}

function building(wishes: Wishes): Building {
  const built = buildBuilding(config(wishes), since, profiles);
  if (!built.ok) throw new Error(JSON.stringify(built.faults));
  return built.value;
}

const sdm = { id: 'm', unit: 1, profile: 'eastron-sdm120m', measures: 'room', count: '1000' };

/** A meter of every model. */
const everyMeter = [...profiles.profiles.values()].map(({ profile }, i) => ({
  id: profile.id,
  unit: i + 1,
  profile: profile.id,
  ...(profile.medium === 'pulses'
    ? { inputs: [{ register: 'counter_in1', measures: 'room', medium: 'water', perPulse: 10, count: '77' }] }
    : { measures: 'house', count: '12345' }),
}));

describe('every model', () => {
  const all = building({ meters: everyMeter });
  const now = since + 50 * HOUR_MS + 12_345;

  it.each(everyMeter.map(({ id }) => id))(
    '%s: its words decode to its values, and it is recognised',
    (id) => {
      const meter = all.meter(id);
      const { profile } = meter.parts;
      for (const register of profile.registers) {
        const { address, function: code } = register;
        const width = meter.map.within(code, address, 1).length;
        expect(width).toBeGreaterThan(0);
        const words = meter.words(code, address, 16, now);
        const [decoded, value] = [decode(register, words), meter.value(register, now)];
        if (register.role === 'gauge' && decoded.kind === 'gauge' && value.kind === 'gauge') {
          const step = Math.max(1, Number(register.scale.split('/')[0]));
          // Floats have 24 bits, whole registers their own step.
          const grain = /float/.test(register.type) ? 1 + Math.abs(value.value) / 2 ** 23 : step / 2 + 1;
          expect(Math.abs(decoded.value - value.value)).toBeLessThanOrEqual(grain);
        } else expect({ [register.name]: decoded }).toEqual({ [register.name]: value });
      }
      const answers = new Map(
        [...probesOf([profile]), ...checkProbes(profile)].map((probe) => [
          probeKey(probe),
          { words: meter.words(probe.function, probe.address, probe.count, now) },
        ]),
      );
      if (profile.identity.probes.length > 0) {
        expect(identify([profile], answers).candidates.map((candidate) => candidate.profile)).toEqual([id]);
      }
      expect(checkSetup(profile, answers).filter(({ holds }) => !holds)).toEqual([]);
    },
  );

  it('counts the start count and what has passed, at its own resolution', () => {
    for (const point of all.points) {
      const [begin, end] = [all.truth(point, since), all.truth(point, now)];
      expect(begin.count).toBe(point.register.name === 'counter_in1' ? 77n : 12345n);
      expect(begin.quantity).toBe(0n);
      const counter = point.meter.parts.counters[point.index] ?? expect.fail();
      const passed = (end.grains * counter.den) / counter.num;
      expect([passed, passed + 1n]).toContain(end.count - begin.count);
    }
  });

  it('refuses what the model refuses', () => {
    const refusal = (id: string, code: 3 | 4, address: number, count: number) =>
      all.meter(id).map.refusal(code, address, count);
    expect(refusal('eastron-sdm120m', 4, 0, 76)).toBeNull();
    expect(refusal('eastron-sdm120m', 4, 0, 82)).toBe(3);
    expect(refusal('eastron-sdm120m', 4, 1, 2)).toBe(3);
    expect(refusal('eastron-sdm120m', 4, 0x400, 2)).toBe(2);
    expect(refusal('eastron-sdm120m', 3, 0xfc02, 1)).toBeNull();
    expect(refusal('carlo-gavazzi-em24-rs485', 4, 0, 12)).toBe(3);
    expect(refusal('carlo-gavazzi-em24-rs485', 3, 0x000b, 1)).toBeNull();
    expect(refusal('carlo-gavazzi-em24-rs485', 3, 0x000a, 2)).toBe(2);
    expect(refusal('pzem-016', 4, 0, 10)).toBeNull();
    expect(refusal('pzem-016', 4, 9, 2)).toBe(2);
  });
});

describe('counters', () => {
  it('begin anew after a reset, and say how they ended', () => {
    const one = building({ meters: [sdm], faults: [{ kind: 'reset', meter: 'm', at: at(30) }] });
    const point = one.pointOf('m', since);
    const reset = since + 30 * HOUR_MS;
    const before = one.truth(point, reset - 1).count;
    expect(before).toBeGreaterThan(1000n);
    expect(one.truth(point, reset).count).toBe(0n);
    const [line] = counterLines(one, since, since + 40 * HOUR_MS);
    expect(line).toMatchObject({ event: 'reset', at: reset, opening: '0', point: point.id });
    expect(line && 'closing' in line && [before, before + 1n].map(String)).toContain(
      line && 'closing' in line && line.closing,
    );
    expect(one.truth(point, reset).quantity).toBeGreaterThan(0n);
  });

  it('roll over at the very moment that is wanted', () => {
    const one = building({
      meters: [{ ...sdm, count: undefined }],
      faults: [{ kind: 'rollover', meter: 'm', at: at(42.5) }],
    });
    const point = one.pointOf('m', since);
    const [line] = counterLines(one, since, since + 60 * HOUR_MS);
    expect(line).toMatchObject({
      event: 'rollover',
      at: since + 42.5 * HOUR_MS,
      closing: '999999999',
      opening: '0',
    });
    expect(one.truth(point, since + 42.5 * HOUR_MS - 1).count).toBe(999_999_999n);
    expect(one.truth(point, since + 42.5 * HOUR_MS).count).toBe(0n);
  });

  it('roll over as often as a small register does', () => {
    const one = building({ meters: [{ ...sdm, count: '0', rollsOverAt: '500' }] });
    const lines = counterLines(one, since, since + 72 * HOUR_MS);
    const { quantity } = one.truth(one.pointOf('m', since), since + 72 * HOUR_MS);
    expect(lines).toHaveLength(Number(quantity / 500_000n));
    for (const line of lines) expect(line).toMatchObject({ event: 'rollover', closing: '499', opening: '0' });
  });

  it('belong to another point after a swap, with another serial number and count', () => {
    const swap = { kind: 'swap', meter: 'm', at: at(30), serial: '99887766', count: '4711' };
    const one = building({ meters: [{ ...sdm, serial: '11111111' }], faults: [swap] });
    const moment = since + 30 * HOUR_MS;
    const [old, young] = [one.pointOf('m', moment - 1), one.pointOf('m', moment)];
    expect(old.id).not.toBe(young.id);
    expect(one.truth(young, moment).count).toBe(4711n);
    expect(() => one.truth(old, moment)).toThrow('not installed');
    const serial = one.meter('m').parts.profile.registers.find(({ name }) => name === 'serial_number');
    if (!serial) return expect.fail();
    expect(one.meter('m').value(serial, moment - 1)).toEqual({ kind: 'identity', text: '11111111' });
    expect(one.meter('m').value(serial, moment)).toEqual({ kind: 'identity', text: '99887766' });
    expect(counterLines(one, since, moment)).toEqual([
      expect.objectContaining({ event: 'swap', point: old.id, next: young.id, opening: '4711' }),
    ]);
  });

  it('stand still while they are frozen, and go on from there', () => {
    const one = building({ meters: [sdm], faults: [{ kind: 'frozen', meter: 'm', at: at(10), for: '5h' }] });
    const count = (hours: number): bigint =>
      one.truth(one.pointOf('m', since), since + hours * HOUR_MS).count;
    expect(count(14.9)).toBe(count(10));
    const passed = (hours: number) => one.truth(one.pointOf('m', since), since + hours * HOUR_MS).quantity;
    expect(passed(15)).toBeGreaterThan(passed(10));
    const gone = (passed(20) - passed(15)) / 1_000n;
    expect([gone, gone + 1n]).toContain(count(20) - count(15));
  });

  it('lose digits where a float does', () => {
    const one = building({ meters: [{ ...sdm, count: '300000001' }] });
    const { count, shown } = one.truth(one.pointOf('m', since), since);
    expect(count).toBe(300_000_001n);
    // 300 000.001 kWh as float32: steps of 1/32 kWh.
    expect(shown).toBe(300_000_000n);
  });

  it('never fall but by declared events', () => {
    const faults = [
      { kind: 'reset', meter: 'm', at: at(20) },
      { kind: 'frozen', meter: 'm', at: at(40), for: '6h' },
      { kind: 'reset', meter: 'm', at: at(43) },
    ];
    const one = building({ meters: [sdm], faults });
    const point = one.pointOf('m', since);
    const falls = counterLines(one, since, since + 4 * DAY_MS).map((line) => ('at' in line ? line.at : 0));
    fc.assert(
      fc.property(fc.nat(4 * DAY_MS), fc.nat(DAY_MS), (from, later) => {
        const [a, b] = [since + from, Math.min(since + from + later, since + 4 * DAY_MS)];
        if (b < a || falls.some((fall) => a < fall && fall <= b)) return;
        expect(one.truth(point, b).count).toBeGreaterThanOrEqual(one.truth(point, a).count);
      }),
      { numRuns: 300 },
    );
    expect(one.truth(point, since + 45 * HOUR_MS).count).toBe(0n);
  });
});

describe('models of one’s own', () => {
  const base = profiles.profiles.get('eastron-sdm120m') ?? expect.fail();
  const withRegisters = (other: object, ...registers: object[]) => {
    const identity = { serial: 'serial', probes: [] };
    const limits = { registers: 20 };
    const profile = { ...base.profile, id: 'own', limits, registers, identity, ...other } as never;
    return { faults: [], profiles: new Map([['own', { ...base, profile }]]) };
  };
  const counter = {
    name: 'energy',
    role: 'counter',
    function: 4,
    address: 0,
    type: 'uint32',
    scale: '1',
    unit: 'Wh',
    worth: '1',
    billing: true,
  };
  const meters = [{ id: 'm', unit: 1, profile: 'own', measures: 'room' }];

  it('with a small serial number get one that fits', () => {
    const set = withRegisters({}, counter, {
      name: 'serial',
      role: 'identity',
      function: 4,
      address: 9,
      type: 'uint16',
    });
    const built = buildBuilding(config({ meters }), since, set);
    if (!built.ok) return expect.fail(JSON.stringify(built.faults));
    expect(() => built.value.meter('m').words(4, 9, 1, since)).not.toThrow();
  });

  it('with coils answer in bits', () => {
    const coil = {
      name: 'relay',
      role: 'state',
      function: 1,
      address: 0,
      type: 'uint16',
      values: [{ name: 'ok', equals: 1 }],
    };
    const serial = { name: 'serial', role: 'identity', function: 4, address: 9, type: 'uint16' };
    const built = buildBuilding(config({ meters }), since, withRegisters({}, counter, serial, coil));
    if (!built.ok) return expect.fail(JSON.stringify(built.faults));
    const [own] = built.value.config.buses;
    if (!own) return expect.fail();
    const watcher = { moved: () => {}, harmed: () => {}, fault: () => {} };
    const bus = new VirtualBus(built.value, own, () => since, watcher);
    const answer = bus.answer(1, Uint8Array.of(1, 0, 0, 0, 1), 7);
    expect(answer).toMatchObject({ kind: 'reply', pdu: Uint8Array.of(1, 1, 1) });
  });

  it('whose values fit no register are refused', () => {
    const wide = { name: 'model', role: 'identity', function: 4, address: 9, type: 'uint16' };
    const identity = { probes: [{ register: 'model', oneOf: [123_456] }] };
    const odd = withRegisters({ identity }, counter, wide);
    expect(buildBuilding(config({ meters }), since, odd)).toMatchObject({
      ok: false,
      faults: [{ path: 'meter m', problem: expect.stringContaining('model') }],
    });
  });

  it('that cannot be simulated are refused before anything begins', () => {
    const odd = { name: 'mode', role: 'identity', function: 4, address: 9, type: 'ascii', words: 1 };
    const text = withRegisters({}, counter, { ...odd, name: 'serial' });
    expect(
      buildBuilding(config({ meters: [{ ...meters[0], serial: '123456' }] }), since, text),
    ).toMatchObject({
      ok: false,
      faults: [expect.objectContaining({ path: 'buses[0].meters[0].serial' })],
    });
    const reactive = withRegisters({}, { ...counter, unit: 'varh' });
    expect(buildBuilding(config({ meters }), since, reactive).ok).toBe(false);
  });
});

it('a pulse counter that is swapped begins with the new count at each input', () => {
  const inputs = [
    { register: 'counter_in1', measures: 'room', medium: 'water', perPulse: 10, count: '77' },
    { register: 'counter_in2', measures: 'room', medium: 'electricity', perPulse: 1, count: '88' },
  ];
  const faults = [{ kind: 'swap', meter: 'p', at: at(30), count: '3' }];
  const one = building({ meters: [{ id: 'p', unit: 1, profile: 'wb-mcm8-pulse', inputs }], faults });
  const moment = since + 30 * HOUR_MS;
  for (const register of ['counter_in1', 'counter_in2']) {
    expect(one.truth(one.pointOf('p', moment, register), moment).count).toBe(3n);
    expect(one.truth(one.pointOf('p', moment - 1, register), since).count).toBe(
      register === 'counter_in1' ? 77n : 88n,
    );
  }
});

describe('a rollover', () => {
  const rollover = { kind: 'rollover', meter: 'm', at: at(42.5) };

  it('of one input of a pulse counter leaves the others as they are', () => {
    const inputs = [
      { register: 'counter_in1', measures: 'room', medium: 'electricity', perPulse: 1 },
      { register: 'counter_in2', measures: 'room', medium: 'water', perPulse: 10, count: '88' },
    ];
    const one = building({
      meters: [{ id: 'm', unit: 1, profile: 'wb-mcm8-pulse', inputs }],
      faults: [rollover],
    });
    const moment = since + 42.5 * HOUR_MS;
    const first = one.pointOf('m', since, 'counter_in1');
    expect([one.truth(first, moment - 1).count, one.truth(first, moment).count]).toEqual([
      4_294_967_295n,
      0n,
    ]);
    expect(one.truth(one.pointOf('m', since, 'counter_in2'), since).count).toBe(88n);
  });

  it('is met to the moment by a register that rolls over many times before', () => {
    const { count: _, ...small } = sdm;
    const one = building({ meters: [{ ...small, rollsOverAt: '500' }], faults: [rollover] });
    const point = one.pointOf('m', since);
    const moment = since + 42.5 * HOUR_MS;
    expect(one.truth(point, since).count).toBeGreaterThanOrEqual(0n);
    expect([one.truth(point, moment - 1).count, one.truth(point, moment).count]).toEqual([499n, 0n]);
  });

  it.each([
    ['a start count', { meters: [sdm], faults: [rollover] }, 'meter'],
    [
      'a reset before it',
      {
        meters: [{ ...sdm, count: undefined }],
        faults: [rollover, { kind: 'reset', meter: 'm', at: at(3) }],
      },
      'at',
    ],
    [
      'another',
      { meters: [{ ...sdm, count: undefined }], faults: [rollover, { ...rollover, at: at(50) }] },
      'at',
    ],
  ])('does not go with %s', (_, wishes, where) => {
    const built = buildBuilding(config(wishes), since, profiles);
    expect(built).toMatchObject({
      ok: false,
      faults: expect.arrayContaining([expect.objectContaining({ path: `faults[0].${where}` })]),
    });
  });
});

it('a swap must fit its model', () => {
  const swap = (what: object) =>
    buildBuilding(
      config({ meters: [sdm], faults: [{ kind: 'swap', meter: 'm', at: at(3), ...what }] }),
      since,
      profiles,
    );
  expect(swap({ serial: 'ABC' })).toMatchObject({
    ok: false,
    faults: [expect.objectContaining({ path: 'faults[0].serial' })],
  });
  expect(swap({ count: '1000000000' })).toMatchObject({
    ok: false,
    faults: [expect.objectContaining({ path: 'faults[0].count' })],
  });
});

it('tells an agent how it is wired, with the ids of the truth', () => {
  const one = building({
    meters: [
      { ...sdm, serial: '777' },
      { ...everyMeter[0], id: 'x', unit: 9 },
    ],
  });
  const { buses, meters } = installationOf(one, since, new Map([['bus', 'tcp://127.0.0.1:502']]));
  expect(buses.map((bus) => busSchema.parse(bus))).toEqual(buses);
  expect(meters.map((meter) => meterSchema.parse(meter))).toEqual(meters);
  expect(meters[0]).toMatchObject({ unit: 1, serial: '777', role: 'sub', profile: 'eastron-sdm120m@1' });
  expect(meters[1]).toMatchObject({ role: 'main' });
  const billed = meters.flatMap(({ points }) => points).filter((point) => point.class === 'billing');
  expect(billed.map(({ id }) => id)).toEqual(one.points.map(({ id }) => id));
});

it('the same file is the same building, point ids too; another seed is another', () => {
  const ids = (seed: number) => building({ meters: everyMeter, seed }).points.map(({ id }) => id);
  expect(ids(3)).toEqual(ids(3));
  expect(new Set([...ids(3), ...ids(4)]).size).toBe(2 * ids(3).length);
});

it('history is the truth, in order, without a bus', () => {
  const one = building({
    meters: everyMeter,
    faults: [{ kind: 'swap', meter: 'eastron-sdm120m', at: at(5) }],
  });
  const span = { from: since, to: since + 10 * HOUR_MS, stepMinutes: 15 };
  const readings = [...history(one, { ...span, raw: true })];
  expect(readings).toHaveLength(40 * (one.points.length - 1));
  expect(readings.map(({ time }) => time)).toEqual(
    readings.map(({ time }) => time).toSorted((a, b) => a - b),
  );
  for (const { point, time, v, raw, register } of readings) {
    expect(v).toBe(String(one.truth(point, time).shown));
    expect(raw).toMatch(/^([0-9a-f]{4})+$/);
    expect(register).toMatch(/^[a-z0-9-]+@1\/[a-z_0-9]+$/);
  }
  const plain = [...history(one, span)];
  expect(plain.map(({ v }) => v)).toEqual(readings.map(({ v }) => v));
  expect(() => [...history(one, { ...span, stepMinutes: 0.5 })]).toThrow('whole minutes');
  expect(() => [...history(one, { ...span, stepMinutes: 0 })]).toThrow('whole minutes');
});

describe('a file', () => {
  const good = readFileSync(new URL('../../examples/building.yaml', import.meta.url), 'utf8');

  it('as the example is good', () => {
    const parsed = parseBuilding(good);
    if (!parsed.ok) return expect.fail(JSON.stringify(parsed.faults));
    expect(buildBuilding(parsed.value, Date.parse('2026-11-20'), profiles)).toMatchObject({ ok: true });
  });

  it.each([
    ['speed: 7', 'seed: 7', 'speed', 'is not a known key'],
    [
      'kind: rom, in: floor-1, people: 1, pattern: worker',
      'kind: room, in: floor-1, people: 1, pattern: worker',
      'places[4]',
      '',
    ],
    ['in: flor-1', 'in: floor-1', 'places[4].in', '"flor-1" is no group'],
    ['id: room-102', 'id: room-101', 'places[5].id', 'there are two places'],
    ['profile: eastron-sdm12', 'profile: eastron-sdm120m', 'buses[0].meters[0].profile', 'is not known'],
    [
      'unit: 2, profile: eastron-sdm120m, measures: room-101',
      'unit: 1, profile: eastron-sdm120m, measures: room-101',
      'buses[0].meters[1].unit',
      '2 is taken',
    ],
    ['serial: "2204010x"', 'serial: "22040101"', 'buses[0].meters[0].serial', 'does not fit'],
    ['count: "1000000000"', 'count: "1523410"', 'buses[0].meters[0].count', 'is 1000000000'],
    ['port: 15022', 'port: 15021', 'buses[1]', 'another bus has'],
    ['meter: e-999', 'meter: e-106', 'faults[0].meter', 'there is no meter'],
    ['kind: reset, meter: e-106, after', 'kind: late, meter: e-106, share', 'faults[0]', ''],
  ])('with "%s" is refused', (bad, instead, path, problem) => {
    const parsed = parseBuilding(good.replace(instead, bad));
    const faults = parsed.ok
      ? ((built) => (built.ok ? [] : built.faults))(
          buildBuilding(parsed.value, Date.parse('2026-11-20'), profiles),
        )
      : parsed.faults;
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.map((fault) => fault.path).some((where) => where.startsWith(path))).toBe(true);
    expect(faults.map((fault) => fault.problem).join()).toContain(problem);
    for (const fault of faults) expect(fault.remedy).not.toBe('');
  });

  it.each([
    [
      'a circle',
      {
        places: [
          { id: 'a', kind: 'group', in: 'b' },
          { id: 'b', kind: 'group', in: 'a' },
        ],
      },
      'part of itself',
    ],
    ['a start before the beginning', { time: { start: '2020-01-01' } }, 'lies before since'],
    ['a reset at no time', { faults: [{ kind: 'reset', meter: 'm' }] }, 'happens at a time'],
    [
      'two times',
      { faults: [{ kind: 'dead', meter: 'm', at: '2026-05-01', after: '5m' }] },
      'has at and after',
    ],
    ['a bus that is none', { faults: [{ kind: 'cut', bus: 'x' }] }, 'there is no bus'],
  ])('with %s is refused', (_, part, problem) => {
    const parsed = buildingSchema.parse({ ...config({ meters: [sdm] }), ...part });
    const built = buildBuilding(parsed, since, profiles);
    expect(built.ok).toBe(false);
    if (!built.ok) expect(built.faults.map((fault) => fault.problem).join()).toContain(problem);
  });

  it.each(['a: [1', '- 1', '', 'a: &x [1]\nb: *x\na: 2'])('%j is refused without a throw', (text) => {
    expect(parseBuilding(text).ok).toBe(false);
  });
});
