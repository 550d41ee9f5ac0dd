import type { PointId } from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import type { LiveSample, WatchOrder as PollOrder } from '../poll/index.ts';
import type { Seen, WatchOrder } from '../uplink/index.ts';

export interface LiveParts {
  readonly clock: Pick<Clock, 'boot' | 'monoNs'>;
  readonly utc: (mono?: number) => number | undefined;
  /** Reads them fast, or no longer. */
  readonly poll: (order: PollOrder | null) => void;
}

/** The newest value of each point that somebody looks at now; nothing is kept for anybody else. */
export class LiveValues {
  readonly #parts: LiveParts;
  #watched: ReadonlySet<PointId> = new Set();
  readonly #newest = new Map<PointId, LiveSample>();

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  watch(order: WatchOrder | undefined): void {
    const { clock, utc, poll } = this.#parts;
    const now = utc();
    this.#watched = new Set(order?.points);
    for (const point of this.#newest.keys()) if (!this.#watched.has(point)) this.#newest.delete(point);
    if (!order || now === undefined) {
      poll(null);
      return;
    }
    const untilUs = Number(clock.monoNs() / 1_000n) + (order.until - now) * 1_000;
    poll({ points: this.#watched, everyMs: order.everyMs, untilUs });
  }

  take(samples: readonly LiveSample[]): void {
    for (const sample of samples) if (this.#watched.has(sample.point)) this.#newest.set(sample.point, sample);
  }

  look(point: PointId): Seen | undefined {
    const sample = this.#newest.get(point);
    const { clock, utc: utcAt } = this.#parts;
    const utc = sample?.at.boot === clock.boot ? utcAt(sample.at.mono) : undefined;
    if (!sample || utc === undefined) return undefined;
    return { unit: sample.unit, at: Math.trunc(utc), value: sample.value };
  }
}
