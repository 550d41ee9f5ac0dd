import { describe, expect, it } from 'vitest';
import { boundaries, gauge, makeMeter, profileOf, VirtualLine } from '../../test/poll/virtual-line.ts';
import type { Step } from './exchange.ts';

const variants = () => {
  const plain = profileOf();
  const extra = [
    gauge('current_l2', 8, 'mA', { optional: true }),
    gauge('current_l3', 10, 'mA', { optional: true }),
  ];
  return profileOf({ registers: [...plain.registers, ...extra] });
};
const covers = (address: number) => (step: Step) =>
  step.block.address <= address && address < step.block.address + step.block.count;

const gauges = (line: VirtualLine) => line.entries.filter(({ kind }) => kind === 'gauge');

describe('an address that the meter does not have', () => {
  it('takes nothing else away, is asked for a few times only, and is remembered', () => {
    const made = makeMeter(1, { profile: variants() });
    made.real.fault = (_, step) => (covers(10)(step) ? 2 : undefined);
    const line = new VirtualLine([made]).run(600);
    const refused = line.log.filter(({ ok }) => !ok);
    expect(refused.length).toBeLessThan(8);
    const names = new Set(gauges(line).map((entry) => ('point' in entry ? entry.point : '')));
    expect(names.size).toBe(5);
    expect(made.poll.learnt.failures.filter(({ cut }) => cut === undefined)).toEqual([
      { function: 3, from: 10, to: 12 },
    ]);
    expect(made.poll.breaker.open).toBe(false);

    const memory = JSON.parse(JSON.stringify(made.poll.memory()));
    const again = makeMeter(1, { profile: variants(), memory, startUs: line.us });
    again.real.fault = made.real.fault;
    const next = new VirtualLine([again], { us: line.us }).run(3600);
    // Once, to see whether it is there now.
    expect(next.log.filter(({ ok }) => !ok)).toHaveLength(1);
  });

  it('is tried again every day, and read again once it is there', () => {
    const made = makeMeter(1, { profile: variants() });
    let there = false;
    made.real.fault = (_, step) => (covers(10)(step) && !there ? 2 : undefined);
    const line = new VirtualLine([made]).run(3600);
    there = true;
    line.keepLog = false;
    line.run(86_400);
    expect(line.notices.some(({ kind }) => kind === 'granted')).toBe(true);
    expect(new Set(gauges(line).map((entry) => ('point' in entry ? entry.point : ''))).size).toBe(6);
  });

  it('that must be there is still asked for, by itself, and the rest is read', () => {
    const made = makeMeter(1);
    made.real.fault = (_, step) => (covers(6)(step) ? 2 : undefined);
    const line = new VirtualLine([made]).run(620);
    const refused = line.log.filter(({ ok }) => !ok).length;
    expect(refused).toBeGreaterThanOrEqual(10);
    expect(refused).toBeLessThan(16);
    expect(boundaries(line)).toHaveLength(1);
    expect(made.poll.problem).not.toBeNull();
  });

  it('of the counter to bill on leaves it out of the sweep, and says so', () => {
    const made = makeMeter(1);
    made.real.fault = (_, step) => (covers(20)(step) ? 2 : undefined);
    const line = new VirtualLine([made]).run(200);
    expect(boundaries(line)).toEqual([]);
    expect(line.notices.find(({ kind }) => kind === 'unswept')).toBeDefined();
    expect(line.finished).toHaveLength(1);
  });
});

describe('other exceptions', () => {
  it('busy is asked again shortly', () => {
    const made = makeMeter(1);
    let n = 0;
    made.real.fault = () => (n++ % 3 === 0 ? 6 : undefined);
    const line = new VirtualLine([made]).run(300);
    expect(boundaries(line)).toHaveLength(1);
    expect(gauges(line).length).toBeGreaterThanOrEqual(4 * 5);
    expect(made.poll.breaker.open).toBe(false);
  });

  it.each([10, 11])('%i is the silence of a meter behind a gateway', (code) => {
    const made = makeMeter(1);
    made.real.fault = () => code;
    new VirtualLine([made]).run(60);
    expect(made.poll.breaker.open).toBe(true);
  });

  it.each([1, 4, 8])('%i is counted, and does not end the visit', (code) => {
    const made = makeMeter(1);
    made.real.fault = (_, step) => (covers(0)(step) ? code : undefined);
    const line = new VirtualLine([made]).run(300);
    expect(made.poll.errors.exception).toBeGreaterThan(3);
    expect(made.poll.breaker.open).toBe(false);
    expect(boundaries(line)).toHaveLength(1);
  });
});

it('a point that its profile does not have is said, and the others are read', () => {
  const made = makeMeter(1, {
    config: {
      points: [{ id: '019c0fd8-ea80-7002-8000-000000000999', register: 'nonsense', class: 'gauge' }] as never,
    },
  });
  expect(made.poll.misfits).toEqual(['nonsense is no gauge of virtual@1']);
  const line = new VirtualLine([made]).run(60);
  expect(line.notices).toMatchObject([{ kind: 'misfit' }]);
  expect(line.log).toEqual([]);
});
