import { describe, expect, it } from 'vitest';
import { boundaries, gauge, makeMeter, profileOf, VirtualLine } from '../../test/poll/virtual-line.ts';

const ENERGY = 'energy_import_total';

describe('gauges that are frozen', () => {
  it('are noticed also when they are read in several requests', () => {
    const plain = profileOf();
    const far = ['a', 'b', 'c'].map((name, i) => gauge(`voltage_${name}`, 500 + 2 * i, 'mV'));
    const made = makeMeter(1, { profile: profileOf({ registers: [...plain.registers, ...far] }) });
    const line = new VirtualLine([made]);
    line.still = true;
    line.run(1_500);
    expect(
      line.entries.filter((entry) => entry.kind === 'gauge' && entry.mark?.code === 'stale').length,
    ).toBeGreaterThan(0);
  });

  it('are not suspected while one of them moves', () => {
    const made = makeMeter(1);
    const line = new VirtualLine([made]).run(3_600);
    expect(line.entries.filter((entry) => entry.kind === 'gauge' && entry.mark)).toEqual([]);
  });
});

it('a check that does not hold is said for as long as it does not', () => {
  const checks = [{ register: 'frequency', between: [59_000, 61_000] }];
  const made = makeMeter(1, { profile: profileOf({ checks }) });
  new VirtualLine([made]).run(600);
  expect(made.poll.remark).toContain('frequency is 500');
});

it('a slip in the first reading of a main meter keeps its time, whatever was read since', () => {
  const made = makeMeter(1, { config: { role: 'main' } });
  const line = new VirtualLine([made]).run(99.5);
  let left = 1;
  made.real.count = (_, name, truth) => (name === ENERGY && left-- > 0 ? 0n : truth);
  line.run(10);
  const rows = boundaries(line);
  expect(rows.map(({ pass }) => pass).toSorted()).toEqual(['first', 'last']);
  const slip = line.entries.find((entry) => entry.kind === 'counter' && entry.value === '0');
  const last = rows.find(({ pass }) => pass === 'last');
  expect(slip && last && slip.at.mono < last.at.mono).toBe(true);
});
