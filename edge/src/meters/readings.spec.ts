import { expect, it } from 'vitest';
import { serialCost } from './cost.ts';
import { nothingLearnt } from './learnt.ts';
import { planReads } from './plan.ts';
import { loadProfiles } from './profile-store.ts';
import { readingsOf } from './readings.ts';

const profile = loadProfiles().profiles.get('pzem-016')?.profile;

it('a reply of another length is no reading at all', () => {
  if (!profile) throw new Error('pzem-016 is missing');
  const cost = serialCost({ baud: 9600, parity: 'none', stop: 1 }, 20_000);
  const registers = profile.registers.filter((register) => register.function === 4);
  const [block] = planReads({ profile, registers, cost, learnt: nothingLearnt(profile) }).blocks;
  if (!block) throw new Error('nothing is planned');
  expect([block.address, block.count]).toEqual([0, 10]);
  const words = [2300, 1500, 0, 3105, 0, 0xe240, 1, 500, 90, 0];
  const values = readingsOf(block, words).map(({ register, decoded, raw }) => [register.name, decoded, raw]);
  expect(values[0]).toEqual(['voltage', { kind: 'gauge', value: 230_000 }, '08fc']);
  expect(values.find(([name]) => name === 'energy_total')).toEqual([
    'energy_total',
    { kind: 'counter', count: 123_456n },
    'e2400001',
  ]);
  expect(() => readingsOf(block, words.slice(1))).toThrow(RangeError);
  expect(() => readingsOf(block, [...words, 0])).toThrow(RangeError);
});
