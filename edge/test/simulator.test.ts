import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { MeterProfile } from '@meterline/contracts';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canInstall, installPackages, onPath } from '../../scripts/stack/debian.ts';
import { EXIT } from '../src/command-line/io.ts';
import { main } from '../src/command-line/main.ts';
import { serialCost } from '../src/meters/cost.ts';
import { nothingLearnt } from '../src/meters/learnt.ts';
import { planReads } from '../src/meters/plan.ts';
import { type Reading, readingsOf } from '../src/meters/readings.ts';
import { readTruth, truthLines } from '../src/simulator/index.ts';
import type { Bus } from '../src/wire/index.ts';
import { buildingOf, master, profiles, quick, run, scratch, since, undoAll } from './simulator-support.ts';

const exec = promisify(execFile);
const HOUR_MS = 3_600_000;
const fast = { baud: 115_200, turnaroundMs: 1 };

beforeAll(async () => {
  const wanted = ['socat', 'mbpoll'].filter((tool) => onPath(tool) === null);
  if (wanted.length === 0) return;
  if (!canInstall())
    throw new Error(`install ${wanted.join(', ')}: the virtual building is tried against them`);
  await installPackages(...wanted);
}, 180_000);

afterEach(undoAll);

const everyMeter = [...profiles.profiles.values()].map(({ profile }, i) => ({
  id: profile.id,
  unit: i + 1,
  profile: profile.id,
  ...(profile.medium === 'pulses'
    ? { inputs: [{ register: 'counter_in1', measures: 'room', medium: 'water', perPulse: 10 }] }
    : { measures: 'house' }),
}));

async function readAll(line: Bus, profile: MeterProfile, unit: number): Promise<Reading[]> {
  const cost = serialCost({ baud: 9600, parity: 'none', stop: 1 }, 20_000);
  const plan = planReads({ profile, registers: profile.registers, cost, learnt: nothingLearnt(profile) });
  const all: Reading[] = [];
  for (const block of plan.blocks) {
    const { address, count } = block;
    if (block.function === 1 || block.function === 2) throw new Error('no model has bits');
    const result = await line.request({ function: block.function, unit, address, count }, quick);
    if (!result.ok) throw new Error(`${profile.id} ${block.function}:${address}+${count}: ${result.reason}`);
    all.push(...readingsOf(block, result.words));
  }
  return all;
}

describe('every model is read right', () => {
  it.each(['rtu-over-tcp', 'tcp', 'pty'])('over %s', { timeout: 60_000 }, async (kind) => {
    const folder = scratch();
    const place = kind === 'pty' ? { path: 'tty' } : { port: 0 };
    const { url, building, clock } = await run({
      buses: [{ id: 'bus', kind, ...place, ...fast, meters: everyMeter }],
      folder,
    });
    const line = master(url());
    for (const { id, unit } of everyMeter) {
      const meter = building.meter(id);
      const before = clock.now();
      const readings = await readAll(line, meter.parts.profile, unit);
      const after = clock.now();
      expect(readings).toHaveLength(meter.parts.profile.registers.length);
      for (const { register, decoded } of readings) {
        const index = meter.indexOf(register.name);
        if (decoded.kind === 'counter') {
          const least = meter.shown(index, meter.count(index, before).count);
          const most = meter.shown(index, meter.count(index, after).count);
          expect(decoded.count).toBeGreaterThanOrEqual(least);
          expect(decoded.count).toBeLessThanOrEqual(most);
        } else expect(decoded.kind).not.toBe('no-value');
      }
    }
  });
});

it('a meter set to another word order is read in that order', async () => {
  const meter = {
    id: 'm',
    unit: 1,
    profile: 'eastron-sdm630',
    measures: 'house',
    order: 'CDAB',
    count: '7000',
  };
  const { url } = await run({ buses: [{ id: 'bus', kind: 'tcp', port: 0, ...fast, meters: [meter] }] });
  const result = await master(url()).request({ function: 4, unit: 1, address: 72, count: 2 }, quick);
  // 7.000 kWh is 40e00000.
  expect(result).toMatchObject({ ok: true, words: [0x0000, 0x40e0] });
});

describe('a real peer, mbpoll (libmodbus)', () => {
  const meters = [{ id: 'm', unit: 5, profile: 'eastron-sdm120m', measures: 'steady', count: '123456' }];

  const check = (stdout: string): void => {
    const value = (at: number): number => Number(new RegExp(`\\[${at}\\]:\\s+([0-9.]+)`).exec(stdout)?.[1]);
    expect(value(12)).toBeCloseTo(1_200, 3);
    expect(value(0)).toBeGreaterThan(200);
    expect(value(72)).toBeGreaterThanOrEqual(123.456);
    expect(value(72)).toBeLessThan(123.6);
    expect(value(0) * value(6) * value(30)).toBeCloseTo(1_200, -1);
  };
  // Input registers as floats, most significant word first, addresses counted from 0.
  const what = ['-a', '5', '-t', '3:float', '-B', '-0', '-1', '-q', '-r', '0', '-c', '37'];

  it('reads right over TCP', async () => {
    const { url } = await run({ buses: [{ id: 'bus', kind: 'tcp', port: 0, ...fast, meters }] });
    const port = new URL(url().replace('tcp:', 'http:')).port;
    check((await exec('mbpoll', ['-m', 'tcp', '-p', port, ...what, '127.0.0.1'])).stdout);
  });

  it('reads right over a serial port', async () => {
    const folder = scratch();
    await run({ buses: [{ id: 'bus', kind: 'pty', path: 'tty', meters }], folder });
    check(
      (await exec('mbpoll', ['-m', 'rtu', '-b', '9600', '-P', 'none', ...what, join(folder, 'tty')])).stdout,
    );
  });
});

describe('the truth file', () => {
  const meters = [
    { id: 'main', unit: 1, profile: 'schneider-iem3000', measures: 'house' },
    { id: 'room', unit: 2, profile: 'eastron-sdm120m', measures: 'room', count: '5' },
    { id: 'steady', unit: 3, profile: 'hiking-dds238-2-zn-sr', measures: 'steady' },
  ];
  const buses = [{ id: 'bus', kind: 'rtu-over-tcp', port: 0, ...fast, meters }];

  it('has every quarter hour of every point, exactly, whatever the speed', { timeout: 30_000 }, async () => {
    const truthPath = join(scratch(), 'truth.jsonl');
    const faults = [
      { kind: 'swap', meter: 'room', after: '40m', serial: '12345678', count: '9' },
      { kind: 'dead', meter: 'main', after: '1h', for: '30m' },
      { kind: 'rollover', meter: 'steady', after: '2h' },
    ];
    const { simulation, building, clock } = await run({ buses, faults, speed: 20_000, truthPath });
    await sleep(800);
    await simulation.stop();
    const lines = readTruth(truthPath);
    const end = clock.now();
    const quarters = lines.filter((line) => line.kind === 'quarter');
    const times = [...new Set(quarters.map(({ at }) => at))];
    expect(times[0]).toBe(since);
    expect(times.length).toBeGreaterThan(12);
    expect(times).toEqual(times.map((_, i) => since + i * 900_000));
    expect(quarters).toHaveLength(3 * times.length);
    const again = buildingOf({ buses, faults });
    for (const { point, at, quantity, count, shown } of quarters) {
      const found = again.points.find(({ id }) => id === point);
      expect(found && again.truth(found, at)).toMatchObject({
        quantity: BigInt(quantity),
        count: BigInt(count),
        shown: BigInt(shown),
      });
    }
    expect(lines.filter(({ kind }) => kind === 'counter')).toEqual([
      expect.objectContaining({ event: 'swap', at: since + 40 * 60_000, opening: '9' }),
      expect.objectContaining({
        event: 'rollover',
        at: since + 2 * HOUR_MS,
        closing: '4294967295',
        opening: '0',
      }),
    ]);
    expect(lines.filter(({ kind }) => kind === 'fault')).toEqual([
      expect.objectContaining({ fault: 'dead', what: 'begins', at: since + HOUR_MS, meter: 'main' }),
      expect.objectContaining({ fault: 'dead', what: 'ends', at: since + 1.5 * HOUR_MS, meter: 'main' }),
    ]);
    expect(lines.filter(({ kind }) => kind === 'point')).toHaveLength(building.points.length);
    expect(lines.at(-1)).toMatchObject({ kind: 'end' });
    expect(end - since).toBeGreaterThan(3 * HOUR_MS);
  });

  it('stands in order of time, and a bill can be made from it alone', { timeout: 30_000 }, async () => {
    const truthPath = join(scratch(), 'truth.jsonl');
    const small = meters.map((meter) => (meter.id === 'room' ? { ...meter, rollsOverAt: '700' } : meter));
    const faults = [
      { kind: 'reset', meter: 'room', after: '7h' },
      { kind: 'swap', meter: 'steady', after: '9h', count: '77' },
      { kind: 'reset', meter: 'steady', after: '11h' },
      ...[1, 2, 3, 4, 5, 6].map((hour) => ({ kind: 'dead', meter: 'main', after: `${hour}h`, for: '7m' })),
    ];
    const few = [{ ...buses[0], meters: small }];
    const { simulation } = await run({ buses: few, faults, speed: 100_000, truthPath });
    await sleep(700);
    await simulation.stop();
    const lines = readTruth(truthPath);
    const times = lines.flatMap((line) => ('at' in line ? [line.at] : []));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const ofMeter = (meter: string) => {
      const points = lines.filter((line) => line.kind === 'point').filter((line) => line.meter === meter);
      const ids = new Set(points.map(({ point }) => point));
      const [first] = points;
      if (!first) throw new Error(`no ${meter}`);
      const [num = 1n, den = 1n] = first.worth.split('/').map(BigInt);
      const quarters = lines.filter((line) => line.kind === 'quarter').filter(({ point }) => ids.has(point));
      const events = lines.filter((line) => line.kind === 'counter').filter(({ point }) => ids.has(point));
      return { modulus: BigInt(first.modulus), num, den, quarters, events };
    };
    for (const { id } of small) {
      const { modulus, num, den, quarters, events } = ofMeter(id);
      const [begin, end] = [quarters[0], quarters.at(-1)];
      if (!begin || !end) return expect.fail();
      const before = events.filter(({ at }) => at <= end.at);
      const counted = before.reduce(
        (sum, { event, closing, opening }) =>
          sum + (event === 'rollover' ? modulus : BigInt(closing) - BigInt(opening)),
        BigInt(end.count) - BigInt(begin.count),
      );
      const flowed = ((BigInt(end.quantity) - BigInt(begin.quantity)) * den) / num;
      const breaks = BigInt(before.filter(({ event }) => event !== 'rollover').length);
      expect(flowed - counted).toBeGreaterThanOrEqual(-1n);
      expect(flowed - counted).toBeLessThanOrEqual(1n + breaks);
    }
    const kinds = lines.flatMap((line) => (line.kind === 'counter' ? [line.event] : []));
    expect(kinds).toEqual(expect.arrayContaining(['rollover', 'reset', 'swap']));
  });

  it('goes on after a restart: breakers stand where they stood, no quarter is missing', {
    timeout: 30_000,
  }, async () => {
    const truthPath = join(scratch(), 'truth.jsonl');
    const faults = [{ kind: 'dead', meter: 'main', after: '60m', for: '75m' }];
    const first = await run({ buses, faults, speed: 20_000, truthPath, goesOn: true });
    const written = await master(first.url()).request(
      { function: 16, unit: 3, address: 26, words: [0] },
      quick,
    );
    expect(written.ok).toBe(true);
    await sleep(300);
    await first.simulation.stop();
    const stopped = first.clock.now();
    // As after an hour without power.
    const start = new Date(stopped + HOUR_MS).toISOString();
    const second = await run({ buses, faults, begun: since, start, speed: 20_000, truthPath, goesOn: true });
    const now = second.clock.now();
    const passed = (running: typeof first, at: number) =>
      running.building.truth(running.building.pointOf('steady', at), at).quantity;
    expect(passed(second, now)).toBe(passed(first, now));
    expect(passed(second, now + 1)).toBe(passed(second, stopped));
    await sleep(200);
    await second.simulation.stop();
    const windows = readTruth(truthPath).filter((line) => line.kind === 'fault');
    expect(windows.map(({ what, at }) => [what, at - since])).toEqual([
      ['begins', HOUR_MS],
      ['ends', 2.25 * HOUR_MS],
    ]);
    const quarters = readTruth(truthPath).filter((line) => line.kind === 'quarter');
    const times = [...new Set(quarters.map(({ at }) => at))];
    expect(times).toEqual(times.map((_, i) => since + i * 900_000));
    expect(quarters).toHaveLength(3 * times.length);
  });

  it('what was written to a meter is not forgotten by a restart', async () => {
    const truthPath = join(scratch(), 'truth.jsonl');
    const first = await run({ buses, speed: 2_000, truthPath, goesOn: true });
    const line = master(first.url());
    await sleep(100);
    // A write that is confirmed by a copy of itself is believed on a line that has been read.
    expect((await line.request({ function: 4, unit: 2, address: 72, count: 2 }, quick)).ok).toBe(true);
    const erase = { function: 16, unit: 3, address: 0, words: [0, 0] } as const;
    expect((await line.request(erase, quick)).ok).toBe(true);
    const move = { function: 6, unit: 2, address: 0x12, word: 1 } as const;
    expect((await line.request(move, quick)).ok).toBe(true);
    await first.simulation.stop();
    const start = new Date(first.clock.now()).toISOString();
    const second = await run({ buses, start, truthPath, goesOn: true });
    const again = master(second.url());
    expect(
      await again.request({ function: 4, unit: 2, address: 72, count: 2 }, { ...quick, timeoutMs: 60 }),
    ).toMatchObject({
      fault: 'timeout',
    });
    const now = second.clock.now();
    const count = (one: typeof first) => one.building.truth(one.building.pointOf('steady', now), now).count;
    expect(count(second)).toBe(count(first));
    expect(count(second)).toBeLessThan(1_000n);
  });

  it('is read in pieces, whatever its length, and a torn last line is left out', () => {
    const truthPath = join(scratch(), 'long.jsonl');
    const line = (at: number): string => `{"kind":"end","at":${at},"note":"${'ก'.repeat(40)}"}\n`;
    writeFileSync(
      truthPath,
      `${Array.from({ length: 3_000 }, (_, i) => line(i)).join('')}{"kind":"end","at":30`,
    );
    const lines = [...truthLines(truthPath)];
    expect(lines).toHaveLength(3_000);
    expect(lines.at(-1)).toMatchObject({ at: 2_999, note: 'ก'.repeat(40) });
  });

  it('of another building is not overwritten', async () => {
    const truthPath = join(scratch(), 'truth.jsonl');
    await (await run({ buses, truthPath, goesOn: true })).simulation.stop();
    const kept = readFileSync(truthPath, 'utf8');
    const other = [{ ...buses[0], meters: meters.slice(0, 2) }];
    await expect(run({ buses: other, truthPath, goesOn: true })).rejects.toThrow(
      'the truth of another building',
    );
    expect(readFileSync(truthPath, 'utf8')).toBe(kept);
  });
});

describe('meterline-edge sim', () => {
  async function command(line: string) {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await main(line.split(' '), {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      read: async (path) => readFileSync(path),
    });
    return { code, out, err };
  }

  const yaml = (bus: string): string => `
format: 1
name: Small
since: 2026-03-01
time: { speed: 5000, start: 2026-03-02 }
truth: small.jsonl
places: [{ id: room, kind: room }]
buses:
  - { id: riser, ${bus}, meters: [{ id: m, unit: 1, profile: eastron-sdm230, measures: room }] }
`;

  it('runs for a while, says where to connect, and leaves the truth', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'b.yaml'), yaml('kind: rtu-over-tcp, port: 0'));
    const { code, out, err } = await command(`sim --config ${folder}/b.yaml --duration 500ms`);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out[0]).toContain('Small: 1 billed registers, from 2026-03-02 07:00:00, 5000 × real time');
    expect(out[1]).toMatch(
      /riser {2} {2}1 meters {2}rtu\+tcp:\/\/127\.0\.0\.1:\d+\?baud=9600&parity=none&stop=1/,
    );
    expect(existsSync(join(folder, 'small.jsonl'))).toBe(true);
    const json = await command(`sim --config ${folder}/b.yaml --duration 200ms --json`);
    const kinds = json.out.map((line) => JSON.parse(line).kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(['started', 'stopped']);
  });

  it('goes on where it ended when time is faster than real', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'b.yaml'), yaml('kind: tcp, port: 0').replace(', start: 2026-03-02', ''));
    for (let times = 0; times < 2; times += 1) {
      expect(await command(`sim --config ${folder}/b.yaml --duration 300ms`)).toMatchObject({
        code: 0,
        err: [],
      });
    }
    const ends = readTruth(join(folder, 'small.jsonl')).filter(
      ({ kind }) => kind === 'begin' || kind === 'end',
    );
    expect(ends.map(({ kind }) => kind)).toEqual(['begin', 'end', 'begin', 'end']);
    const times = ends.map((line) => ('at' in line ? line.at : 0));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it.each([
    [
      'a port that is taken',
      'PORT',
      /bus riser: port \d+ is taken; end the program that has it, or set another port/,
    ],
    [
      'a host that is not here',
      'kind: tcp, host: 192.0.2.1, port: 15999',
      /192\.0\.2\.1 is no address of this machine/,
    ],
    ['a folder that is not there', 'kind: pty, path: nowhere/tty', /the folder .*nowhere does not exist/],
  ])('says in one line what to do about %s', async (_, bus, message) => {
    const folder = scratch();
    const taken = await run({
      buses: [
        {
          id: 'b',
          kind: 'tcp',
          port: 0,
          meters: [{ id: 'm', unit: 1, profile: 'pzem-016', measures: 'room' }],
        },
      ],
    });
    const port = taken.url().split(':').at(-1);
    writeFileSync(join(folder, 'b.yaml'), yaml(bus.replace('PORT', `kind: tcp, port: ${port}`)));
    const { code, err } = await command(`sim --config ${folder}/b.yaml --duration 1s`);
    expect(code).toBe(EXIT.unavailable);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(message);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends by %s, and its truth with it', async (signal) => {
    const folder = scratch();
    writeFileSync(join(folder, 'b.yaml'), yaml('kind: pty, path: tty'));
    const cli = join(import.meta.dirname, '../src/cli.ts');
    const child = spawn(process.execPath, [
      '--conditions=source',
      cli,
      'sim',
      '--config',
      join(folder, 'b.yaml'),
      '--json',
    ]);
    const [first] = await once(child.stdout, 'data');
    expect(JSON.parse(String(first).split('\n')[0] ?? '')).toMatchObject({ kind: 'started' });
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(readTruth(join(folder, 'small.jsonl')).at(-1)).toMatchObject({ kind: 'end' });
  });

  it('says what to do without socat', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'b.yaml'), yaml('kind: pty, path: tty'));
    const { PATH } = process.env;
    process.env.PATH = folder;
    try {
      const { err } = await command(`sim --config ${folder}/b.yaml --duration 1s`);
      expect(err).toEqual([expect.stringContaining('socat is not installed; install it')]);
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('names the faults of a file', async () => {
    const folder = scratch();
    writeFileSync(
      join(folder, 'b.yaml'),
      yaml('kind: tcp, port: 0').replace('measures: room', 'measures: rom'),
    );
    const { code, out, err } = await command(`sim --config ${folder}/b.yaml`);
    expect(code).toBe(EXIT.faulty);
    expect(out).toEqual([expect.stringContaining('buses[0].meters[0].measures: there is no place "rom"')]);
    expect(err).toEqual([expect.stringContaining('is faulty')]);
    expect((await command('sim --config nowhere.yaml')).err[0]).toContain('nowhere.yaml does not exist');
    expect((await command(`sim --config ${folder}/b.yaml --duration soon`)).code).toBe(EXIT.usage);
  });
});
