import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BUNDLED_PROFILES,
  loadProfiles,
  parseProfile,
  profileFaultLine,
  resolveProfile,
  withProfiles,
} from './profile-store.ts';

const ID = 'eastron-sdm120m';
const TEXT = readFileSync(join(BUNDLED_PROFILES, `${ID}.yaml`), 'utf8');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profiles-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const own = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  const { profiles, faults } = loadProfiles({ own: folder });
  return { profiles, lines: faults.map(profileFaultLine).map((line) => line.replace(`${folder}/`, '')) };
};

const replaced = (from: string, to: string): string => {
  expect(TEXT).toContain(from);
  return TEXT.replace(from, to);
};
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('profiles of one’s own', () => {
  it('a new model is a new file', () => {
    const { profiles, lines } = own('my-meter.yaml', replaced(`id: ${ID}`, 'id: my-meter'));
    expect(lines).toEqual([]);
    expect(profiles.get('my-meter')?.ref).toBe('my-meter@1');
    expect(profiles.get(ID)?.ref).toBe(`${ID}@1`);
  });

  it('a higher version replaces the bundled one', () => {
    const { profiles, lines } = own(`${ID}.yaml`, replaced('version: 1', 'version: 2'));
    expect(lines).toEqual([]);
    expect(profiles.get(ID)?.ref).toBe(`${ID}@2`);
  });

  it('the same file again is no fault, and neither are other comments or limits', () => {
    expect(own(`${ID}.yaml`, TEXT).lines).toEqual([]);
    expect(own(`${ID}.yaml`, `# mine\n${replaced('registers: 80', 'registers: 40')}`).lines).toEqual([]);
  });

  it('one version never decodes in two ways', () => {
    const text = replaced('address: 0x0048', 'address: 0x0156');
    const { profiles, lines } = own(
      `${ID}.yaml`,
      text.replace(
        'address: 0x0156\n    type: float32\n    scale: "1000"\n    unit: Wh\n    worth: "1"\n    optional',
        'address: 0x0158\n    type: float32\n    scale: "1000"\n    unit: Wh\n    worth: "1"\n    optional',
      ),
    );
    expect(lines).toEqual([
      `${ID}.yaml: version: decodes otherwise than the ${ID}@1 that comes with the agent; set version: 2`,
    ]);
    expect(profiles.get(ID)?.file).toContain(BUNDLED_PROFILES);
  });
});

describe('a faulty file takes only itself away, and says where and what to do', () => {
  it.each([
    [
      'an unknown key',
      'vendor: Eastron',
      'vendr: Eastron',
      'vendr: Eastron',
      'vendr: is not a known key; did you mean vendor?',
    ],
    [
      'a wrong type',
      'type: uint16',
      'type: uint17',
      'type: uint17',
      /^registers\[\d+\]\.type: is "uint17"; did you mean uint16\?/,
    ],
    [
      'a register too far',
      'address: 0xFC00',
      'address: 0x1FC00',
      '0x1FC00',
      /^registers\[\d+\]\.address: is 130048; at most 65535$/,
    ],
    [
      'an order that does not fit',
      'type: uint16\n',
      'type: uint16\n    order: ABCD\n',
      'order: ABCD',
      /order: ABCD does not fit uint16; use one of AB, BA$/,
    ],
  ])('%s', (_, from, to, marked, fault) => {
    const text = replaced(from, to);
    const { profiles, lines } = own(`${ID}.yaml`, text);
    const [file, line, ...rest] = (lines.find((each) => !each.includes('is missing')) ?? '').split(':');
    expect([file, Number(line)]).toEqual([`${ID}.yaml`, lineOf(text, marked)]);
    if (typeof fault === 'string') expect(rest.join(':').trim()).toBe(fault);
    else expect(rest.join(':').trim()).toMatch(fault);
    expect(profiles.get(ID)?.ref).toBe(`${ID}@1`);
  });

  it.each([
    ['no YAML', 'id: [1', /^x\.yaml:\d+: is not YAML: .*; correct it there$/],
    ['a key twice', 'id: a\nid: b', /^x\.yaml:2: is not YAML: Map keys must be unique; correct it there$/],
    ['aliases', 'a: &x [1]\nb: *x', /^x\.yaml: has aliases \(&, \*\); write the values out$/],
    ['nothing', '', /^x\.yaml: the whole: /],
    [
      'another name',
      TEXT,
      /^x\.yaml:\d+: id: is eastron-sdm120m; rename the file to eastron-sdm120m\.yaml, or set id: x$/,
    ],
  ])('%s', (_, text, line) => expect(own('x.yaml', text).lines[0]).toMatch(line));

  it('a folder that is not there', () => {
    const { profiles, faults } = loadProfiles({ own: join(folder, 'nowhere') });
    expect(profiles.size).toBeGreaterThanOrEqual(22);
    expect(faults.map(profileFaultLine)).toEqual([
      expect.stringMatching(
        /nowhere: cannot be listed \(ENOENT.*\); correct the path of the profile folder$/,
      ),
    ]);
  });

  it('a file that is none', () => {
    const { faults } = loadProfiles({ own: folder });
    expect(faults).toEqual([]);
  });
});

it('is pure where it parses', () => {
  const parsed = parseProfile(TEXT, `${ID}.yaml`);
  expect(parsed.ok && parsed.loaded.digest).toMatch(/^[0-9a-f]{64}$/);
});

describe('a meter is configured with a model and its version', () => {
  const set = loadProfiles();
  const bundled = set.profiles.get(ID)?.profile;

  it.each([
    [
      'nobodys-meter@1',
      'nobodys-meter@1 is not known; add nobodys-meter.yaml to the profile folder, or correct the name',
    ],
    [`${ID}@7`, `${ID}@7 is wanted, this agent has ${ID}@1; compare both, then set ${ID}@1`],
  ])('%s is refused', (ref, text) => expect(resolveProfile(set, ref)).toEqual({ ok: false, text }));

  it('finds it, also one that came with the configuration', () => {
    expect(resolveProfile(set, `${ID}@1`)).toMatchObject({ ok: true });
    const newer = bundled ? withProfiles(set, [{ ...bundled, version: 7 }], 'configuration 12') : set;
    expect(resolveProfile(newer, `${ID}@7`)).toMatchObject({
      ok: true,
      loaded: { file: 'configuration 12' },
    });
    expect(resolveProfile(set, `${ID}@1`)).toMatchObject({ ok: true });
  });

  it('the configuration does not redefine a version either', () => {
    const other = bundled && { ...bundled, registers: bundled.registers.slice(1) };
    const { faults } = withProfiles(set, other ? [other] : [], 'configuration 12');
    expect(faults.map(profileFaultLine)).toEqual([
      `configuration 12: version: decodes otherwise than the ${ID}@1 that comes with the agent; set version: 2`,
    ]);
  });
});
