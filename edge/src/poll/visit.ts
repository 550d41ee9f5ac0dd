import type { Block } from '../meters/plan.ts';
import { deadlineOf, type Group, type GroupKind, isNear, turnAfter, turned } from './group.ts';
import type { MeterPoll } from './meter-poll.ts';

export interface Visit {
  readonly kind: 'regular' | 'approach' | 'retry';
  readonly meter: MeterPoll;
  readonly groups: readonly Group[];
  readonly deadlineUs: number;
  blocks: readonly Block[];
  notBeforeUs: number;
  tries: number;
}

const TRIES = 3;

/**
 * Which meter is visited next: the one whose deadline (when it was due, and its interval) is the earliest. A line that is
 * too slow for all makes every interval longer by about the same time, and nobody is left out: a deadline never moves
 * before it has been kept.
 */
export class Visits {
  private readonly meters: readonly MeterPoll[];
  /** Begun and not finished: what was read is kept, and the next try goes on where this one failed. */
  private readonly begun = new Map<MeterPoll, Visit>();
  private current: Visit | undefined;
  private approaching: MeterPoll[] = [];
  private approachUs = 0;

  constructor(meters: readonly MeterPoll[]) {
    this.meters = meters;
  }

  /** Whether anybody is waiting. */
  isDue(nowUs: number): boolean {
    return this.nextAtUs() <= nowUs;
  }

  next(nowUs: number): Visit | undefined {
    const { current } = this;
    if (current && this.begun.get(current.meter) === current && isReady(current, nowUs)) return current;
    this.current = this.approachVisit(nowUs) ?? this.earliest(nowUs);
    return this.current;
  }

  nextAtUs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const meter of this.meters) {
      if (meter.breaker.open) continue;
      const visit = this.begun.get(meter);
      if (visit) next = Math.min(next, visit.notBeforeUs);
      else for (const { dueUs } of meter.groups) next = Math.min(next, dueUs);
    }
    return this.approaching.length > 0 ? Math.min(next, this.approachUs) : next;
  }

  /** Counters are read once more before the boundary. */
  approach(meter: MeterPoll, nowUs: number): void {
    this.approachUs = nowUs;
    if (!this.approaching.includes(meter)) this.approaching.push(meter);
  }

  endApproach(): void {
    this.approaching = [];
  }

  read(visit: Visit, block: Block, nowUs: number): void {
    this.divided(visit, block, [], nowUs);
  }

  divided(visit: Visit, block: Block, rest: readonly Block[], nowUs: number): void {
    visit.blocks = [...rest, ...visit.blocks.filter((candidate) => candidate !== block)];
    const { gap } = visit.meter;
    // Others can be read while this unit needs its silence.
    if (gap?.scope === 'unit') visit.notBeforeUs = nowUs + gap.minMs * 1_000;
    if (visit.blocks.length === 0) this.finish(visit, nowUs);
  }

  failed(visit: Visit, nowUs: number, pauseUs: number): void {
    visit.tries += 1;
    visit.notBeforeUs = nowUs + pauseUs;
    if (visit.meter.breaker.open) this.begun.delete(visit.meter);
    else if (visit.tries >= TRIES) this.finish(visit, nowUs);
  }

  /** It was silent: all that it owes is due, and who it is should be known first. */
  welcome(meter: MeterPoll, nowUs: number): void {
    // Now, and not since when: while it was silent nothing was late, and the line is not too slow because of it.
    for (const group of meter.groups) if (group.kind !== 'retry') group.dueUs = nowUs;
  }

  /** The port is back: what could not be asked meanwhile is due, and not late. */
  resume(nowUs: number): void {
    for (const group of this.meters.flatMap(({ groups }) => groups)) {
      if (group.dueUs < nowUs) group.dueUs = nowUs;
    }
  }

  hurry(meter: MeterPoll, kind: GroupKind, nowUs: number): void {
    for (const group of meter.groups) if (group.kind === kind) group.dueUs = Math.min(group.dueUs, nowUs);
  }

  /** The counters were read for a boundary just now: the turn that follows closely is left out. */
  swept(meter: MeterPoll, nowUs: number): void {
    for (const group of meter.groups) {
      if (
        group.kind !== 'counter' ||
        !group.registers.every(({ name }) => meter.points.get(name)?.class === 'billing')
      )
        continue;
      group.dueUs = Math.max(group.dueUs, turnAfter(group, nowUs + group.everyUs / 3));
    }
  }

  private finish(visit: Visit, nowUs: number): void {
    if (this.begun.get(visit.meter) === visit) this.begun.delete(visit.meter);
    for (const group of visit.groups) {
      if (visit.kind === 'approach') group.dueUs = turnAfter(group, nowUs + group.everyUs / 3);
      else turned(group, nowUs);
      group.lastUs = nowUs;
    }
  }

  private approachVisit(nowUs: number): Visit | undefined {
    for (let meter = this.approaching.shift(); meter; meter = this.approaching.shift()) {
      if (meter.breaker.open || this.begun.has(meter)) continue;
      const groups = meter.groups.filter(
        ({ kind, registers }) =>
          kind === 'counter' && registers.some(({ name }) => meter.points.get(name)?.class === 'billing'),
      );
      const visit = this.begin(meter, 'approach', groups, nowUs);
      if (visit) return visit;
    }
    return undefined;
  }

  private earliest(nowUs: number): Visit | undefined {
    let best: { meter: MeterPoll; group?: Group; visit?: Visit; deadlineUs: number } | undefined;
    for (const meter of this.meters) {
      if (meter.breaker.open) continue;
      const visit = this.begun.get(meter);
      if (visit) {
        if (isReady(visit, nowUs) && !(best && best.deadlineUs <= visit.deadlineUs))
          best = { meter, visit, deadlineUs: visit.deadlineUs };
        continue;
      }
      for (const group of meter.groups) {
        if (group.dueUs > nowUs || (best && best.deadlineUs <= deadlineOf(group))) continue;
        best = { meter, group, deadlineUs: deadlineOf(group) };
      }
    }
    if (!best?.group) return best?.visit;
    return this.beginDue(best.meter, best.group, nowUs) ?? this.earliest(nowUs);
  }

  private beginDue(meter: MeterPoll, group: Group, nowUs: number): Visit | undefined {
    if (group.kind === 'retry') return this.begin(meter, 'retry', [group], nowUs);
    const along = meter.groups.filter(
      (other) => other === group || (other.kind !== 'retry' && isNear(other, nowUs)),
    );
    return this.begin(meter, 'regular', along, nowUs);
  }

  /** Undefined when there is nothing to ask for: then it has had its turn. */
  private begin(
    meter: MeterPoll,
    kind: Visit['kind'],
    groups: readonly Group[],
    nowUs: number,
  ): Visit | undefined {
    const blocks = kind === 'retry' ? meter.refusedBlocks() : blocksOf(meter, groups);
    const deadlineUs = Math.min(...groups.map(deadlineOf));
    const visit: Visit = { kind, meter, groups, blocks, deadlineUs, notBeforeUs: nowUs, tries: 0 };
    if (blocks.length === 0) {
      for (const group of groups) turned(group, nowUs);
      return undefined;
    }
    this.begun.set(meter, visit);
    return visit;
  }
}

const isReady = (visit: Visit, nowUs: number): boolean =>
  visit.notBeforeUs <= nowUs && !visit.meter.breaker.open;

/** Who it is comes first: counts are not to be taken for those of a meter that is no longer there. */
function blocksOf(meter: MeterPoll, groups: readonly Group[]): Block[] {
  const identity = groups.filter(({ kind }) => kind === 'identity');
  const others = groups.filter(({ kind }) => kind !== 'identity');
  return [identity, others].flatMap((some) => (some.length > 0 ? meter.groupsPlan(some).blocks : []));
}
