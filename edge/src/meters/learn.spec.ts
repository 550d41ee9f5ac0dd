import { type MeterProfile, type ProfileRegister, wordsOf } from '@meterline/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serialCost } from './cost.ts';
import { learnIllegal, learnLegal } from './learn.ts';
import { learntFrom, nothingLearnt } from './learnt.ts';
import { type Block, type Plan, planReads } from './plan.ts';

const LINE = serialCost({ baud: 9600, parity: 'none', stop: 1 }, 20_000);

const register = (name: string, address: number, rest: object = {}): ProfileRegister =>
  ({
    name,
    role: 'gauge',
    function: 3,
    address,
    type: 'uint32',
    scale: '1',
    unit: 'mW',
    ...rest,
  }) as ProfileRegister;

const planFor = (registers: ProfileRegister[], limit = 60): Plan => {
  const profile = { id: 'm', version: 1, limits: { registers: limit }, registers } as unknown as MeterProfile;
  return planReads({ profile, registers, cost: LINE, learnt: nothingLearnt(profile) });
};

const refuses =
  (illegal: ReadonlySet<number>, longest: number) =>
  (block: Block): boolean => {
    if (block.count > longest) return true;
    for (let k = 0; k < block.count; k += 1) if (illegal.has(block.address + k)) return true;
    return false;
  };

/** Reads until nothing new is refused; says how often the meter refused. */
function learn(plan: Plan, isRefused: (block: Block) => boolean): { plan: Plan; refusals: number } {
  for (let refusals = 0; ; refusals += 1) {
    const block = plan.blocks.find(
      (candidate) =>
        isRefused(candidate) &&
        !(
          candidate.registers.length === 1 &&
          plan.refused.some(({ register: known }) => known === candidate.registers[0]?.register)
        ),
    );
    if (!block) return { plan, refusals };
    plan = learnIllegal(plan, block);
    if (refusals > 500) throw new Error('does not end');
  }
}

const names = (plan: Plan): string[] =>
  plan.blocks.flatMap(({ registers }) => registers.map(({ register: { name } }) => name)).toSorted();

const row = (count: number, rest: object = {}): ProfileRegister[] =>
  Array.from({ length: count }, (_, i) => register(`r${i}`, 2 * i, rest));

describe('what a meter refuses', () => {
  it('costs about log₂ n refusals, and everything around it is joined again', () => {
    const { plan, refusals } = learn(planFor(row(16, { optional: true })), refuses(new Set([13]), 60));
    expect(plan.refused.map(({ register: { name } }) => name)).toEqual(['r6']);
    expect(plan.blocks.map(({ address, count }) => [address, count])).toEqual([
      [0, 12],
      [14, 18],
    ]);
    expect(refusals).toBeLessThanOrEqual(6);
  });

  it('in a hole is found there: nothing is lost but the hole', () => {
    const { plan, refusals } = learn(
      planFor([register('a', 0), register('b', 8), register('c', 12)]),
      refuses(new Set([5]), 60),
    );
    expect(plan.blocks.map(({ address, count }) => [address, count])).toEqual([
      [0, 2],
      [8, 6],
    ]);
    expect(plan.refused).toEqual([]);
    expect(refusals).toBe(1);
  });

  it('that is required is said, and still asked for by itself', () => {
    const { plan } = learn(planFor(row(4)), refuses(new Set([2]), 60));
    expect(plan.refused).toEqual([{ register: expect.objectContaining({ name: 'r1' }), required: true }]);
    expect(names(plan)).toEqual(['r0', 'r1', 'r2', 'r3']);
    const lonely = plan.blocks.find(({ address }) => address === 2);
    expect(lonely).toMatchObject({ count: 2 });
  });

  it('is forgotten when it was a whim', () => {
    const before = planFor(row(4));
    const { plan } = learn(before, refuses(new Set([2]), 60));
    const lonely = plan.blocks.find(({ address }) => address === 2);
    const again = learnLegal(plan, lonely as Block);
    expect(again.refused).toEqual([]);
    expect(learnLegal(again, again.blocks[0] as Block)).toBe(again);
  });

  it('as too long is divided', () => {
    const { plan } = learn(planFor(row(16, { optional: true })), refuses(new Set(), 10));
    expect(plan.refused).toEqual([]);
    expect(plan.blocks.every(({ count }) => count <= 10)).toBe(true);
  });

  it('under two names at one address is refused under both', () => {
    const twins = [
      register('a', 4, { type: 'uint16', optional: true }),
      register('b', 4, { type: 'uint16', optional: true }),
    ];
    const { plan } = learn(planFor(twins), refuses(new Set([4]), 60));
    expect(plan.blocks).toEqual([]);
    expect(plan.refused).toHaveLength(2);
  });

  it('is plain data, and survives being written down', () => {
    const { plan } = learn(planFor(row(16, { optional: true })), refuses(new Set([13]), 60));
    const learnt = learntFrom(JSON.parse(JSON.stringify(plan.input.learnt)), plan.input.profile);
    expect(planReads({ ...plan.input, learnt })).toEqual(plan);
  });

  it.each([
    ['another version', { profile: 'm@2', failures: [] }],
    ['a damaged file', { profile: 'm@1', failures: [{ function: 9 }] }],
    ['nothing', undefined],
  ])('is learnt anew from %s', (_, value) =>
    expect(learntFrom(value, { id: 'm', version: 1 })).toEqual({ profile: 'm@1', failures: [] }),
  );

  it('never takes a legal register away, whatever is illegal', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 62 }), { maxLength: 6 }),
        fc.integer({ min: 2, max: 60 }),
        fc.boolean(),
        (addresses, illegal, longest, optional) => {
          const bad = new Set(illegal);
          const registers = addresses.map((address, i) =>
            register(`r${i}`, address, optional ? { optional } : {}),
          );
          const isBad = (member: ProfileRegister): boolean =>
            Array.from({ length: wordsOf(member) }, (_, k) => member.address + k).some((address) =>
              bad.has(address),
            );
          const isRefused = refuses(bad, longest);
          const { plan, refusals } = learn(planFor(registers), isRefused);
          const readable = plan.blocks
            .filter((block) => !isRefused(block))
            .flatMap(({ registers: placed }) => placed);
          expect(readable.map(({ register: { name } }) => name).toSorted()).toEqual(
            registers
              .filter((member) => !isBad(member))
              .map(({ name }) => name)
              .toSorted(),
          );
          expect(plan.refused.map(({ register: { name } }) => name).toSorted()).toEqual(
            registers
              .filter(isBad)
              .map(({ name }) => name)
              .toSorted(),
          );
          expect(refusals).toBeLessThanOrEqual(4 * registers.length);
        },
      ),
      { numRuns: 500 },
    ));
});
