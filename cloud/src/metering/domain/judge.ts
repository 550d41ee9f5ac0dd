import { type Epoch, mostCounts } from './epoch.ts';
import type { Standing } from './reading.ts';

/** A count in its place in time, as the ledger follows it. */
export interface Node {
  readonly at: number;
  readonly count: bigint;
  readonly standing: Standing;
  /** Said by a person (an opening, a closing): not asked whether so much can have passed. */
  readonly declared: boolean;
}

const SUSPICIONS = ['drop', 'zero', 'jump', 'swap'] as const;
export type Suspicion = (typeof SUSPICIONS)[number];

/** How a count follows from the one before. */
export type Step =
  | { readonly kind: 'forward' }
  /** The register started again from 0, and what has passed meanwhile is possible. */
  | { readonly kind: 'rollover' }
  | { readonly kind: 'suspect'; readonly code: Suspicion };

const FORWARD: Step = { kind: 'forward' };
const ROLLOVER: Step = { kind: 'rollover' };
const SUSPECT = {
  drop: { kind: 'suspect', code: 'drop' },
  zero: { kind: 'suspect', code: 'zero' },
  jump: { kind: 'suspect', code: 'jump' },
  swap: { kind: 'suspect', code: 'swap' },
} as const satisfies Record<Suspicion, Step>;

export function judge(before: Node, node: Node, epoch: Epoch): Step {
  if (node.standing === 'swapped' && before.standing !== 'swapped' && !before.declared) return SUSPECT.swap;
  const passed = node.count - before.count;
  if (passed >= 0n) return isPossible(passed, before, node, epoch) ? FORWARD : SUSPECT.jump;
  if (isRollover(before, node, epoch)) return ROLLOVER;
  return node.count === 0n ? SUSPECT.zero : SUSPECT.drop;
}

/** Can be so: nothing fell, and no more has passed than can. */
export function follows(before: Node, node: Node, epoch: Epoch): boolean {
  return judge(before, node, epoch).kind !== 'suspect';
}

function isPossible(passed: bigint, before: Node, node: Node, epoch: Epoch): boolean {
  if (node.declared || passed === 0n) return true;
  const most = mostCounts(epoch, before.count, node.at - before.at);
  return most === undefined || passed <= most;
}

/** In its last tenth before, and the way over its end is possible. What nobody can judge is none. */
function isRollover(before: Node, node: Node, epoch: Epoch): boolean {
  const { modulus } = epoch;
  if (modulus === undefined || before.count >= modulus || node.count < 0n) return false;
  if (before.count * 10n <= modulus * 9n) return false;
  const most = mostCounts(epoch, before.count, node.at - before.at);
  return most !== undefined && modulus - before.count + node.count <= most;
}
