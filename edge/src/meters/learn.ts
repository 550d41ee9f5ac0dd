import { wordsOf } from '@meterline/contracts';
import { type Failure, spanOf, within } from './learnt.ts';
import { type Block, type Plan, planReads } from './plan.ts';

/**
 * The meter refused this block (exception 2, or 3 when the block was too long for it). The new plan divides it; when
 * nothing is left to divide, the register is refused. Each call takes at least one possibility away, so the search
 * ends: after about log₂ n reads for each culprit among n registers.
 */
export function learnIllegal(plan: Plan, block: Block): Plan {
  return planReads({ ...plan.input, learnt: { ...plan.input.learnt, failures: grown(plan, block) } });
}

/** A register that had been refused was read after all: it is forgotten that it was. */
export function learnLegal(plan: Plan, block: Block): Plan {
  const { learnt } = plan.input;
  const read = { function: block.function, from: block.address, to: block.address + block.count };
  const failures = learnt.failures.filter((failure) => !within(failure, read));
  if (failures.length === learnt.failures.length) return plan;
  return planReads({ ...plan.input, learnt: { ...learnt, failures } });
}

function grown(plan: Plan, block: Block): readonly Failure[] {
  const { failures } = plan.input.learnt;
  const [only] = block.registers;
  const failure: Failure | undefined =
    // One address under two names cannot be divided: both are refused.
    block.registers.length > 1 && block.count > 1
      ? { function: block.function, from: block.address, to: block.address + block.count, ...cutOf(block) }
      : only && spanOf(only.register);
  if (!failure) return failures;
  const isKnown = failures.some(
    ({ function: code, from, to, cut }) =>
      code === failure.function && from === failure.from && to === failure.to && cut === failure.cut,
  );
  return isKnown ? failures : [...failures, failure];
}

/** Behind the widest hole, where the culprit most likely lies; else in the middle. */
function cutOf(block: Block): { cut: number; hole?: true } {
  let covered = block.address;
  let widest = { width: 0, cut: 0 };
  for (const { register } of block.registers) {
    const width = register.address - covered;
    if (width > widest.width && register.address > block.address) widest = { width, cut: register.address };
    covered = Math.max(covered, register.address + wordsOf(register));
  }
  if (widest.cut > 0) return { cut: widest.cut, hole: true };
  const inside = block.registers
    .map(({ register }) => register.address)
    .filter((start) => start > block.address);
  return { cut: inside[Math.trunc((inside.length - 1) / 2)] ?? block.address + 1 };
}
