import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProfiles } from './profile-store.ts';
import { isBilling } from './wanted.ts';

const loaded = loadProfiles();
const all = [...loaded.profiles.values()];

/** Copied by hand from the sources, not from the profiles: a wrong one of these bills the wrong thing for years. */
const BILLED: [string, string, number, number, string, string | undefined, string, string][] = [
  ['abb-b21-b23', 'energy_import_total', 3, 0x5000, 'uint64', undefined, '10', 'Wh'],
  ['acrel-adl400', 'energy_total', 3, 0x0000, 'int32', undefined, '10', 'Wh'],
  ['acrel-adw300', 'energy_import_total', 3, 0x003e, 'int32', undefined, '10', 'Wh'],
  ['carlo-gavazzi-em111-em112', 'energy_import_total', 4, 0x0010, 'int32', 'CDAB', '100', 'Wh'],
  ['carlo-gavazzi-em24-rs485', 'energy_import_total', 4, 0x003e, 'int32', 'CDAB', '100', 'Wh'],
  ['carlo-gavazzi-em330-em340', 'energy_import_total', 4, 0x0034, 'int32', 'CDAB', '100', 'Wh'],
  ['chint-ddsu666', 'energy_import_total', 3, 0x4000, 'float32', undefined, '1', 'Wh'],
  ['chint-dtsu666', 'energy_import_total', 3, 0x101e, 'float32', undefined, '1', 'Wh'],
  ['eastron-sdm120m', 'energy_import_total', 4, 0x0048, 'float32', undefined, '1', 'Wh'],
  ['eastron-sdm230', 'energy_import_total', 4, 0x0048, 'float32', undefined, '1', 'Wh'],
  ['eastron-sdm630', 'energy_import_total', 4, 0x0048, 'float32', undefined, '1', 'Wh'],
  ['eastron-sdm72d-m', 'energy_import_total', 4, 0x0048, 'float32', undefined, '1', 'Wh'],
  ['eastron-sdm72d-m-v2', 'energy_import_total', 4, 0x0048, 'float32', undefined, '1', 'Wh'],
  ['hiking-dds238-2-zn-sr', 'energy_import_total', 3, 0x000a, 'uint32', undefined, '10', 'Wh'],
  ['orno-we514-we515', 'energy_total', 3, 0xa000, 'uint32', undefined, '10', 'Wh'],
  ['orno-we516-we517', 'energy_import_total', 3, 0x0108, 'float32', undefined, '1', 'Wh'],
  ['pzem-016', 'energy_total', 4, 0x0005, 'uint32', 'CDAB', '1', 'Wh'],
  ['schneider-iem3000', 'energy_import_total', 3, 0x0c83, 'int64', undefined, '1', 'Wh'],
  ['tuf-2000', 'volume_forward_total', 3, 0x0008, 'int32+float32', 'CDAB', '1000', 'mL'],
  ['usw-dn15-40-ultrasonic', 'volume_forward_total', 3, 0x0204, 'uint64', undefined, '1', 'mL'],
  ['xintai-water', 'volume_forward_total', 3, 0x0001, 'float32', 'DCBA', '1000', 'mL'],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(
    (n): [string, string, number, number, string, undefined, string, string] => [
      'wb-mcm8-pulse',
      `counter_in${n}`,
      4,
      60 + 2 * (n - 1),
      'uint32',
      undefined,
      '1',
      'pulse',
    ],
  ),
];

describe('billing registers', () => {
  it.each(BILLED)('%s bills on %s', (id, name, code, address, type, order, worth, unit) => {
    const register = loaded.profiles.get(id)?.profile.registers.find((candidate) => candidate.name === name);
    expect(register).toMatchObject({ function: code, address, type, worth, unit, billing: true });
    expect(register?.order).toBe(order);
  });

  it.each([...new Set(BILLED.map(([id]) => id))])('%s bills on nothing else', (id) => {
    const billed = loaded.profiles
      .get(id)
      ?.profile.registers.filter(isBilling)
      .map(({ name }) => name);
    expect(billed).toEqual(BILLED.filter(([other]) => other === id).map(([, name]) => name));
  });
});

describe('dangerous writes are blocked', () => {
  it.each([
    ['eastron-sdm630', { from: 0x00d8 }],
    ['eastron-sdm630', { from: 0xf010 }],
    ['hiking-dds238-2-zn-sr', { from: 0x0000 }],
    ['wb-mcm8-pulse', { from: 100 }],
    ['pzem-016', { function: 0x42 }],
    ['xintai-water', { from: 0x0001 }],
  ])('%s %o', (id, blocked) =>
    expect(loaded.profiles.get(id)?.profile.blockedWrites).toContainEqual(expect.objectContaining(blocked)),
  );
});

it('limits that a reader of many manuals remembers', () => {
  const limit = (id: string) => loaded.profiles.get(id)?.profile.limits.registers;
  expect(limit('carlo-gavazzi-em24-rs485')).toBe(11);
  expect(limit('pzem-016')).toBe(10);
  expect(limit('eastron-sdm630')).toBe(80);
  expect(limit('hiking-dds238-2-zn-sr')).toBe(27);
  for (const id of [
    'eastron-sdm120m',
    'eastron-sdm230',
    'eastron-sdm630',
    'eastron-sdm72d-m',
    'eastron-sdm72d-m-v2',
  ])
    expect(loaded.profiles.get(id)?.profile).toMatchObject({
      timing: { gapMs: 60, gapScope: 'bus' },
      limits: { evenOnly: true },
    });
});

/** A released version decodes alike for ever: bills refer to it. Another decoding needs another version. */
const RELEASED = JSON.parse(
  readFileSync(new URL('./profile-versions.json', import.meta.url), 'utf8'),
) as Record<string, string>;

describe('released versions', () => {
  it.each(all.filter(({ ref }) => ref in RELEASED))(
    '$ref decodes as ever; else raise its version',
    ({ ref, digest }) => expect(digest).toBe(RELEASED[ref]),
  );
});
