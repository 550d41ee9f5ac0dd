import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { openIdentity } from '../enrol/index.ts';
import { openJournal } from '../store/index.ts';
import { main } from './main.ts';

const root = mkdtempSync(join(tmpdir(), 'run-command-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'one-'));
});

async function run(config: string | null, state = join(folder, 'state')) {
  const [out, err]: [string[], string[]] = [[], []];
  const file = join(folder, 'gateway.yaml');
  if (config !== null) writeFileSync(file, config);
  const code = await main(['run', '--state', state, '--config', file], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    read: async () => Buffer.from('{"version":"1.0.0"}'),
  });
  return { code, out, err: err.map((line) => line.replaceAll(folder, '…')) };
}

const bus = (url: string, profile = 'eastron-sdm120m', rest = '') =>
  `buses:\n  - name: a\n    url: ${url}\n    meters: [{ name: x, unit: 1, profile: ${profile}${rest} }]\n`;
const PORT = 'serial:///dev/serial/by-id/nothing-there';

describe('meterline-edge run', () => {
  it.each([
    ['a file that is not there', null, '…/gateway.yaml cannot be read (ENOENT)'],
    [
      'an unknown key',
      bus(PORT, 'eastron-sdm120m', ', colour: red'),
      '…/gateway.yaml: buses[0].meters[0].colour: is not a known key; remove it',
    ],
    ['an unknown model', bus(PORT, 'no-such'), /buses\[0\]\.meters\[0\]\.profile: no-such is not known/],
    ['a port that is none', bus('foo://x'), /buses\[0\]\.url: is "foo:\/\/x"; must be serial:/],
    ['no YAML', 'buses: [', /…\/gateway\.yaml: .*correct the YAML/],
    [
      'a broker that would send in the clear',
      `broker: { url: "mqtt://hub.example.com:1883" }\n${bus(PORT)}`,
      /would send everything in the clear; use mqtts:\/\//,
    ],
    [
      'a token that is not there',
      `broker: { url: "mqtts://hub.example.com", tokenFile: token }\n${bus(PORT)}`,
      '…/token cannot be read (ENOENT)',
    ],
    [
      'a CA that is none',
      `broker: { url: "mqtts://hub.example.com", caFile: gateway.yaml }\n${bus(PORT)}`,
      '…/gateway.yaml: broker.caFile: …/gateway.yaml holds no certificate (PEM)',
    ],
    [
      'two meters of one number, where they stand in the file',
      `${bus('tcp://h:1').replace('name: a', 'name: z').replace('name: x', 'name: y')}${bus(PORT).replace('buses:\n', '').replace('}]', '}, { name: x2, unit: 1, profile: pzem-016 }]')}`,
      '…/gateway.yaml: buses[1].meters[1].unit: is taken on this bus; give the meter another unit number',
    ],
    [
      'a control that is not there',
      bus(PORT, 'eastron-sdm120m', ', never: [relay]'),
      '…/gateway.yaml: buses[0].meters[0].never: eastron-sdm120m has no "relay"; it can switch nothing',
    ],
    [
      'an interval that is too short',
      `counterMs: 5000\n${bus(PORT)}`,
      '…/gateway.yaml: counterMs: is 5000; at least 10000',
    ],
  ])('ends with one line for %s', async (_, config, line) => {
    const { code, err } = await run(config);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(typeof line === 'string' ? `meterline-edge: ${line}` : line);
    expect(code).toBe(65);
  });

  it('does not write where another agent writes', async () => {
    const state = join(folder, 'state');
    const clock = systemClock();
    const { gateway, signer } = openIdentity(state, { wallMs: () => clock.wallMs() });
    const path = join(state, 'journal.sqlite');
    const other = openJournal({ path, gateway, signer, clock, agent: 'other' });
    expect(await run(bus(PORT))).toMatchObject({
      code: 69,
      err: ['meterline-edge: another agent runs on …/state already'],
    });
    other.close();
  });

  it('does not take another identity when its own is damaged', async () => {
    const state = join(folder, 'state');
    mkdirSync(state);
    writeFileSync(join(state, 'identity.json'), '{"v":1');
    const { code, err } = await run(bus(PORT));
    expect(code).toBe(65);
    expect(err[0]).toContain('identity.json is damaged; put it back from a backup');
  });

  it.each(['enrol', 'journal verify', 'doctor'])(
    'says so for %s, too, and blames no program',
    async (command) => {
      writeFileSync(join(folder, 'a-file'), '');
      const err: string[] = [];
      const code = await main([...command.split(' '), '--state', join(folder, 'a-file')], {
        out: () => undefined,
        err: (line) => err.push(line.replaceAll(folder, '…')),
        read: async () => Buffer.from('{"version":"1.0.0"}'),
      });
      expect({ code, err }).toEqual({
        code: 66,
        err: ['meterline-edge: …/a-file/identity.json: part of the path is a file, not a folder'],
      });
    },
  );

  it('says whose folder it is not', async () => {
    const state = join(folder, 'a-file', 'state');
    writeFileSync(join(folder, 'a-file'), '');
    chmodSync(join(folder, 'a-file'), 0o400);
    expect(await run(bus(PORT), state)).toMatchObject({
      code: 66,
      err: ['meterline-edge: …/a-file/state cannot be written by this user; try sudo, or another --state'],
    });
  });
});
