import { type MeterProfile, type ProfileRegister, wordsOf } from '@meterline/contracts';
import { type ReadCost, readUs } from './cost.ts';
import { type Learnt, limitsFrom, type Span, spanOf } from './learnt.ts';
import { barriersOf, type ReadFunction, spread } from './span.ts';
import { isBilling } from './wanted.ts';

export interface Placed {
  readonly register: ProfileRegister;
  /** Words from the beginning of the block. */
  readonly at: number;
}

/** One request. */
export interface Block {
  readonly function: ReadFunction;
  readonly address: number;
  readonly count: number;
  readonly registers: readonly Placed[];
  /** What the cost model says it takes. */
  readonly us: number;
}

/** A register that the meter has refused. A required one is still asked for, by itself: it may have been a whim. */
export interface Refused {
  readonly register: ProfileRegister;
  readonly required: boolean;
}

export interface PlanInput {
  readonly profile: MeterProfile;
  readonly registers: readonly ProfileRegister[];
  readonly cost: ReadCost;
  readonly learnt: Learnt;
}

export interface Plan {
  readonly input: PlanInput;
  /** Those with billing counters first: their time is the nearest to the boundary. */
  readonly blocks: readonly Block[];
  readonly us: number;
  readonly refused: readonly Refused[];
}

/**
 * The cheapest set of block reads that holds every wanted register exactly once. A hole is read over when its bytes
 * cost less than another exchange, unless the meter forbids it.
 */
export function planReads(input: PlanInput): Plan {
  const { learnt } = input;
  const refused: Refused[] = [];
  const byFunction = new Map<ReadFunction, ProfileRegister[]>();
  for (const register of new Set(input.registers)) {
    const isRefused = learnt.failures.some(
      (failure) => failure.cut === undefined && isSame(failure, spanOf(register)),
    );
    if (isRefused) refused.push({ register, required: register.optional !== true });
    if (isRefused && register.optional) continue;
    byFunction.set(register.function, [...(byFunction.get(register.function) ?? []), register]);
  }
  const blocks = [...byFunction].flatMap(([code, registers]) => cheapest(input, code, registers));
  blocks.sort((a, b) => rank(a) - rank(b) || a.function - b.function || a.address - b.address);
  return { input, blocks, us: blocks.reduce((sum, { us }) => sum + us, 0), refused };
}

const rank = ({ registers }: Block): number =>
  registers.some(({ register }) => isBilling(register)) ? 0 : 1;

const isSame = (a: Span, b: Span): boolean => a.function === b.function && a.from === b.from && a.to === b.to;

/** Dynamic programming over the registers in order of address: best way to read the first i of them. */
function cheapest(input: PlanInput, code: ReadFunction, registers: readonly ProfileRegister[]): Block[] {
  const solo = registers.filter(({ alone }) => alone).map((register) => blockOf(input, code, [register]));
  const shared = registers
    .filter(({ alone }) => !alone)
    .toSorted((a, b) => a.address - b.address || wordsOf(a) - wordsOf(b));
  const allowed = blockRule(input, code);
  const best: { us: number; blocks: number; from: number }[] = [{ us: 0, blocks: 0, from: 0 }];
  for (let end = 1; end <= shared.length; end += 1) {
    for (let from = end - 1; from >= 0; from -= 1) {
      const members = shared.slice(from, end);
      const before = best[from];
      if (before === undefined || !allowed(members)) {
        if (spread(members, input.profile.limits).count > input.profile.limits.registers) break;
        continue;
      }
      const us = before.us + readUs(input.cost, code, spread(members, input.profile.limits).count);
      const blocks = before.blocks + 1;
      const known = best[end];
      if (!known || us < known.us || (us === known.us && blocks < known.blocks))
        best[end] = { us, blocks, from };
    }
  }
  const found: Block[] = [];
  for (let end = shared.length; end > 0; end = best[end]?.from ?? 0) {
    found.push(blockOf(input, code, shared.slice(best[end]?.from ?? 0, end)));
  }
  return [...solo, ...found.toReversed()];
}

/** Whether these may be read in one request. A single register always may: there is no smaller request. */
export function blockRule(
  { profile, learnt }: PlanInput,
  code: ReadFunction,
): (members: readonly ProfileRegister[]) => boolean {
  const barriers = barriersOf(profile, code);
  const { cuts, refused } = limitsFrom(learnt, code);
  return (members) => {
    if (members.length === 1) return true;
    const { address, count } = spread(members, profile.limits);
    const end = address + count;
    if (count > profile.limits.registers) return false;
    if (cuts.some((cut) => address < cut && cut < end)) return false;
    if (refused.some(({ from, to }) => address <= from && to <= end)) return false;
    return !crosses(members, address, end, barriers);
  };
}

function crosses(
  members: readonly ProfileRegister[],
  address: number,
  end: number,
  isBarrier: (address: number) => boolean,
): boolean {
  let covered = address;
  const free = (to: number): boolean => {
    for (let hole = covered; hole < to; hole += 1) if (isBarrier(hole)) return true;
    return false;
  };
  for (const register of members) {
    if (free(register.address)) return true;
    covered = Math.max(covered, register.address + wordsOf(register));
  }
  return free(end);
}

function blockOf(input: PlanInput, code: ReadFunction, members: readonly ProfileRegister[]): Block {
  const { address, count } = spread(members, input.profile.limits);
  return {
    function: code,
    address,
    count,
    registers: members.map((register) => ({ register, at: register.address - address })),
    us: readUs(input.cost, code, count),
  };
}
