import type { MeterProfile, ProfileRegister } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReadCost, readUs, serialCost } from './cost.ts';
import { nothingLearnt } from './learnt.ts';
import { blockRule, type Plan, type PlanInput, planReads } from './plan.ts';
import { spread } from './span.ts';

const LINE = serialCost({ baud: 9600, parity: 'none', stop: 1 }, 20_000);
const TYPES = ['uint16', 'uint32', 'int32+float32'] as const;

const register = (name: string, address: number, rest: object = {}): ProfileRegister =>
  ({
    name,
    role: 'counter',
    function: 3,
    address,
    type: 'uint32',
    scale: '1',
    unit: 'Wh',
    worth: '1',
    ...rest,
  }) as ProfileRegister;

const meter = (registers: readonly ProfileRegister[], rest: object = {}): MeterProfile =>
  ({ id: 'meter', version: 1, limits: { registers: 125 }, registers, ...rest }) as unknown as MeterProfile;

const inputOf = (profile: MeterProfile, registers = profile.registers, cost = LINE): PlanInput => ({
  profile,
  registers,
  cost,
  learnt: nothingLearnt(profile),
});

/** `3:0+4` a block of function 3, address 0, four registers. */
const shape = (plan: Plan): string[] =>
  plan.blocks.map((block) => `${block.function}:${block.address}+${block.count}`);

describe('the cost of a read', () => {
  it.each([
    [9600, 2, 41.4],
    [9600, 40, 120.5],
    [19200, 80, 111.9],
    [115200, 40, 29.8],
  ])('%i baud, %i registers: %d ms, as computed by hand', (baud, count, ms) => {
    const cost = serialCost({ baud, parity: 'none', stop: 1 }, 20_000);
    expect(readUs(cost, 4, count) / 1_000).toBeCloseTo(ms, 1);
  });

  it('counts the silence a meter wants, and coils by the byte', () => {
    const cost = serialCost({ baud: 9600, parity: 'none', stop: 1 }, 20_000, 60);
    expect(readUs(cost, 4, 2) / 1_000).toBeCloseTo(97.7, 1);
    expect(readUs(LINE, 1, 8)).toBe(readUs(LINE, 1, 1));
  });
});

describe('blocks', () => {
  it('reads over a hole that costs less than another exchange', () =>
    expect(shape(planReads(inputOf(meter([register('a', 0), register('b', 12)]))))).toEqual(['3:0+14']));

  it('leaves a hole that costs more', () =>
    expect(shape(planReads(inputOf(meter([register('a', 0), register('b', 60)]))))).toEqual([
      '3:0+2',
      '3:60+2',
    ]));

  it('leaves every hole on a meter without', () =>
    expect(
      shape(
        planReads(
          inputOf(meter([register('a', 0), register('b', 4)], { limits: { registers: 60, holes: false } })),
        ),
      ),
    ).toEqual(['3:0+2', '3:4+2']));

  it('reads over a listed register that is not wanted, even there', () => {
    const profile = meter([register('a', 0), register('x', 2), register('b', 4)], {
      limits: { registers: 60, holes: false },
    });
    expect(
      shape(
        planReads(
          inputOf(
            profile,
            profile.registers.filter(({ name }) => name !== 'x'),
          ),
        ),
      ),
    ).toEqual(['3:0+6']);
  });

  it('keeps function codes apart', () =>
    expect(shape(planReads(inputOf(meter([register('a', 0), register('b', 2, { function: 4 })]))))).toEqual([
      '3:0+2',
      '4:2+2',
    ]));

  it('stays within the limit and never splits a value or a pair', () => {
    const profile = meter(
      [0, 2, 4, 6].map((at) => register(`a${at}`, at)).concat(register('pair', 8, { type: 'int32+float32' })),
      { limits: { registers: 11 } },
    );
    const plan = planReads(inputOf(profile));
    expect(plan.blocks.every(({ count }) => count <= 11)).toBe(true);
    expect(plan.blocks).toHaveLength(2);
  });

  it('begins and ends on even addresses where the meter wants it', () =>
    expect(
      shape(
        planReads(
          inputOf(
            meter([register('a', 1), register('b', 5, { type: 'uint16' })], {
              limits: { registers: 80, evenOnly: true },
            }),
          ),
        ),
      ),
    ).toEqual(['3:0+6']));

  it('reads alone what wants to be alone, and nothing across it', () =>
    expect(
      shape(
        planReads(
          inputOf(
            meter([register('a', 0), register('id', 2, { type: 'uint16', alone: true }), register('b', 3)]),
          ),
        ),
      ),
    ).toEqual(['3:0+2', '3:2+1', '3:3+2']));

  it('keeps away from what must not be written', () => {
    const blockedWrites = [{ from: 4, to: 4, why: 'resets' }];
    expect(shape(planReads(inputOf(meter([register('a', 0), register('b', 6)], { blockedWrites }))))).toEqual(
      ['3:0+2', '3:6+2'],
    );
    const input = [register('a', 0, { function: 4 }), register('b', 6, { function: 4 })];
    expect(shape(planReads(inputOf(meter(input, { blockedWrites }))))).toEqual(['4:0+8']);
  });

  it('asks first for what is billed', () => {
    const plan = planReads(
      inputOf(meter([register('a', 0, { role: 'gauge' }), register('b', 100, { billing: true })])),
    );
    expect(shape(plan)).toEqual(['3:100+2', '3:0+2']);
  });

  it('does not mind a register named twice', () =>
    expect(
      planReads(inputOf(meter([register('a', 0)]), [...meter([register('a', 0)]).registers])).blocks,
    ).toHaveLength(1));
});

/** Meters of every sort: overlapping registers, odd addresses, limits, forbidden holes. */
const anyMeter = fc
  .record({
    cells: fc.uniqueArray(
      fc.record({
        address: fc.integer({ min: 0, max: 90 }),
        type: fc.constantFrom(...TYPES),
        code: fc.constantFrom(3, 4),
        wanted: fc.boolean(),
        alone: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
      { maxLength: 7, selector: ({ address, code }) => `${code}/${address}` },
    ),
    limit: fc.constantFrom(4, 8, 11, 20, 60, 125),
    holes: fc.boolean(),
    evenOnly: fc.boolean(),
    blocked: fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 3 }),
  })
  .map(({ cells, limit, holes, evenOnly, blocked }) => {
    const registers = cells.map(({ address, type, code, alone }, i) =>
      register(`r${i}`, address, { type, function: code, ...(alone ? { alone } : {}) }),
    );
    const profile = meter(registers, {
      limits: { registers: evenOnly ? limit + (limit % 2) + 2 : limit, holes, evenOnly },
      blockedWrites: blocked.map((from) => ({ from, to: from, why: 'x' })),
    });
    return inputOf(
      profile,
      registers.filter((_, i) => cells[i]?.wanted),
    );
  });

const costs = fc.constantFrom<ReadCost>(
  LINE,
  serialCost({ baud: 115_200, parity: 'none', stop: 1 }, 5_000),
  serialCost({ baud: 2400, parity: 'even', stop: 1 }, 50_000, 60),
);

/** All ways to divide a list into groups. */
function partitions<T>(list: readonly T[]): T[][][] {
  const [first, ...rest] = list;
  if (first === undefined) return [[]];
  return partitions(rest).flatMap((groups) => [
    [[first], ...groups],
    ...groups.map((group, i) => groups.map((other, k) => (k === i ? [first, ...group] : other))),
  ]);
}

describe('plans', () => {
  it('hold every wanted register exactly once, whole, within the limit', () =>
    fc.assert(
      fc.property(anyMeter, costs, (input, cost) => {
        const plan = planReads({ ...input, cost });
        const placed = plan.blocks.flatMap(({ registers }) =>
          registers.map(({ register: { name } }) => name),
        );
        expect(placed.toSorted()).toEqual(input.registers.map(({ name }) => name).toSorted());
        for (const block of plan.blocks) {
          const members = block.registers.map(({ register: member }) => member);
          expect(spread(members, input.profile.limits)).toEqual({
            address: block.address,
            count: block.count,
          });
          if (members.length > 1) expect(block.count).toBeLessThanOrEqual(input.profile.limits.registers);
          for (const { register: member, at } of block.registers) {
            expect(member.function).toBe(block.function);
            expect(block.address + at).toBe(member.address);
          }
        }
      }),
      { numRuns: 500 },
    ));

  it('cost no more than one by one, and no more than without holes', () =>
    fc.assert(
      fc.property(anyMeter, costs, (input, cost) => {
        const plan = planReads({ ...input, cost });
        const single = input.registers.reduce(
          (sum, member) => sum + readUs(cost, member.function, spread([member], input.profile.limits).count),
          0,
        );
        const withoutHoles = planReads({
          ...input,
          cost,
          profile: { ...input.profile, limits: { ...input.profile.limits, holes: false } },
        });
        expect(plan.us).toBeLessThanOrEqual(single + 1e-6);
        expect(plan.us).toBeLessThanOrEqual(withoutHoles.us + 1e-6);
      }),
      { numRuns: 500 },
    ));

  it('are the cheapest of all ways to divide the registers', () =>
    fc.assert(
      fc.property(anyMeter, costs, (input, cost) => {
        const plan = planReads({ ...input, cost });
        let cheapest = 0;
        for (const code of [3, 4] as const) {
          const allowed = blockRule(input, code);
          const mine = input.registers
            .filter((member) => member.function === code)
            .toSorted((a, b) => a.address - b.address);
          const price = (group: ProfileRegister[]): number => {
            const isLonely = group.length > 1 && group.some(({ alone }) => alone);
            const isAllowed = allowed(group.toSorted((a, b) => a.address - b.address));
            if (isLonely || !isAllowed) return Number.POSITIVE_INFINITY;
            return readUs(cost, code, spread(group, input.profile.limits).count);
          };
          cheapest += Math.min(
            ...partitions(mine).map((groups) => groups.reduce((sum, group) => sum + price(group), 0)),
          );
        }
        expect(plan.us).toBeCloseTo(cheapest, 3);
      }),
      { numRuns: 300 },
    ));
});
