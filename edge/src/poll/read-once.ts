import type { MeterProfile, ProfileRegister } from '@meterline/contracts';
import type { ReadCost } from '../meters/cost.ts';
import { learnIllegal } from '../meters/learn.ts';
import { nothingLearnt } from '../meters/learnt.ts';
import { type Block, type Plan, planReads } from '../meters/plan.ts';
import { type Reading, readingsOf } from '../meters/readings.ts';
import type { Bus } from '../wire/bus.ts';
import { type Exchange, exceptionName } from '../wire/fault.ts';
import type { Bits, Words } from '../wire/reply.ts';
import type { ReadBits, ReadRegisters } from '../wire/request.ts';
import { isLoss } from './breaker.ts';

export interface ReadProblem {
  readonly name: string;
  readonly problem: string;
  readonly optional: boolean;
}

export type ReadOnce =
  | {
      readonly kind: 'read';
      readonly readings: readonly Reading[];
      readonly problems: readonly ReadProblem[];
    }
  | { readonly kind: 'silent'; readonly reason: string }
  /** The port cannot be had. */
  | { readonly kind: 'port'; readonly reason: string };

export interface ReadOnceOptions {
  readonly unit: number;
  readonly profile: MeterProfile;
  readonly cost: ReadCost;
  readonly timeoutMs?: number | undefined;
  readonly registers?: readonly ProfileRegister[];
  readonly signal?: AbortSignal;
}

const TRIES = 2;
const BUSY_TRIES = 5;
const BUSY_MS = 200;
const OPEN_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 1_000;

/** Every register of a meter, now: for people at the meter, without state. */
export async function readOnce(bus: Pick<Bus, 'request'>, options: ReadOnceOptions): Promise<ReadOnce> {
  const { profile, cost } = options;
  const registers = options.registers ?? profile.registers;
  let plan: Plan = planReads({ profile, registers, cost, learnt: nothingLearnt(profile) });
  const waiting = [...plan.blocks];
  const readings: Reading[] = [];
  const problems: ReadProblem[] = [];
  let answered = false;
  for (let block = waiting.shift(); block; block = waiting.shift()) {
    const result = await ask(bus, block, options);
    if (result.ok) {
      answered = true;
      readings.push(...readingsOf(block, 'words' in result ? result.words : result.bits.map(Number)));
      continue;
    }
    const { fault, exception, reason } = result;
    if (['port', 'deadline', 'noise', 'cancelled'].includes(fault) && !answered)
      return { kind: 'port', reason };
    if (!answered && isLoss(fault, exception)) return { kind: 'silent', reason };
    answered ||= fault === 'exception';
    const isDivisible = block.registers.length > 1 && (exception === 2 || exception === 3);
    if (isDivisible) {
      const part: Plan = {
        ...plan,
        input: { ...plan.input, registers: block.registers.map(({ register }) => register) },
      };
      const next = learnIllegal(part, block);
      plan = { ...plan, input: { ...plan.input, learnt: next.input.learnt } };
      waiting.unshift(...next.blocks);
      // An optional register that is refused by name leaves the plan: it is told apart here.
      for (const { register } of next.refused)
        if (register.optional) problems.push(problemOf(register, REFUSED));
      continue;
    }
    const text = exception === null ? reason : `${exceptionName(exception)} (exception ${exception})`;
    for (const { register } of block.registers) problems.push(problemOf(register, text));
  }
  const order = new Map(registers.map((register, i) => [register, i]));
  readings.sort((a, b) => (order.get(a.register) ?? 0) - (order.get(b.register) ?? 0));
  return { kind: 'read', readings, problems };
}

const REFUSED = 'illegal data address (exception 2)';

const problemOf = (register: ProfileRegister, problem: string): ReadProblem => ({
  name: register.name,
  problem,
  // How a meter is set up is looked at, never counted on.
  optional: register.optional === true || register.role === 'setting',
});

async function ask(
  bus: Pick<Bus, 'request'>,
  { function: code, address, count }: Block,
  { unit, profile, timeoutMs, signal }: ReadOnceOptions,
): Promise<Exchange<Words | Bits>> {
  const request = { function: code, unit, address, count } as ReadRegisters | ReadBits;
  const { gapMs, gapScope = 'bus', longestMs = 0 } = profile.timing ?? {};
  const options = {
    lane: 'interactive',
    timeoutMs: timeoutMs ?? Math.max(DEFAULT_TIMEOUT_MS, longestMs),
    expiresInMs: OPEN_MS,
    ...(gapMs === undefined ? {} : { gap: { minMs: gapMs, scope: gapScope } }),
    ...(signal ? { signal } : {}),
  } as const;
  for (let lost = 1, busy = 1; ; ) {
    const result: Exchange<Words | Bits> = await bus.request(request, options);
    if (result.ok) return result;
    const { fault, exception } = result;
    if (isLoss(fault, exception) && lost < TRIES) lost += 1;
    else if ((exception === 5 || exception === 6) && busy < BUSY_TRIES) {
      busy += 1;
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    } else return result;
  }
}
