import type { CommandId } from '@meterline/contracts';
import type { CountAt, Occasion, Pass } from '../entry.ts';
import type { Block } from '../meters/plan.ts';
import type { MeterPoll } from './meter-poll.ts';
import { SECOND } from './time.ts';

/** A reading this long after its boundary still belongs to it; what has not been read by then is left out. */
export const SWEEP_US = 300 * SECOND;
const TRIES = 3;
/** A silent meter may answer late: it is not asked again before. */
const PAUSE_US = 1_200_000;
/** Main meters wait so long for the other lines: less than the journal waits before it takes a sweep for finished. */
const LAST_WAIT_US = 20 * SECOND;

export interface SweepItem {
  readonly meter: MeterPoll;
  readonly pass: Pass;
  blocks: readonly Block[];
  tries: number;
  notBeforeUs: number;
}

export interface SweepPlan {
  /** Null: nobody knows what time it is, and these become billing readings without a boundary. */
  readonly boundary: number | null;
  readonly occasion: Occasion;
  /** When somebody asked, and with which command: on demand only. */
  readonly askedUs?: number;
  readonly command?: CommandId | undefined;
  readonly untilUs: number;
  readonly meters: readonly MeterPoll[];
  /** The monotonic ms of the boundary: what was read before it, in this boot, can be a bracket. */
  readonly boundaryMono: number;
  readonly boot: string;
  /** Whether other lines still owe readings of this boundary, so that it is too early for the last ones. */
  readonly isEarly?: () => boolean;
}

/**
 * Main meters first, then the others, then the main meters again; who failed is asked again at the end, so that
 * nobody waits for more than one time-out of another.
 */
export class Sweep {
  readonly plan: SweepPlan;
  readonly missed: MeterPoll[] = [];
  private readonly line: SweepItem[];
  private readonly again: SweepItem[] = [];
  private readonly brackets = new Map<MeterPoll, ReadonlyMap<string, CountAt>>();
  /** Since when nothing but the last readings of main meters is left. */
  private waitingSinceUs: number | null = null;
  private held = false;

  constructor(plan: SweepPlan) {
    this.plan = plan;
    for (const meter of plan.meters) this.brackets.set(meter, bracketsOf(meter, plan));
    this.line = orderOf(plan).map(([meter, pass]) => itemOf(meter, pass));
  }

  /** Undefined: nothing can be read now. */
  next(nowUs: number): SweepItem | undefined {
    const isReady = ({ notBeforeUs, meter }: SweepItem) => notBeforeUs <= nowUs && !meter.breaker.open;
    this.held = this.isTooEarly(nowUs);
    const item = this.line.find(
      (candidate) => isReady(candidate) && !(this.held && candidate.pass === 'last'),
    );
    if (item) return item;
    this.giveUpOpen(this.line);
    // The second time is for the end, not for a pause of the first.
    if (this.line.length > 0 && !this.held) return undefined;
    return this.again.find(isReady);
  }

  private isTooEarly(nowUs: number): boolean {
    if (this.line.length === 0 || this.owes || !this.plan.isEarly?.()) return false;
    this.waitingSinceUs ??= nowUs;
    return nowUs - this.waitingSinceUs < LAST_WAIT_US;
  }

  /** Whether meters have not had their first turn yet; those who failed are not waited for by other lines. */
  get owes(): boolean {
    return this.line.some(({ pass }) => pass !== 'last');
  }

  /** Those that have not been read yet. */
  get rest(): readonly MeterPoll[] {
    return [...new Set([...this.line, ...this.again].map(({ meter }) => meter))];
  }

  /** Whose breaker has opened meanwhile is not waited for. */
  private giveUpOpen(queue: SweepItem[]): void {
    for (const item of [...queue]) if (item.meter.breaker.open) this.drop(item);
  }

  nextAtUs(): number {
    const line = this.held ? [] : this.line;
    const waiting = [...line, ...this.again].filter(({ meter }) => !meter.breaker.open);
    return Math.min(Number.POSITIVE_INFINITY, ...waiting.map(({ notBeforeUs }) => notBeforeUs));
  }

  context(item: SweepItem) {
    const { boundary, occasion, command } = this.plan;
    if (boundary === null) return { kind: 'billing' } as const;
    const brackets = this.brackets.get(item.meter) ?? new Map<string, CountAt>();
    return { kind: 'boundary', boundary, occasion, command, pass: item.pass, brackets } as const;
  }

  read(item: SweepItem, block: Block): void {
    item.blocks = item.blocks.filter((candidate) => candidate !== block);
    item.tries = 0;
    if (item.blocks.length > 0) return;
    this.remove(item);
    item.meter.missed = false;
    const { boundary, occasion } = this.plan;
    if (boundary === null || occasion !== 'quarter') return;
    if (item.pass === 'first') item.meter.opened = boundary;
    else item.meter.swept = boundary;
  }

  /** The meter refuses this block: it is asked for the rest of it in another way, or not at all. */
  refused(item: SweepItem, block: Block, rest: readonly Block[]): void {
    item.blocks = [...rest, ...item.blocks.filter((candidate) => candidate !== block)];
    if (item.blocks.length > 0) return;
    this.remove(item);
    this.missed.push(item.meter);
  }

  failed(item: SweepItem, nowUs: number, pauseUs = PAUSE_US): void {
    item.tries += 1;
    item.notBeforeUs = nowUs + pauseUs;
    this.remove(item);
    // A main meter that failed at first is read last anyway.
    const isLater = item.pass === 'first' && this.line.some(({ meter }) => meter === item.meter);
    if (isLater) return;
    if (item.tries >= TRIES || item.meter.breaker.open) this.missed.push(item.meter);
    else this.again.push(item);
  }

  /** A meter that has come back while its boundary is still near. */
  join(meter: MeterPoll): void {
    const at = this.missed.indexOf(meter);
    if (at >= 0) this.missed.splice(at, 1);
    if ([...this.line, ...this.again].some((item) => item.meter === meter)) return;
    if (!this.brackets.has(meter)) this.brackets.set(meter, bracketsOf(meter, this.plan));
    this.again.push(itemOf(meter, 'only'));
  }

  isOver(nowUs: number): boolean {
    if (nowUs >= this.plan.untilUs) return true;
    return [...this.line, ...this.again].every(({ meter }) => meter.breaker.open);
  }

  /** Those that were not read. */
  close(): MeterPoll[] {
    for (const item of [...this.line, ...this.again]) this.drop(item);
    for (const meter of this.missed) meter.missed = true;
    return this.missed;
  }

  private drop(item: SweepItem): void {
    this.remove(item);
    const isRead = item.meter.swept !== null && item.meter.swept === this.plan.boundary;
    if (!isRead && !this.missed.includes(item.meter)) this.missed.push(item.meter);
  }

  private remove(item: SweepItem): void {
    for (const queue of [this.line, this.again]) {
      const at = queue.indexOf(item);
      if (at >= 0) queue.splice(at, 1);
    }
  }
}

const itemOf = (meter: MeterPoll, pass: Pass): SweepItem => ({
  meter,
  pass,
  blocks: meter.billingPlan().blocks,
  tries: 0,
  notBeforeUs: 0,
});

function orderOf({ meters, boundary, occasion }: SweepPlan): [MeterPoll, Pass][] {
  const living = meters.filter(
    (meter) =>
      !meter.breaker.open &&
      meter.billingPlan().blocks.length > 0 &&
      (occasion !== 'quarter' || boundary === null || meter.swept !== boundary),
  );
  // Who was left out the last time goes ahead.
  const ordered = living.toSorted((a, b) => Number(b.missed) - Number(a.missed));
  const mains = ordered.filter(({ isMain }) => isMain);
  const subs = ordered.filter(({ isMain }) => !isMain);
  if (boundary === null) return [...mains, ...subs].map((meter) => [meter, 'only']);
  return [
    ...mains
      .filter(({ opened }) => occasion !== 'quarter' || opened !== boundary)
      .map((meter): [MeterPoll, Pass] => [meter, 'first']),
    ...subs.map((meter): [MeterPoll, Pass] => [meter, 'only']),
    ...mains.map((meter): [MeterPoll, Pass] => [meter, 'last']),
  ];
}

function bracketsOf(
  meter: MeterPoll,
  { boundary, boundaryMono, boot }: SweepPlan,
): ReadonlyMap<string, CountAt> {
  const brackets = new Map<string, CountAt>();
  if (boundary === null) return brackets;
  for (const [register, { accepted }] of meter.counters) {
    if (!accepted || accepted.boot !== boot || accepted.mono > boundaryMono) continue;
    brackets.set(register, { at: accepted.mono, count: String(accepted.value) });
  }
  return brackets;
}

/** How long the sweep should take, from the plans: so much earlier the readings before the boundary begin. */
export function sweepUs(meters: readonly MeterPoll[]): number {
  return meters.reduce((sum, meter) => sum + (meter.isMain ? 2 : 1) * meter.billingPlan().us, 0);
}
