import type { Instant } from '../clock.ts';
import type { Block } from '../meters/plan.ts';
import type { Fault } from '../wire/fault.ts';
import type { Lane } from '../wire/lanes.ts';
import type { ReadBits, ReadRegisters } from '../wire/request.ts';
import { ALL_DEAD_SHARE, Budget, DEAD_SHARE, isLoss } from './breaker.ts';
import { type Confirm, Confirmations } from './confirm.ts';
import type { PollEntry } from './entry.ts';
import type { Next, Outcome, Output, Purpose, Step } from './exchange.ts';
import type { MeterPoll } from './meter-poll.ts';
import type { Neighbours } from './neighbours.ts';
import type { Notice } from './notice.ts';
import { Quarters } from './quarters.ts';
import { look, REGULAR, type Taken, take } from './take.ts';
import { MS, type Now, QUARTER_MS, SECOND, utcOf } from './time.ts';
import { Visits } from './visit.ts';
import { Watch, type WatchOrder } from './watch.ts';

const emptyOutput = (): Output => ({ durable: [], samples: [], live: [], notices: [], finished: [] });

const PORT_PAUSE_US = 1 * SECOND;
/** The clock may become known, or be set right, meanwhile. */
const LOOK_AGAIN_US = 1 * SECOND;
const BUSY_PAUSE_US = 200_000;

/**
 * When to read what on one line: a machine without clock, timers or I/O. `next` says what to ask for now, `settle`
 * takes what came of it, `output` hands on what is to be kept.
 */
export class BusPoll {
  readonly meters: readonly MeterPoll[];
  readonly quarters: Quarters;
  private readonly budget: Budget;
  private readonly visits: Visits;
  private readonly confirmations = new Confirmations();
  private readonly swapping = new Set<MeterPoll>();
  private watching: Watch | null = null;
  private pausedUntilUs = 0;
  /** The port is not there: nothing is known about the meters. */
  portDown = false;
  /** Why its port is down. */
  problem: string | null = null;
  private wasAllDead = false;
  private out = emptyOutput();

  constructor(meters: readonly MeterPoll[], now: Now, neighbours?: Neighbours) {
    this.meters = meters.toSorted((a, b) => Number(b.isMain) - Number(a.isMain));
    this.visits = new Visits(this.meters);
    this.quarters = new Quarters(this.meters, now.us, neighbours);
    this.budget = new Budget(now.us);
    for (const meter of meters) {
      for (const text of meter.misfits)
        this.out.notices.push({ kind: 'misfit', meter: meter.meter.id, text });
    }
  }

  watch(order: WatchOrder | null, now: Now): void {
    this.watching = order && new Watch(order, this.meters, now.us);
  }

  get watched(): WatchOrder | null {
    return this.watching?.order ?? null;
  }

  /** Hands out, once, what has come together. */
  output(): Output {
    const out = this.out;
    this.out = emptyOutput();
    return out;
  }

  next(now: Now): Next {
    const { us } = now;
    if (us < this.pausedUntilUs) return { kind: 'idle', untilUs: this.pausedUntilUs };
    if (this.watching?.isOver(us)) this.watching = null;
    this.turnQuarter(now);
    return (
      this.confirmStep(now, true) ??
      this.sweepStep(now) ??
      this.confirmStep(now, false) ??
      this.probeStep(now) ??
      this.visitOrWatchStep(now) ?? { kind: 'idle', untilUs: this.nextAtUs(now) }
    );
  }

  settle(step: Step, outcome: Outcome, now: Now): void {
    const wasDown = this.portDown;
    this.portDown = !outcome.ok && outcome.fault === 'port';
    if (wasDown && !this.portDown) this.visits.resume(now.us);
    this.problem = this.portDown && !outcome.ok ? outcome.reason : null;
    if (outcome.ok) this.answered(step, outcome, now);
    else this.failed(step, outcome, now);
    for (const meter of this.swapping) this.tellSwap(meter, now);
  }

  private tellSwap(meter: MeterPoll, now: Now): void {
    const at = { boot: now.boot, mono: Math.floor(now.us / MS), wall: now.wall };
    const event = meter.swapEvent(at, now.us);
    if (!event) return;
    this.swapping.delete(meter);
    this.emit([event]);
  }

  private turnQuarter(now: Now): void {
    const { quarters } = this;
    const turn = quarters.turn(now, this.confirmations.hasBoundary());
    if (turn.ended) {
      const { plan, missed } = turn.ended;
      const { boundary, askedUs } = plan;
      if (boundary !== null) this.out.finished.push({ boundary, askedUs });
      if (missed.length > 0)
        this.out.notices.push({ kind: 'unswept', boundary, meters: missed.map(({ meter }) => meter.id) });
    }
    if (turn.skipped !== undefined)
      this.out.notices.push({ kind: 'boundary-missed', boundary: turn.skipped });
    if (turn.approach) for (const meter of quarters.order()) this.visits.approach(meter, now.us);
    if (turn.began) this.visits.endApproach();
  }

  private sweepStep(now: Now): Step | undefined {
    const { sweep } = this.quarters;
    const item = sweep?.next(now.us);
    const block = item?.blocks[0];
    if (!sweep || !item || !block) return undefined;
    return this.step(item.meter, block, { kind: 'sweep', sweep, item }, now);
  }

  /** Another serial number is settled before any count of that meter is read; a doubtful count after those of all. */
  private confirmStep(now: Now, identity: boolean): Step | undefined {
    const confirm = this.confirmations.next(identity);
    return confirm && this.step(confirm.meter, confirm.block, { kind: 'confirm', confirm }, now);
  }

  /** Dead meters are tried again within their budget, and never shortly before a boundary. */
  private probeStep(now: Now): Step | undefined {
    const due = this.meters
      .filter(({ breaker }) => breaker.open && breaker.retryAtUs <= now.us)
      .toSorted((a, b) => a.breaker.retryAtUs - b.breaker.retryAtUs)[0];
    const block = due?.probe();
    if (!due || !block || this.budget.freeAtUs(now.us, this.deadShare()) > now.us) return undefined;
    const step = this.step(due, block, { kind: 'probe' }, now);
    return this.quarters.isClear(now, step.timeoutMs * MS + block.us) ? step : undefined;
  }

  private deadShare(): number {
    return this.meters.every(({ breaker }) => breaker.open) ? ALL_DEAD_SHARE : DEAD_SHARE;
  }

  private visitOrWatchStep(now: Now): Step | undefined {
    const pressed = this.visits.isDue(now.us);
    const seen = this.watching?.next(now.us, pressed);
    if (this.watching && seen) {
      const purpose = { kind: 'watch', watch: this.watching, watched: seen.watched } as const;
      return this.step(seen.watched.meter, seen.block, purpose, now);
    }
    const visit = this.visits.next(now.us);
    const block = visit?.blocks[0];
    return visit && block && this.step(visit.meter, block, { kind: 'visit', visit }, now);
  }

  private step(meter: MeterPoll, block: Block, purpose: Purpose, now: Now): Step {
    const { function: code, address, count } = block;
    const patient = purpose.kind === 'probe' && meter.breaker.patient;
    return {
      kind: 'exchange',
      meter,
      block,
      request: { function: code, unit: meter.unit, address, count } as ReadRegisters | ReadBits,
      lane: LANE[purpose.kind],
      timeoutMs: patient ? meter.turnaround.capMs : meter.turnaround.timeoutMs,
      purpose,
      sinceUs: now.us,
    };
  }

  /** How much of the line's time the plans ask for, boundaries included; more than 1: intervals slip. */
  demand(): number {
    let share = 0;
    for (const meter of this.meters) {
      if (meter.breaker.open) continue;
      for (const group of meter.groups) share += meter.groupsPlan([group]).us / group.everyUs;
      share += ((meter.isMain ? 2 : 1) * meter.billingPlan().us) / (QUARTER_MS * MS);
    }
    return share;
  }

  private nextAtUs(now: Now): number {
    const dead = this.meters.filter(({ breaker }) => breaker.open).map(({ breaker }) => breaker.retryAtUs);
    const retryUs = Math.min(...dead, Number.POSITIVE_INFINITY);
    const budgetUs = dead.length > 0 ? this.budget.freeAtUs(now.us, this.deadShare()) : 0;
    const next = Math.min(
      this.visits.nextAtUs(),
      this.quarters.nextAtUs(now),
      this.watching?.nextAtUs() ?? Number.POSITIVE_INFINITY,
      Math.max(retryUs, budgetUs),
      now.us + LOOK_AGAIN_US,
    );
    return Math.max(now.us + MS, next);
  }

  private answered(step: Step, outcome: Outcome & { ok: true }, now: Now): void {
    const { meter, purpose, block } = step;
    meter.timed(outcome.turnaroundUs);
    meter.lastRead = outcome.at;
    meter.problem = null;
    this.alive(meter, now);
    const arrived = { block, words: outcome.words, at: outcome.at, utc: utcAt(outcome.at, now) };
    if (purpose.kind === 'watch') {
      this.out.live.push(...look(meter, arrived));
      purpose.watch.done(purpose.watched, now.us - step.sinceUs, now.us);
      return;
    }
    if (purpose.kind === 'confirm') {
      this.confirmations.answered(purpose.confirm, arrived);
      this.conclude(purpose.confirm, now);
      return;
    }
    const context = purpose.kind === 'sweep' ? purpose.sweep.context(purpose.item) : REGULAR;
    this.keep(step, take(meter, arrived, context));
    if (purpose.kind === 'sweep') {
      purpose.sweep.read(purpose.item, block);
      this.visits.swept(meter, now.us);
    }
    if (purpose.kind === 'visit') {
      if (purpose.visit.kind === 'retry' && meter.grants(block))
        this.notice({ kind: 'granted', meter: meter.meter.id, text: blockText(block) });
      this.visits.read(purpose.visit, block, now.us);
    }
  }

  private keep(step: Step, taken: Taken): void {
    const { meter, block } = step;
    this.emit(taken.entries);
    if (this.watching) {
      const { points } = this.watching.order;
      this.out.live.push(...taken.live.filter(({ point }) => points.has(point)));
    }
    if (taken.suspects.length > 0 || taken.serial !== undefined) {
      this.confirmations.add({ meter, block, suspects: taken.suspects, serial: taken.serial });
    }
  }

  private conclude(confirm: Confirm, now: Now): void {
    const done = this.confirmations.conclude(confirm, now);
    if (!done) return;
    this.emit(done.entries);
    for (const notice of done.notices) this.notice(notice);
    // The counts of the meter that is there now belong to the event; behind a leap may stand another meter.
    if (done.swapped) this.swapping.add(confirm.meter);
    if (done.swapped || confirm.suspects.length > 0) {
      this.visits.hurry(confirm.meter, done.swapped ? 'counter' : 'identity', now.us);
    }
  }

  private failed(step: Step, outcome: Outcome & { ok: false }, now: Now): void {
    const { meter, block } = step;
    const { fault, exception, turnaroundUs } = outcome;
    if (fault === 'port') this.pausedUntilUs = now.us + PORT_PAUSE_US;
    if (NEVER_SENT.includes(fault)) {
      this.unsent(step, now);
      return;
    }
    meter.failed(fault);
    meter.problem = outcome.reason.slice(0, 120);
    if (isLoss(fault, exception)) {
      this.lost(step, now);
    } else {
      if (turnaroundUs !== null) meter.timed(turnaroundUs);
      this.alive(meter, now);
      if (exception === 2 || (exception === 3 && block.registers.length > 1)) this.refused(step, now);
      else if (exception === 5 || exception === 6) this.again(step, BUSY_PAUSE_US, now);
      else this.giveUp(step, now);
    }
  }

  private lost(step: Step, now: Now): void {
    const { meter } = step;
    const costUs = now.us - step.sinceUs;
    const opened = meter.breaker.lost(costUs, now.us, this.budget.indebted);
    // Noise on the line of a living meter is no reason to leave the dead alone for longer.
    if (meter.breaker.doubtful) this.budget.spend(costUs);
    if (opened) {
      meter.turnaround.forget();
      this.notice({ kind: 'silent', meter: meter.meter.id, text: meter.problem ?? 'no reply' });
      this.wasAllDead = this.meters.every(({ breaker }) => breaker.open);
    }
    this.again(step, RETRY_PAUSE_US, now);
  }

  /** What was asked for is asked for again later, or given up; each purpose has its own patience. */
  private again(step: Step, pauseUs: number, now: Now): void {
    const { purpose } = step;
    switch (purpose.kind) {
      case 'visit':
        this.visits.failed(purpose.visit, now.us, pauseUs);
        break;
      case 'sweep':
        purpose.sweep.failed(purpose.item, now.us, pauseUs);
        break;
      case 'confirm':
        this.confirmations.failed(purpose.confirm);
        this.conclude(purpose.confirm, now);
        break;
      case 'watch':
        purpose.watch.done(purpose.watched, now.us - step.sinceUs, now.us);
        break;
      case 'probe':
        break;
    }
  }

  /** Any answer but these: the block cannot be had this time. */
  private giveUp(step: Step, now: Now): void {
    const { purpose, block } = step;
    if (purpose.kind === 'visit') this.visits.read(purpose.visit, block, now.us);
    else if (purpose.kind === 'sweep') purpose.sweep.refused(purpose.item, block, []);
    else this.again(step, BUSY_PAUSE_US, now);
  }

  /** Exception 2: what was asked for is divided, and the meter's way is remembered. */
  private refused(step: Step, now: Now): void {
    const { meter, purpose, block } = step;
    if (purpose.kind === 'visit' && purpose.visit.kind === 'retry') {
      this.visits.read(purpose.visit, block, now.us);
      return;
    }
    if (meter.refuses(block)) this.notice({ kind: 'refused', meter: meter.meter.id, text: blockText(block) });
    const rest =
      block.registers.length > 1 ? meter.blocks(block.registers.map(({ register }) => register)) : [];
    if (purpose.kind === 'visit') this.visits.divided(purpose.visit, block, rest, now.us);
    else if (purpose.kind === 'sweep') purpose.sweep.refused(purpose.item, block, rest);
    else this.again(step, BUSY_PAUSE_US, now);
  }

  /** The request never reached the meter: nothing is known about it. */
  private unsent(step: Step, now: Now): void {
    const { purpose } = step;
    if (purpose.kind === 'visit') purpose.visit.notBeforeUs = now.us + MS;
    else if (purpose.kind === 'sweep') purpose.item.notBeforeUs = now.us + MS;
    else if (purpose.kind === 'watch') purpose.watch.done(purpose.watched, 0, now.us);
  }

  private alive(meter: MeterPoll, now: Now): void {
    if (!meter.breaker.answered()) return;
    this.notice({ kind: 'back', meter: meter.meter.id });
    this.visits.welcome(meter, now.us);
    this.quarters.welcome(meter, now);
    // It was the line, not the meters: the others are tried at once.
    if (this.wasAllDead) for (const { breaker } of this.meters) breaker.hurry(now.us);
    this.wasAllDead = false;
  }

  private emit(entries: readonly PollEntry[]): void {
    for (const entry of entries) {
      const lasts = entry.kind === 'boundary' || entry.kind === 'billing' || entry.kind === 'event';
      (lasts ? this.out.durable : this.out.samples).push(entry);
    }
  }

  private notice(notice: Notice): void {
    this.out.notices.push(notice);
  }
}

const LANE: Readonly<Record<Purpose['kind'], Lane>> = {
  sweep: 'boundary',
  confirm: 'poll',
  visit: 'poll',
  probe: 'poll',
  watch: 'interactive',
};

const NEVER_SENT: readonly Fault[] = ['port', 'deadline', 'cancelled', 'full', 'noise'];

/** A silent meter may answer late; the wire does not ask it before. */
const RETRY_PAUSE_US = 1_200_000;

const blockText = ({ function: code, address, count }: Block): string => `${code}:${address}+${count}`;

const utcAt = (at: Instant, now: Now): number | undefined =>
  at.boot === now.boot ? utcOf({ us: at.mono * MS, offset: now.offset }) : undefined;
