import type { Epoch } from './epoch.ts';
import { judge, type Node, type Suspicion } from './judge.ts';
import { settle } from './settle.ts';

/** A count that the ledger believes. */
export interface Believed {
  readonly at: number;
  /** Unwound: each rollover since the epoch began adds one modulus. */
  readonly count: bigint;
  /** Nothing is billed from the one before to this one. */
  readonly broken: boolean;
  readonly weak: boolean;
}

/**
 * Something in the line of a register that a person can look at.
 * `held`: waits for readings that confirm it. `proposed`: confirmed; the step bills nothing until a person says what
 * it was. `discarded`: the line went on as if it had not been. `accepted`: a rollover, seen and counted.
 */
export interface Anomaly {
  readonly kind: Suspicion | 'unsteady' | 'rollover' | 'closing';
  readonly state: 'held' | 'proposed' | 'discarded' | 'accepted';
  /** The last reading that was believed before it, and its count. */
  readonly since: number;
  readonly before: bigint;
  /** The first reading in question, and the count that it, or the line after it, begins with. */
  readonly from: number;
  readonly after: bigint;
  /** From here on no reading can change what was decided; undefined while later ones can. */
  readonly until: number | undefined;
  /** Where the line goes on; undefined while it does not. What was read from `from` to here is in no bill. */
  readonly resumes: number | undefined;
  /** How many readings that are. */
  readonly left: number;
}

export interface Line {
  readonly believed: readonly Believed[];
  readonly anomalies: readonly Anomaly[];
}

/**
 * Follows the counts of one epoch from one that is believed. Each count is compared with the last that was believed;
 * one that does not follow is held until readings after it say what it was (settle.ts).
 */
export function follow(nodes: readonly Node[], epoch: Epoch, turns = 0): Line {
  const believed: Believed[] = [];
  const anomalies: Anomaly[] = [];
  let last: Node | undefined;
  let turned = turns;
  const believe = (node: Node, broken: boolean): void => {
    last = node;
    believed.push({
      at: node.at,
      count: node.count + BigInt(turned) * (epoch.modulus ?? 0n),
      broken,
      weak: node.standing === 'weak',
    });
  };
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i];
    if (node === undefined) break;
    if (node.standing === 'void') {
      anomalies.push(voided(node, last));
    } else if (last === undefined) {
      believe(node, false);
    } else {
      const step = judge(last, node, epoch);
      if (step.kind === 'suspect' && node.declared) {
        anomalies.push(contradicted(last, node));
        continue;
      }
      if (step.kind === 'suspect') {
        const settled = settle({ nodes, first: i, last, code: step.code, epoch });
        anomalies.push(settled.anomaly);
        if (settled.newLine !== undefined) believe(settled.newLine, true);
        i = settled.next - 1;
        continue;
      }
      if (step.kind === 'rollover') {
        turned += 1;
        anomalies.push(rollover(last, node));
      }
      believe(node, false);
    }
  }
  return { believed, anomalies };
}

/** Its span ends where it begins: it says nothing of its neighbours. */
const voided = (node: Node, last: Node | undefined): Anomaly => ({
  kind: 'unsteady',
  state: 'discarded',
  since: node.at - 1,
  before: last?.count ?? node.count,
  from: node.at,
  after: node.count,
  until: node.at,
  resumes: node.at + 1,
  left: 1,
});

/** A person has said that the epoch ended below what was read of it: the readings stay, and somebody must look. */
const contradicted = (last: Node, node: Node): Anomaly => ({
  kind: 'closing',
  state: 'proposed',
  since: last.at,
  before: last.count,
  from: node.at,
  after: node.count,
  until: node.at,
  resumes: node.at,
  left: 0,
});

const rollover = (last: Node, node: Node): Anomaly => ({
  kind: 'rollover',
  state: 'accepted',
  since: last.at,
  before: last.count,
  from: node.at,
  after: node.count,
  until: node.at,
  resumes: node.at,
  left: 0,
});
