import type { PointId } from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import type { LiveSample } from '../poll/index.ts';
import type { Seen } from '../uplink/index.ts';

/** The newest value of each point that somebody looks at now; nothing is kept for anybody else. */
export class LiveValues {
  readonly #clock: Pick<Clock, 'boot'>;
  readonly #utc: (mono: number) => number | undefined;
  #watched: ReadonlySet<PointId> = new Set();
  readonly #newest = new Map<PointId, LiveSample>();

  constructor(clock: Pick<Clock, 'boot'>, utc: (mono: number) => number | undefined) {
    this.#clock = clock;
    this.#utc = utc;
  }

  watch(points: readonly PointId[]): void {
    this.#watched = new Set(points);
    for (const point of this.#newest.keys()) if (!this.#watched.has(point)) this.#newest.delete(point);
  }

  take(samples: readonly LiveSample[]): void {
    for (const sample of samples) if (this.#watched.has(sample.point)) this.#newest.set(sample.point, sample);
  }

  look(point: PointId): Seen | undefined {
    const sample = this.#newest.get(point);
    const utc = sample?.at.boot === this.#clock.boot ? this.#utc(sample.at.mono) : undefined;
    if (!sample || utc === undefined) return undefined;
    return { unit: sample.unit, at: Math.trunc(utc), value: sample.value };
  }
}
