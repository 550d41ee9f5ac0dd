import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { nearestFloat } from '@meterline/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bus, RequestOptions } from '../src/wire/index.ts';
import { rtuFrame } from '../src/wire/rtu.ts';
import { master, quick, type Running, run, since, undoAll } from './simulator-support.ts';
import { until } from './support/fake-hub-gateway.ts';

afterEach(undoAll);

const HOUR_MS = 3_600_000;
const fast = { baud: 115_200, turnaroundMs: 1 };
const sdm = {
  id: 'm',
  unit: 1,
  profile: 'eastron-sdm120m',
  measures: 'steady',
  count: '1000000',
  serial: '1234',
};
const other = { id: 'n', unit: 2, profile: 'eastron-sdm120m', measures: 'room', count: '5000' };
const energy = { function: 4, unit: 1, address: 72, count: 2 } as const;
const brief: RequestOptions = { lane: 'poll', timeoutMs: 60 };

type Kind = 'rtu-over-tcp' | 'tcp';

interface More {
  readonly kind?: Kind;
  readonly speed?: number;
  readonly still?: boolean;
  readonly start?: string;
}

async function struck(faults: readonly object[], more: More = {}) {
  const { kind = 'rtu-over-tcp', ...rest } = more;
  const buses = [{ id: 'bus', kind, port: 0, ...fast, meters: [sdm, other] }];
  const running = await run({ buses, faults, ...rest });
  return { ...running, line: master(running.url(), { lateReplyMs: 100 }) };
}

async function asked(line: Bus, times: number, options = quick): Promise<string[]> {
  const seen: string[] = [];
  for (let i = 0; i < times; i += 1) {
    const result = await line.request(energy, options);
    seen.push(
      result.ok ? 'ok' : result.fault === 'exception' ? `exception ${result.exception}` : result.fault,
    );
  }
  return seen;
}

const begun = ({ heard }: Pick<Running, 'heard'>) => heard.filter(({ kind }) => kind === 'fault');

describe('on the wire', () => {
  it('dead: nothing comes, for so many requests, and others live on', async () => {
    const running = await struck([{ kind: 'dead', meter: 'm', afterRequests: 2, forRequests: 3 }]);
    const { line } = running;
    expect(await asked(line, 7, brief)).toEqual(['ok', 'ok', 'timeout', 'timeout', 'timeout', 'ok', 'ok']);
    expect((await line.request({ ...energy, unit: 2 }, quick)).ok).toBe(true);
    expect(begun(running)).toEqual([
      expect.objectContaining({ fault: 'dead', what: 'begins', meter: 'm', index: 0 }),
      expect.objectContaining({ fault: 'dead', what: 'ends', meter: 'm', index: 0 }),
    ]);
  });

  it('dead: at its time, for so long', async () => {
    const running = await struck([{ kind: 'dead', meter: 'm', after: '1h', for: '1h' }], { still: true });
    expect(await asked(running.line, 1)).toEqual(['ok']);
    running.pass(1.5 * HOUR_MS);
    expect(await asked(running.line, 1, { ...brief, timeoutMs: 30 })).toEqual(['timeout']);
    running.pass(HOUR_MS);
    expect(await asked(running.line, 1)).toEqual(['ok']);
    await until('both are told', () => begun(running).length === 2);
    expect(begun(running).map((line) => 'at' in line && line.at - since)).toEqual([HOUR_MS, 2 * HOUR_MS]);
  });

  it('for a while from the beginning, where no moment is named', async () => {
    const running = await struck([{ kind: 'dead', meter: 'm', for: '1h' }], { still: true });
    expect(await asked(running.line, 1, { ...brief, timeoutMs: 30 })).toEqual(['timeout']);
    running.pass(HOUR_MS);
    expect(await asked(running.line, 1)).toEqual(['ok']);
  });

  it('slow: it takes its time, and is right', async () => {
    const { line } = await struck([{ kind: 'slow', meter: 'm', delayMs: 120 }]);
    const result = await line.request(energy, quick);
    if (!result.ok) return expect.fail(result.reason);
    expect(result.turnaroundUs).toBeGreaterThan(110_000);
  });

  it('late: it comes after the time-out, and is taken for nobody’s', async () => {
    const { line } = await struck([{ kind: 'late', meter: 'm', delayMs: 90, forRequests: 1 }]);
    const first = line.request(energy, { ...quick, timeoutMs: 30 });
    const next = line.request({ ...energy, unit: 2 }, { ...quick, timeoutMs: 300 });
    expect(await first).toMatchObject({ fault: 'timeout' });
    const second = await next;
    expect(second.ok && words(second.words)).not.toEqual(1000);
    await sleep(100);
    expect(await asked(line, 1)).toEqual(['ok']);
  });

  it.each([
    ['crc', ['crc']],
    ['noise', ['crc', 'unit', 'function', 'length', 'noise', 'timeout']],
    ['lost-bytes', ['crc', 'unit', 'function', 'length', 'noise', 'timeout']],
    ['duplicate', ['crc', 'length', 'noise']],
  ])('%s: never a value', async (kind, allowed) => {
    const { line, building } = await struck([{ kind, meter: 'm', forRequests: 30 }], {
      start: '2026-03-05T00:00:00+07:00',
    });
    const seen = await asked(line, 30, brief);
    expect(seen.filter((one) => !allowed.includes(one))).toEqual([]);
    expect(building.config.faults).toHaveLength(1);
    await sleep(120);
    expect(await asked(line, 1)).toEqual(['ok']);
  });

  it('duplicate: two frames one after the other where the second is slower', async () => {
    const { line } = await struck([{ kind: 'duplicate', meter: 'm', behind: 12 }], {
      start: '2026-03-05T00:00:00+07:00',
    });
    // The first frame is undamaged; what follows it is noise before the next request.
    expect(await asked(line, 3)).toEqual(['ok', 'ok', 'ok']);
    expect(line.statistics()).toBeDefined();
  });

  it.each(['crc', 'noise', 'lost-bytes', 'duplicate'])('%s: a gateway passes nothing on', async (kind) => {
    const { line } = await struck([{ kind, meter: 'm' }], {
      kind: 'tcp',
      start: '2026-03-05T00:00:00+07:00',
    });
    expect(await asked(line, 2, brief)).toEqual(['timeout', 'timeout']);
  });

  it('a share of the requests only, the same ones each time', async () => {
    const faults = [{ kind: 'crc', meter: 'm', share: 0.3 }];
    const [first, second] = [await struck(faults), await struck(faults)];
    const seen = await asked(first.line, 60);
    expect(seen).toEqual(await asked(second.line, 60));
    const hit = seen.filter((one) => one === 'crc').length;
    expect(hit).toBeGreaterThan(6);
    expect(hit).toBeLessThan(33);
  });

  it('zero: counters read nothing for a few reads, gauges go on', async () => {
    const { line } = await struck([{ kind: 'zero', meter: 'm', afterRequests: 1, forRequests: 2 }]);
    const read = async () => {
      const result = await line.request({ ...energy, address: 70, count: 4 }, quick);
      return result.ok ? result.words : expect.fail(result.reason);
    };
    const [one, two, three, four] = [await read(), await read(), await read(), await read()];
    expect(words(one.slice(2))).toBeCloseTo(1000, 1);
    for (const zero of [two, three]) {
      expect(zero.slice(2)).toEqual([0, 0]);
      expect(words(zero)).toBeCloseTo(50, 0);
    }
    expect(words(four.slice(2))).toBeCloseTo(1000, 1);
  });

  it('stale: the same words while it lasts, then the truth', async () => {
    const faults = [{ kind: 'stale', meter: 'm', afterRequests: 1, forRequests: 2 }];
    // 1 200 W at 36 000 times: 12 kWh a second.
    const { line } = await struck(faults, { speed: 36_000 });
    const read = async (): Promise<number> => {
      const result = await line.request(energy, quick);
      await sleep(30);
      return result.ok ? words(result.words) : expect.fail(result.reason);
    };
    const [one, two, three, four] = [await read(), await read(), await read(), await read()];
    expect(two).toBeGreaterThan(one);
    expect(three).toBe(two);
    expect(four).toBeGreaterThan(three);
  });

  it('illegal: an address that answered answers no more', async () => {
    const { line } = await struck([{ kind: 'illegal', meter: 'm', address: 72, count: 2 }]);
    expect(await asked(line, 1)).toEqual(['exception 2']);
    expect((await line.request({ ...energy, address: 70 }, quick)).ok).toBe(true);
  });

  it('cut: all meters of the bus are silent; connections too where it says so', async () => {
    const running = await struck([{ kind: 'cut', bus: 'bus', after: '1h', for: '2h', disconnect: true }], {
      still: true,
    });
    const { line } = running;
    expect(await asked(line, 1)).toEqual(['ok']);
    running.pass(1.5 * HOUR_MS);
    const [during] = await asked(line, 1, { ...brief, timeoutMs: 40 });
    expect(['timeout', 'port']).toContain(during);
    await until('the connections are gone', () => begun(running).length === 1);
    running.pass(2 * HOUR_MS);
    for (let n = 0; n < 100 && (await asked(line, 1))[0] !== 'ok'; n += 1) await sleep(50);
    expect(await asked(line, 1)).toEqual(['ok']);
    await until('both are told', () => begun(running).length === 2);
  });

  it.each([
    ['reset', {}, 0],
    ['swap', { serial: '777', count: '42000' }, 42],
  ])('%s: the counter begins anew', async (kind, what, from) => {
    const { line, heard, pass } = await struck([{ kind, meter: 'm', after: '1h', ...what }], { still: true });
    pass(2 * HOUR_MS);
    const result = await line.request(energy, quick);
    if (!result.ok) return expect.fail(result.reason);
    expect(words(result.words)).toBeGreaterThanOrEqual(from);
    expect(words(result.words)).toBeLessThan(from + 100);
    await until('it is told', () => heard.some((one) => one.kind === 'counter' && one.event === kind));
    const serial = await line.request({ function: 3, unit: 1, address: 0xfc00, count: 2 }, quick);
    expect(serial).toMatchObject({ words: [0, kind === 'swap' ? 777 : 1234] });
  });

  it('frozen: the register stands still while energy flows', async () => {
    const { line, building, clock } = await struck(
      [{ kind: 'frozen', meter: 'm', at: '2026-03-01T00:00:00+07:00', for: '300d' }],
      {
        speed: 36_000,
      },
    );
    await sleep(60);
    const result = await line.request(energy, quick);
    expect(result.ok && words(result.words)).toBe(1000);
    expect(building.truth(building.pointOf('m', since), clock.now()).quantity).toBeGreaterThan(300_000n);
  });
});

function words([high = 0, low = 0]: readonly number[]): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, high);
  view.setUint16(2, low);
  return view.getFloat32(0);
}

describe('writes', () => {
  const relay = { id: 'relay', unit: 3, profile: 'hiking-dds238-2-zn-sr', measures: 'steady', count: '500' };
  const valve = { id: 'valve', unit: 4, profile: 'xintai-water', measures: 'steady', count: '7000' };
  const big = { id: 'big', unit: 5, profile: 'eastron-sdm630', measures: 'house', count: '9000' };
  const pzem = { id: 'pzem', unit: 6, profile: 'pzem-016', measures: 'room', count: '9000' };
  const pulses = {
    id: 'pulses',
    unit: 7,
    profile: 'wb-mcm8-pulse',
    inputs: [{ register: 'counter_in1', measures: 'steady', medium: 'water', perPulse: 1, count: '50' }],
  };

  async function wired({ speed = 1, still = false } = {}) {
    const meters = [relay, valve, big, pzem, pulses];
    const buses = [{ id: 'bus', kind: 'tcp', port: 0, ...fast, meters }];
    const running = await run({ buses, speed, still });
    const line = master(running.url());
    const one = async (unit: number, code: 3 | 4, address: number, count = 1): Promise<readonly number[]> => {
      const result = await line.request({ function: code, unit, address, count }, quick);
      return result.ok ? result.words : expect.fail(result.reason);
    };
    return { ...running, line, one };
  }

  it('a breaker opens: no power, no energy; closed again it goes on', async () => {
    const { line, one, heard, building, clock } = await wired({ speed: 36_000 });
    const write = (value: number) =>
      line.request({ function: 16, unit: 3, address: 0x1a, words: [value] }, quick);
    expect(await one(3, 3, 0x0e)).toEqual([1_200]);
    expect(await one(3, 3, 0x1a)).toEqual([1]);
    expect((await write(0)).ok).toBe(true);
    await sleep(20);
    const [voltage, current, power] = await one(3, 3, 0x0c, 3);
    expect(voltage).toBeGreaterThan(2_000);
    expect([current, power]).toEqual([0, 0]);
    expect(await one(3, 3, 0x1a)).toEqual([0]);
    const before = await one(3, 3, 0x0a, 2);
    await sleep(100);
    expect(await one(3, 3, 0x0a, 2)).toEqual(before);
    // The main meter no longer sees it either.
    const house = building.meter('big').parts.measured;
    expect(house.supply.rate(house.place, 1, clock.now())).toBeLessThan(20_000);
    expect((await write(1)).ok).toBe(true);
    await sleep(50);
    expect(await one(3, 3, 0x0e)).toEqual([1_200]);
    expect(heard.filter(({ kind }) => kind === 'switch')).toMatchObject([
      { meter: 'relay', control: 'relay', state: 'off' },
      { meter: 'relay', control: 'relay', state: 'on' },
    ]);
  });

  it('a breaker honours function 16 at its address, nothing else', async () => {
    const { line, one } = await wired();
    const base = { unit: 3, address: 0x1a } as const;
    expect(await line.request({ ...base, function: 6, word: 0 }, quick)).toMatchObject({ exception: 1 });
    expect(await line.request({ ...base, function: 16, words: [7] }, quick)).toMatchObject({ exception: 3 });
    expect(await line.request({ ...base, function: 16, address: 0x19, words: [0] }, quick)).toMatchObject({
      exception: 2,
    });
    expect(await line.request({ ...base, function: 5, on: false }, quick)).toMatchObject({ exception: 1 });
    expect(await one(3, 3, 0x1a)).toEqual([1]);
  });

  it('a valve closes after its time: no flow, no volume', async () => {
    const { line, one, pass } = await wired({ still: true });
    const flow = async () => {
      const [low = 0, high = 0] = await one(4, 3, 5, 2);
      return words([swap(high), swap(low)]);
    };
    expect(await flow()).toBeCloseTo(0.12, 4);
    expect((await line.request({ function: 6, unit: 4, address: 0x1c, word: 2 }, quick)).ok).toBe(true);
    expect(await one(4, 3, 0x1c)).toEqual([1]);
    // 15 s until settled.
    pass(16_000);
    expect(await one(4, 3, 0x1c)).toEqual([2]);
    expect(await flow()).toBe(0);
    expect(await line.request({ function: 16, unit: 4, address: 0x1c, words: [1] }, quick)).toMatchObject({
      exception: 1,
    });
    expect((await line.request({ function: 6, unit: 4, address: 0x1c, word: 1 }, quick)).ok).toBe(true);
    pass(16_000);
    expect(await flow()).toBeCloseTo(0.12, 4);
  });

  it.each([
    ['DDS238: writing its energy', { function: 16, unit: 3, address: 0, words: [0, 0] } as const, 'relay'],
    ['SDM630: the reset register', { function: 16, unit: 5, address: 0xd8, words: [0, 1] } as const, 'big'],
    ['WB-MCM8: register 100', { function: 6, unit: 7, address: 100, word: 1 } as const, 'pulses'],
    ['Xintai: its total', { function: 6, unit: 4, address: 1, word: 0 } as const, 'valve'],
  ])('%s really erases, and the truth says so', async (_, request, id) => {
    const { line, building, clock, heard, simulation } = await wired();
    const point = building.pointOf(id, since);
    const before = building.truth(point, clock.now());
    expect(before.count).toBeGreaterThan(0n);
    const result = await line.request(request, quick);
    if (request.function === 6 && id === 'valve') expect(result.ok).toBe(true);
    expect(building.truth(point, clock.now()).count).toBeLessThan(before.count);
    expect(building.truth(point, clock.now()).quantity).toBeGreaterThanOrEqual(before.quantity);
    expect(heard.find(({ kind }) => kind === 'harm')).toMatchObject({ meter: id, effect: 'erased' });
    await simulation.stop();
    const reset = heard.find((line) => line.kind === 'counter' && line.point === point.id);
    expect(reset).toMatchObject({ event: 'reset', by: 'write', opening: '0' });
    expect(reset?.kind === 'counter' && BigInt(reset.closing) >= before.count).toBe(true);
  });

  it('PZEM: function 0x42 erases', async () => {
    const meters = [pzem];
    const running = await run({ buses: [{ id: 'bus', kind: 'rtu-over-tcp', port: 0, ...fast, meters }] });
    const { building, clock, heard } = running;
    const socket = createConnection(Number(new URL(running.url().replace('rtu+tcp:', 'http:')).port));
    socket.write(rtuFrame(6, Uint8Array.of(0x42)));
    const [reply] = await once(socket, 'data');
    expect(reply[1]).toBe(0x42);
    socket.destroy();
    expect(building.truth(building.pointOf('pzem', since), clock.now()).count).toBe(0n);
    expect(heard.find(({ kind }) => kind === 'harm')).toMatchObject({ meter: 'pzem', effect: 'erased' });
  });

  it('another unit number: whoever asks as before hears nothing', async () => {
    const { line, heard } = await wired();
    const write = { function: 16, unit: 3, address: 0x15, words: [0x0901] } as const;
    expect((await line.request(write, quick)).ok).toBe(true);
    const read = { function: 3, unit: 3, address: 0x0c, count: 1 } as const;
    expect(await line.request(read, brief)).toMatchObject({ fault: 'timeout' });
    expect(heard.find(({ kind }) => kind === 'harm')).toMatchObject({ meter: 'relay', effect: 'lost' });
  });
});

const swap = (word: number): number => ((word & 0xff) << 8) | (word >>> 8);

it('the float of the test is that of the meters', () => {
  expect(words([0x447a, 0])).toBe(nearestFloat(1000n, 1n, 'float32'));
});
