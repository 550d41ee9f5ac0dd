import type { Epoch } from './epoch.ts';
import { follows, judge, type Node, type Suspicion } from './judge.ts';
import type { Anomaly } from './line.ts';

/** A line that is back within this time was never away: what lay between is a glitch, however many readings said it. */
export const HOLD_MS = 24 * 3_600_000;
/** So many further readings that follow from each other confirm a new line. */
const CONFIRMATIONS = 2;
/** Readings of one sweep are one opinion. */
const APART_MS = 60_000;

export interface Question {
  readonly nodes: readonly Node[];
  /** Place of the first count that does not follow. */
  readonly first: number;
  /** The last count that is believed. */
  readonly last: Node;
  readonly code: Suspicion;
  readonly epoch: Epoch;
}

export interface Settled {
  readonly anomaly: Anomaly;
  /** Where the line goes on with nothing billed in between. */
  readonly newLine?: Node;
  /** Place of the count to look at next. */
  readonly next: number;
}

/**
 * Looks ahead from a count that cannot follow from the last one.
 * 1. The line comes back within HOLD_MS, or with the first reading after: all between is left out, as if never read.
 * 2. It does not, and a new line is confirmed: it goes on there. The step itself bills nothing, and is put to a person.
 * 3. Neither yet: what there is, is held.
 * What is said in 2 while nothing was read after HOLD_MS, and in 3, may change with the next reading; nothing else may.
 */
export function settle(question: Question): Settled {
  const { nodes, first, last } = question;
  const horizon = last.at + HOLD_MS;
  const line = new Confirming(question);
  for (let place = first; place < nodes.length; place += 1) {
    const node = nodes[place];
    if (node === undefined || node.standing === 'void') continue;
    // The epoch ends here, as a person has read it: what is in question does not outlive it.
    if (node.declared) return left(question, place, node.at);
    if (place > first && isBack(question, place, line.begin)) return left(question, place, node.at);
    line.add(place, node);
    // All that could bring the line back has been seen, and a new one stands.
    if (line.begin !== undefined && node.at > horizon) return broken(question, line.begin, node.at);
  }
  if (line.begin !== undefined) return broken(question, line.begin, undefined);
  return { anomaly: anomalyOf(question, 'held', nodes.length, undefined), next: nodes.length };
}

/**
 * Near the end of a register a zero looks like a rollover, until within HOLD_MS the old count is there again, which the
 * new line cannot have reached: then it was a glitch. Undefined: it turned over.
 */
export function turnedBack(question: Omit<Question, 'code'>): Settled | undefined {
  const { nodes, first, last, epoch } = question;
  const begin = nodes[first];
  let previous = begin;
  for (let place = first + 1; place < nodes.length; place += 1) {
    const node = nodes[place];
    if (!node || !begin || !previous || node.at > last.at + HOLD_MS) return undefined;
    if (node.standing === 'void') continue;
    if (!node.declared && follows(previous, node, epoch)) {
      previous = node;
      continue;
    }
    const step = judge(last, node, epoch).kind;
    // It may have turned over while the zeros were read: then a line that never moved leaps to where it is now.
    const hasLeapt = step === 'rollover' && previous.count === begin.count && node.count > previous.count;
    if (step !== 'forward' && !hasLeapt) continue;
    return left({ ...question, code: begin.count === 0n ? 'zero' : 'drop' }, place, node.at);
  }
  return undefined;
}

const left = (question: Question, place: number, until: number): Settled => ({
  anomaly: anomalyOf(question, 'discarded', place, until),
  next: place,
});

function broken(question: Question, begin: number, until: number | undefined): Settled {
  const newLine = question.nodes[begin];
  const anomaly = anomalyOf(question, 'proposed', begin, until);
  return {
    anomaly: newLine ? { ...anomaly, kind: kindOf(question, newLine), after: newLine.count } : anomaly,
    ...(newLine && { newLine }),
    next: begin + 1,
  };
}

/** What the step to the new line is, whatever garbage came first. */
function kindOf({ last, epoch, code }: Question, newLine: Node): Suspicion {
  const step = judge(last, newLine, epoch);
  return step.kind === 'suspect' ? step.code : code;
}

/** Looks for a count in question from which on CONFIRMATIONS more follow one another. */
class Confirming {
  readonly #epoch: Epoch;
  /** Place of the first count of the new line, once it is confirmed. */
  begin: number | undefined;
  #candidate = 0;
  #earlier: Node | undefined;
  #counted = 0;
  #countedAt = 0;

  constructor({ epoch }: Question) {
    this.#epoch = epoch;
  }

  add(place: number, node: Node): void {
    if (this.begin !== undefined) return;
    if (this.#earlier === undefined || !follows(this.#earlier, node, this.#epoch)) {
      this.#candidate = place;
      this.#counted = 0;
      this.#countedAt = node.at;
    } else if (node.at - this.#countedAt >= APART_MS) {
      this.#counted += 1;
      this.#countedAt = node.at;
    }
    this.#earlier = node;
    if (this.#counted < CONFIRMATIONS) return;
    this.begin = this.#candidate;
  }
}

/** Does the count at `place` go on from the last believed one, as if those between had not been? */
function isBack(question: Question, place: number, confirmed: number | undefined): boolean {
  const { nodes, last, epoch, first, code } = question;
  const node = nodes[place];
  const begin = nodes[confirmed ?? first];
  if (node === undefined || begin === undefined || !follows(last, node, epoch)) return false;
  if (code === 'swap') return node.standing !== 'swapped';
  // Above the line: time alone makes any jump possible, so that only a fall is a way back.
  if (begin.count >= last.count) return node.count < begin.count;
  if (confirmed === undefined) return true;
  // Below: a line that counts on by itself may reach the old count some day; one that stands still may not.
  return !countsOn(question, confirmed, place);
}

/** Has the new line moved, and does it reach the count at `place` by itself? */
function countsOn({ nodes, epoch }: Question, begin: number, place: number): boolean {
  const node = nodes[place];
  const start = nodes[begin];
  const counts = nodes.slice(begin, place).filter(({ standing }) => standing !== 'void');
  const previous = counts.at(-1);
  if (node === undefined || start === undefined || previous === undefined) return false;
  const moved = counts.some(({ count }) => count > start.count);
  return moved && judge(previous, node, epoch).kind === 'forward';
}

function anomalyOf(
  { nodes, first, last, code }: Question,
  state: Anomaly['state'],
  end: number,
  until: number | undefined,
): Anomaly {
  const begin = nodes[first];
  return {
    kind: code,
    state,
    since: last.at,
    before: last.count,
    from: begin?.at ?? last.at,
    after: begin?.count ?? last.count,
    until,
    resumes: nodes[end]?.at,
    left: end - first,
  };
}
