import type { CommandId } from '@meterline/contracts';
import type { MeterPoll } from './meter-poll.ts';
import { ALONE, type Neighbours } from './neighbours.ts';
import { SWEEP_US, Sweep, type SweepPlan, sweepUs } from './sweep.ts';
import { MS, monoUsOf, type Now, QUARTER_MS, quarterAt, SECOND, utcOf } from './time.ts';

/** Without a clock the first billing reading waits a little: most clocks are set soon after the start. */
const BLIND_FIRST_US = 120 * SECOND;
const BLIND_EVERY_US = QUARTER_MS * MS;
/** Whoever asks for a reading wants it for this moment, unless it cannot be made before so long. */
const PROMPT_US = 60 * SECOND;
const LEAD = { share: 1.2, moreUs: SECOND / 2, leastUs: SECOND, mostUs: 60 * SECOND } as const;

/** Somebody wants these read now, as evidence. */
export interface Demand {
  readonly askedUs: number;
  readonly command?: CommandId | undefined;
  readonly meters: readonly MeterPoll[];
}

export interface Turn {
  /** A sweep is over. */
  ended?: { readonly plan: SweepPlan; readonly missed: readonly MeterPoll[] };
  began?: true;
  /** Shortly before a boundary: counters are to be read until this moment, as the other side of the interpolation. */
  approach?: number;
  /** A boundary that passed without having been swept. */
  skipped?: number;
}

/** The boundary lane: which sweep is on, and when the next one begins. */
export class Quarters {
  sweep: Sweep | null = null;
  private readonly meters: readonly MeterPoll[];
  private last: { readonly utc: number; readonly us: number } | null = null;
  private approached: number | null = null;
  private blindUs: number;
  private readonly neighbours: Neighbours;
  private demands: Demand[] = [];

  constructor(meters: readonly MeterPoll[], startUs: number, neighbours: Neighbours = ALONE) {
    this.meters = meters;
    this.neighbours = neighbours;
    this.blindUs = startUs + BLIND_FIRST_US;
  }

  demand(demand: Demand): void {
    this.demands.push(demand);
  }

  /** Another configuration of this line: what somebody asked for is still to be read. */
  inherit({ demands, sweep }: Quarters): void {
    const { askedUs, command } = sweep?.plan ?? {};
    const begun = sweep && askedUs !== undefined ? [{ askedUs, command, meters: sweep.rest }] : [];
    for (const demand of [...begun, ...demands]) {
      const ids = new Set(demand.meters.map(({ meter }) => meter.id));
      const meters = this.meters.filter(({ meter }) => ids.has(meter.id));
      if (meters.length > 0) this.demands.push({ ...demand, meters });
    }
  }

  /** Whether what was asked for then is still to be read. */
  isAsked(askedUs: number): boolean {
    return this.sweep?.plan.askedUs === askedUs || this.demands.some((demand) => demand.askedUs === askedUs);
  }

  /** Whether meters are still to have their turn at this quarter hour. */
  owes(boundary: number): boolean {
    if (this.last?.utc !== boundary) return this.order().length > 0;
    return this.sweep?.plan.boundary === boundary && this.sweep.owes;
  }

  get isSweeping(): boolean {
    return this.sweep !== null && this.sweep.plan.boundary !== null && this.sweep.plan.askedUs === undefined;
  }

  /** Main meters first, as in the sweep. */
  order(): MeterPoll[] {
    const living = this.meters.filter(({ breaker }) => !breaker.open);
    return living.filter((meter) => meter.billingPlan().blocks.length > 0);
  }

  /** `confirming`: doubtful counts of the sweep are being read again. */
  turn(now: Now, confirming: boolean): Turn {
    const turn: Turn = {};
    this.end(now, confirming, turn);
    const utc = utcOf(now);
    if (utc === undefined || now.offset === undefined) this.blind(now, turn);
    else this.boundary({ ...now, utc, offset: now.offset }, turn);
    this.onDemand(now, utc, turn);
    return turn;
  }

  private end(now: Now, confirming: boolean, turn: Turn): void {
    const { sweep } = this;
    if (!sweep?.isOver(now.us)) return;
    if (confirming && now.us < sweep.plan.untilUs) return;
    this.sweep = null;
    turn.ended = { plan: sweep.plan, missed: sweep.close() };
  }

  private boundary(now: Now & { utc: number; offset: number }, turn: Turn): void {
    const boundary = quarterAt(now.utc);
    const untilUs = monoUsOf(boundary, now.offset) + SWEEP_US;
    if (this.isNew(boundary, now.us) && !this.sweep) {
      const before = this.last;
      this.last = { utc: boundary, us: now.us };
      if (now.us < untilUs) this.begin(boundary, now, untilUs, turn);
      else if (before && boundary > before.utc) turn.skipped = boundary;
    }
    const next = boundary + QUARTER_MS;
    const nextUs = monoUsOf(next, now.offset);
    if (this.sweep || this.approached === next || now.us < this.leadFromUs(nextUs, now.us)) return;
    this.approached = next;
    turn.approach = nextUs;
  }

  /** A clock that is set back a little does not bring the same boundary twice. */
  private isNew(boundary: number, us: number): boolean {
    const { last } = this;
    if (!last) return true;
    return boundary > last.utc || (boundary < last.utc && us - last.us >= SWEEP_US);
  }

  private begin(boundary: number, now: Now & { offset: number }, untilUs: number, turn: Turn): void {
    this.sweep = this.quarter(boundary, now, untilUs, this.meters);
    turn.began = true;
  }

  private quarter(
    boundary: number,
    now: Now & { offset: number },
    untilUs: number,
    meters: readonly MeterPoll[],
  ): Sweep {
    const boundaryMono = boundary - now.offset;
    const isEarly = () => this.neighbours.owe(boundary);
    const plan = { boundary, occasion: 'quarter', untilUs, meters, boundaryMono, isEarly } as const;
    return new Sweep({ ...plan, boot: now.boot });
  }

  private blind(now: Now, turn: Turn): void {
    if (this.sweep || now.us < this.blindUs) return;
    this.blindUs += (Math.floor((now.us - this.blindUs) / BLIND_EVERY_US) + 1) * BLIND_EVERY_US;
    const { meters } = this;
    const untilUs = now.us + SWEEP_US;
    const rest = { boundary: null, occasion: 'quarter', boundaryMono: 0, boot: now.boot } as const;
    this.sweep = new Sweep({ ...rest, meters, untilUs });
    turn.began = true;
  }

  private onDemand(now: Now, utc: number | undefined, turn: Turn): void {
    if (this.demands.length === 0 || this.sweep || utc === undefined || now.offset === undefined) return;
    // Between the rows of a quarter hour these would part what belongs into one batch.
    if (this.neighbours.sweep()) return;
    const demand = this.demands.shift();
    if (!demand) return;
    const { askedUs, command, meters } = demand;
    const boundaryMono = Math.floor((now.us - askedUs <= PROMPT_US ? askedUs : now.us) / MS);
    this.sweep = new Sweep({
      boundary: Math.floor(boundaryMono + now.offset),
      occasion: 'on-demand',
      askedUs,
      command,
      untilUs: boundaryMono * MS + SWEEP_US,
      meters,
      boundaryMono,
      boot: now.boot,
    });
    turn.began = true;
  }

  /** A meter that was silent is there again: is it still time for its boundary? */
  welcome(meter: MeterPoll, now: Now): void {
    const boundary = this.last?.utc;
    if (boundary === undefined || now.offset === undefined || meter.swept === boundary) return;
    if (this.sweep) {
      if (this.sweep.plan.boundary === boundary) this.sweep.join(meter);
      return;
    }
    const untilUs = monoUsOf(boundary, now.offset) + SWEEP_US;
    const isNow = utcOf(now) !== undefined && quarterAt(utcOf(now) ?? 0) === boundary;
    if (!isNow || now.us >= untilUs || meter.billingPlan().blocks.length === 0) return;
    const sweep = this.quarter(boundary, { ...now, offset: now.offset }, untilUs, []);
    sweep.join(meter);
    this.sweep = sweep;
  }

  /** Nothing long may be begun that would hold up the next sweep. */
  isClear(now: Now, costUs: number): boolean {
    if (this.sweep && this.sweep.nextAtUs() <= now.us + costUs) return false;
    if (now.offset === undefined) return true;
    const next = quarterAt(utcOf(now) ?? 0) + QUARTER_MS;
    return now.us + costUs < monoUsOf(next, now.offset);
  }

  nextAtUs(now: Now): number {
    const sweepUs = this.sweep
      ? Math.min(this.sweep.nextAtUs(), this.sweep.plan.untilUs)
      : Number.POSITIVE_INFINITY;
    if (now.offset === undefined) return Math.min(sweepUs, this.blindUs);
    const next = quarterAt(utcOf(now) ?? 0) + QUARTER_MS;
    const nextUs = monoUsOf(next, now.offset);
    return Math.min(sweepUs, this.approached === next ? nextUs : this.leadFromUs(nextUs, now.us));
  }

  /** When the readings before the boundary begin; while that is far, no later than it can be. */
  private leadFromUs(boundaryUs: number, nowUs: number): number {
    const earliestUs = boundaryUs - LEAD.mostUs;
    return nowUs < earliestUs ? earliestUs : boundaryUs - this.leadUs();
  }

  private leadUs(): number {
    const us = LEAD.share * sweepUs(this.order()) + LEAD.moreUs;
    return Math.min(LEAD.mostUs, Math.max(LEAD.leastUs, us));
  }
}
