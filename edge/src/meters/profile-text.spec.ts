import { describe, expect, it } from 'vitest';
import { emitMetersDoc } from './meters-doc.ts';
import { loadProfiles } from './profile-store.ts';
import { profileSheet } from './profile-text.ts';

const all = [...loadProfiles().profiles.values()].map(({ profile }) => profile);
const sheet = (id: string): string => {
  const profile = all.find((candidate) => candidate.id === id);
  return profile ? profileSheet(profile) : '';
};

describe('the sheet', () => {
  it.each([
    ['eastron-sdm630', /energy_units_prefix is 0 \(1 makes every energy register count MWh/],
    ['eastron-sdm630', /silence +60 ms before a request, of the bus/],
    ['eastron-sdm630', /0x00D8 to 0x00D9: resets/],
    ['carlo-gavazzi-em24-rs485', /11 registers at most/],
    ['carlo-gavazzi-em24-rs485', /energy_import_partial .*resettable/],
    ['carlo-gavazzi-em24-rs485', /identification .*read alone/],
    ['abb-b21-b23', /x 1 counts of 10 Wh +BILLED; no value: ffffffffffffffff/],
    [
      'hiking-dds238-2-zn-sr',
      /function 16 \(on = 1, off = 0\).*refused above power 13800000 mW; only on DDS238-2 ZN\/SR/,
    ],
    ['pzem-016', /medium: needs an acknowledgement before it is billed on/],
    ['pzem-016', /function 0x42: clears the energy counter/],
    ['wb-mcm8-pulse', /unit +on the label/],
    ['usw-dn15-40-ultrasonic', /316 hours, 366 days, 84 months/],
    ['usw-dn15-40-ultrasonic', /silent for 30000 ms/],
    ['usw-dn15-40-ultrasonic', /Verify in the field\n {2}volume_forward_total against the dial/],
  ])('%s says %s', (id, text) => expect(sheet(id)).toMatch(text));

  it('of every model names every register', () => {
    for (const profile of all)
      for (const { name } of profile.registers) expect(profileSheet(profile)).toContain(name);
  });
});

describe('docs/meters.md', () => {
  const page = emitMetersDoc();
  it('has every model in the table and a section that says what to verify', () => {
    for (const { id, verify = [] } of all) {
      expect(page).toContain(`| [${id}](#${id}) `);
      expect(page).toContain(`\n## ${id}\n`);
      for (const line of verify) expect(page).toContain(`- ${line}`);
    }
  });
  it('is the same whatever the order, and ends in one newline', () => {
    expect(emitMetersDoc(all.toReversed())).toBe(page);
    expect(page).toMatch(/[^\n]\n$/);
  });
});
