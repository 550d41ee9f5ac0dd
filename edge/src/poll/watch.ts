import type { PointId } from '@meterline/contracts';
import type { Block } from '../meters/plan.ts';
import { Budget } from './breaker.ts';
import type { MeterPoll } from './meter-poll.ts';
import { MS } from './time.ts';

/** Of the time of a line that is busy; on an idle one those who watch may have the rest too. */
const WATCH_SHARE = 0.4;

export interface WatchOrder {
  readonly points: ReadonlySet<PointId>;
  readonly everyMs: number;
  readonly untilUs: number;
}

interface Watched {
  readonly meter: MeterPoll;
  readonly registers: MeterPoll['profile']['registers'];
  dueUs: number;
  blocks: readonly Block[];
}

/** Fast reads for people who look on. It ends by itself. */
export class Watch {
  readonly order: WatchOrder;
  private readonly watched: Watched[];
  private readonly budget: Budget;

  constructor(order: WatchOrder, meters: readonly MeterPoll[], nowUs: number) {
    this.order = order;
    this.budget = new Budget(nowUs);
    const watched = meters.flatMap((meter) => {
      const registers = meter.profile.registers.filter(({ name }) => {
        const point = meter.points.get(name);
        return point !== undefined && order.points.has(point.id);
      });
      return registers.length > 0 ? { meter, registers, dueUs: nowUs, blocks: [] } : [];
    });
    const stepUs = (order.everyMs * MS) / Math.max(1, watched.length);
    this.watched = watched.map((one, i) => ({ ...one, dueUs: nowUs + Math.round(i * stepUs) }));
  }

  isOver(nowUs: number): boolean {
    return nowUs >= this.order.untilUs || this.watched.length === 0;
  }

  /** `pressed`: others are waiting, so only the share counts. */
  next(nowUs: number, pressed: boolean): { watched: Watched; block: Block } | undefined {
    if (pressed && this.budget.freeAtUs(nowUs, WATCH_SHARE) > nowUs) return undefined;
    const due = this.watched
      .filter(({ meter, dueUs }) => dueUs <= nowUs && !meter.breaker.open)
      .toSorted((a, b) => a.dueUs - b.dueUs)[0];
    if (!due) return undefined;
    if (due.blocks.length === 0) due.blocks = due.meter.blocks(due.registers);
    const [block] = due.blocks;
    if (block) return { watched: due, block };
    due.dueUs = Number.POSITIVE_INFINITY;
    return undefined;
  }

  nextAtUs(): number {
    const living = this.watched.filter(({ meter }) => !meter.breaker.open);
    return Math.min(this.order.untilUs, ...living.map(({ dueUs }) => dueUs));
  }

  /** A turn that has passed is left out. A block that failed is not tried again before the next one. */
  done(watched: Watched, tookUs: number, nowUs: number): void {
    this.budget.spend(tookUs);
    watched.blocks = watched.blocks.slice(1);
    if (watched.blocks.length > 0) return;
    const everyUs = this.order.everyMs * MS;
    watched.dueUs += (Math.floor((nowUs - watched.dueUs) / everyUs) + 1) * everyUs;
  }
}

export type { Watched };
