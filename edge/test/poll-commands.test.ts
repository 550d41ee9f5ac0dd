import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { encode, type MeterProfile, PROFILES_FOLDER } from '@meterline/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { EXIT } from '../src/command-line/io.ts';
import { main } from '../src/command-line/main.ts';
import { loadProfiles } from '../src/meters/profile-store.ts';
import {
  exceptionPdu,
  listenModbusTcp,
  listenRtuOverTcp,
  readRequestPdu,
  SILENCE,
  wordsPdu,
} from '../src/wire/server/index.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function run(...args: string[]) {
  const [out, err, progress]: [string[], string[], string[]] = [[], [], []];
  const code = await main(args, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    read: (path) => readFile(path),
    progress: (text) => progress.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n'), progress };
}

const profiles = loadProfiles().profiles;
const profileOf = (id: string): MeterProfile => {
  const found = profiles.get(id)?.profile;
  if (!found) throw new Error(`no ${id}`);
  return found;
};

type Values = Readonly<Record<string, number | string | null>>;

/** A meter that knows exactly these registers and refuses every other address. */
async function meter(
  id: string,
  values: Values,
  units: readonly number[],
  listen = listenModbusTcp,
): Promise<string> {
  const words = new Map<string, number>();
  for (const register of profileOf(id).registers) {
    const value = values[register.name];
    if (value === undefined) continue;
    const decoded =
      value === null
        ? ({ kind: 'no-value', reason: 'sentinel' } as const)
        : register.role === 'counter'
          ? ({ kind: 'counter', count: BigInt(value) } as const)
          : register.role === 'gauge'
            ? ({ kind: 'gauge', value: Number(value) } as const)
            : register.role === 'identity'
              ? ({ kind: 'identity', text: String(value) } as const)
              : ({ kind: 'setting', text: String(value), whole: BigInt(value) } as const);
    for (const [k, word] of encode(register, decoded).entries())
      words.set(`${register.function}/${register.address + k}`, word);
  }
  const server = await listen({
    clock: systemClock(),
    timing: { characterUs: 0, turnaroundMs: 1 },
    handler: (unit, pdu) => {
      if (!units.includes(unit)) return SILENCE;
      const request = readRequestPdu(unit, pdu);
      if (request?.function !== 3 && request?.function !== 4)
        return { kind: 'reply', pdu: exceptionPdu(pdu[0] ?? 0, 1) };
      const found = Array.from({ length: request.count }, (_, k) =>
        words.get(`${request.function}/${request.address + k}`),
      );
      const isHere = found.some((word) => word !== undefined);
      if (!isHere) return { kind: 'reply', pdu: exceptionPdu(request.function, 2) };
      return {
        kind: 'reply',
        pdu: wordsPdu(
          request.function,
          found.map((word) => word ?? 0),
        ),
      };
    },
  });
  undo.push(() => server.close());
  return `${listen === listenModbusTcp ? 'tcp' : 'rtu+tcp'}://127.0.0.1:${server.port}`;
}

const SDM120: Values = {
  voltage: 230_200,
  current: 2_500,
  power: 573_000,
  frequency: 49_980,
  energy_import_total: 1_234_560,
  energy_export_total: 0,
  serial_number: 12_345_678,
  meter_code: 32,
};

describe('read', () => {
  it.each([
    ['rtu+tcp', listenRtuOverTcp],
    ['tcp', listenModbusTcp],
  ])('%s: gives values in their units with their raw words', async (_, listen) => {
    const url = await meter('eastron-sdm120m', SDM120, [3], listen);
    const { code, out, err } = await run(
      'read',
      '--profile',
      'eastron-sdm120m',
      '--port',
      url,
      '--unit',
      '3',
      '--json',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const read = JSON.parse(out);
    expect(Object.keys(read)).toEqual(['profile', 'unit', 'at', 'values', 'errors']);
    expect(read).toMatchObject({ profile: 'eastron-sdm120m', unit: 3 });
    expect(Math.abs(Date.parse(read.at) - Date.now())).toBeLessThan(5_000);
    const named = Object.fromEntries(read.values.map(({ name, ...rest }: { name: string }) => [name, rest]));
    expect(named.voltage).toEqual({ value: 230_200, unit: 'mV', raw: '43663333' });
    expect(named.energy_import_total).toMatchObject({ value: 1_234_560, unit: 'Wh' });
    expect(named.meter_code).toMatchObject({ value: '32', unit: null });
  });

  it('says which optional registers are missing, and that is no failure', async () => {
    const { energy_import_total, voltage, frequency, ...rest } = SDM120;
    void rest;
    const url = await meter(
      'eastron-sdm120m',
      { energy_import_total, voltage, frequency, power_factor: 10_000 } as Values,
      [1],
    );
    const { code, out } = await run(
      'read',
      '--profile',
      'eastron-sdm120m',
      '--port',
      url,
      '--unit',
      '1',
      '--json',
    );
    const { errors } = JSON.parse(out);
    expect(errors.map(({ name }: { name: string }) => name)).toContain('serial_number');
    expect(errors.every(({ error }: { error: string }) => error.includes('illegal data address'))).toBe(true);
    const required = errors.filter(({ optional }: { optional: boolean }) => !optional);
    expect(code).toBe(required.length > 0 ? EXIT.faulty : EXIT.ok);
  });

  it('shows people what they see on the display', async () => {
    const url = await meter('hiking-dds238-2-zn-sr', { energy_import_total: 123_456, voltage: 229_900 }, [1]);
    const { out } = await run('read', '--profile', 'hiking-dds238-2-zn-sr', '--port', url, '--unit', '1');
    expect(out).toMatch(/energy_import_total +1234\.560 kWh +0001e240 +billed/);
    expect(out).toMatch(/voltage +229\.900 V/);
  });

  it.each([
    [
      'a silent unit',
      ['--unit', '9'],
      EXIT.unanswered,
      /unit 9 does not answer on .*; check number, speed, parity and wires/,
    ],
    ['a port that nobody listens on', ['--port', 'tcp://127.0.0.1:1'], EXIT.unavailable, /refused/],
    [
      'a device that is not there',
      ['--port', 'serial:///dev/ttyNONE9'],
      EXIT.unavailable,
      /^meterline-edge: \/dev\/ttyNONE9: there is no such port: is the adapter plugged in\?$/,
    ],
    ['a port that is none', ['--port', 'com3'], EXIT.usage, /not a port URL/],
    ['a unit that is none', ['--unit', '0'], EXIT.usage, /a unit is a whole number from 1 to 247/],
    [
      'a model that is none',
      ['--profile', 'sdm120'],
      EXIT.usage,
      /there is no profile sdm120; did you mean eastron-sdm120m\?/,
    ],
    [
      'another version',
      ['--profile', 'eastron-sdm120m@9'],
      EXIT.usage,
      /eastron-sdm120m@9 is not here, but eastron-sdm120m@1/,
    ],
    ['a file that is not there', ['--profile', './nope.yaml'], EXIT.unreadable, /nope\.yaml does not exist/],
  ])('%s: one clear line', async (_, change, wanted, text) => {
    const url = await meter('eastron-sdm120m', SDM120, [3]);
    const args = {
      '--profile': 'eastron-sdm120m',
      '--port': url,
      '--unit': '3',
      [change[0] ?? '']: change[1] ?? '',
    };
    const { code, out, err } = await run('read', ...Object.entries(args).flat(), '--timeout', '60');
    expect({ code, out }).toEqual({ code: wanted, out: '' });
    expect(err).toMatch(/^meterline-edge: [^\n]*$/);
    expect(err).toMatch(text);
  });

  it('a profile with an unknown key: one clear line with its place', async () => {
    const { writeFile, mkdtemp, rm } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const { join } = await import('node:path');
    const folder = await mkdtemp(join(tmpdir(), 'profiles-'));
    undo.push(() => rm(folder, { recursive: true }));
    const good = await readFile(fileURLToPath(new URL('eastron-sdm120m.yaml', PROFILES_FOLDER)), 'utf8');
    const file = join(folder, 'eastron-sdm120m.yaml');
    await writeFile(file, `${good}\ncolour: red\n`);
    for (const args of [
      ['--profile', file],
      ['--profile', 'eastron-sdm120m', '--profiles', folder],
    ]) {
      const { code, err } = await run('read', ...args, '--port', 'tcp://127.0.0.1:1', '--unit', '1');
      expect(code).toBe(EXIT.faulty);
      expect(err).toMatch(
        /^meterline-edge: [^\n]*eastron-sdm120m\.yaml:\d+: colour: is not a known key[^\n]*$/,
      );
    }
  });
});

describe('scan', () => {
  it('finds units, says which models they are, and shows how far it is', async () => {
    const url = await meter('eastron-sdm120m', SDM120, [3, 8], listenRtuOverTcp);
    const { code, out, err, progress } = await run(
      'scan',
      '--port',
      url,
      '--units',
      '1-9',
      '--timeout',
      '60',
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^unit {3}3 .*eastron-sdm120m/);
    expect(lines[1]).toMatch(/^unit {3}8 .*eastron-sdm120m/);
    expect(lines[2]).toBe('2 found');
    expect(progress.some((line) => /█.*░.* %.*found.*left/.test(line))).toBe(true);
    expect(progress.at(-1)).toBe('');
  });

  it('as JSON', async () => {
    const url = await meter('eastron-sdm120m', SDM120, [2], listenModbusTcp);
    const { code, out } = await run('scan', '--port', url, '--units', '1,2', '--timeout', '60', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      complete: true,
      found: [{ unit: 2, profile: 'eastron-sdm120m', verdict: 'certain' }],
    });
  });

  it.each([
    ['nobody', ['--units', '20-22'], EXIT.unanswered, /nobody answers \(3 units/],
    ['no port', ['--port', 'tcp://127.0.0.1:1'], EXIT.unavailable, /refused/],
    ['units that are none', ['--units', '9-3'], EXIT.usage, /units are numbers from 1 to 247/],
    ['a speed that is none', ['--baud', 'fast'], EXIT.usage, /fast is not a speed/],
    ['a parity that is none', ['--parity', 'mark'], EXIT.usage, /mark is not a parity/],
  ])('%s: one clear line', async (_, change, wanted, text) => {
    const url = await meter('eastron-sdm120m', SDM120, [3], listenRtuOverTcp);
    const args = { '--port': url, '--units': '1-2', [change[0] ?? '']: change[1] ?? '' };
    const { code, err } = await run('scan', ...Object.entries(args).flat(), '--timeout', '50');
    expect(code).toBe(wanted);
    expect(err).toMatch(/^meterline-edge: [^\n]*$/);
    expect(err).toMatch(text);
  });
});
