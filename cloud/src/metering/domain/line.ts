import type { Epoch } from './epoch.ts';
import { judge, type Node, type Suspicion } from './judge.ts';
import { HOLD_MS, settle, turnedBack } from './settle.ts';

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
 * `held`: waits for readings that confirm it; readings of another register wait for a person. `proposed`: confirmed; the step bills nothing until a person says what
 * it was. `discarded`: the line went on as if it had not been. `accepted`: a rollover, seen and counted.
 */
export interface Anomaly {
  readonly kind: Suspicion | 'unsteady' | 'rollover' | 'closing' | 'other-register' | 'opening';
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
  const follower = new Follower(nodes, epoch, turns);
  for (let place = 0; place < nodes.length; ) place = follower.take(place);
  return follower;
}

class Follower implements Line {
  readonly believed: Believed[] = [];
  readonly anomalies: Anomaly[] = [];
  readonly #nodes: readonly Node[];
  readonly #epoch: Epoch;
  #turns: number;
  #last: Node | undefined;

  constructor(nodes: readonly Node[], epoch: Epoch, turns: number) {
    this.#nodes = nodes;
    this.#epoch = epoch;
    this.#turns = turns;
  }

  /** Answers the place of the count to look at next. */
  take(place: number): number {
    const node = this.#nodes[place];
    const last = this.#last;
    if (node === undefined) return place + 1;
    if (node.standing === 'void') return this.#note(voided(node, last), place + 1);
    if (last === undefined) return this.#believe(node, place);
    const step = judge(last, node, this.#epoch);
    if (step.kind === 'forward') return this.#believe(node, place);
    if (step.kind === 'rollover') return this.#turn(last, node, place);
    if (node.declared) return this.#note(contradicted(last, node), place + 1);
    const settled = settle({ nodes: this.#nodes, first: place, last, code: step.code, epoch: this.#epoch });
    if (settled.newLine !== undefined) this.#believe(settled.newLine, place, true);
    return this.#note(settled.anomaly, settled.next);
  }

  #turn(last: Node, node: Node, place: number): number {
    const question = { nodes: this.#nodes, first: place, last, epoch: this.#epoch };
    const glitch = turnedBack(question);
    if (glitch !== undefined) return this.#note(glitch.anomaly, glitch.next);
    this.#turns += 1;
    this.anomalies.push(rollover(last, node));
    return this.#believe(node, place);
  }

  #believe(node: Node, place: number, broken = false): number {
    this.#last = node;
    const count = node.count + BigInt(this.#turns) * (this.#epoch.modulus ?? 0n);
    this.believed.push({ at: node.at, count, broken, weak: node.standing === 'weak' });
    return place + 1;
  }

  #note(anomaly: Anomaly, next: number): number {
    this.anomalies.push(anomaly);
    return next;
  }
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
  until: Math.max(node.at, last.at + HOLD_MS),
  resumes: node.at,
  left: 0,
});
