import type { Clock } from '../clock.ts';

/** The part of the agent's clock that the wire needs. */
export type WireClock = Pick<Clock, 'monoNs' | 'wallMs'>;

/** A moment as both clocks showed it at once. */
export interface Moment {
  /** Monotonic nanoseconds; only differences mean anything. */
  readonly ns: bigint;
  readonly wallMs: number;
}

export function momentOf(clock: WireClock): Moment {
  return { ns: clock.monoNs(), wallMs: clock.wallMs() };
}

export function microseconds(clock: WireClock): number {
  return Number(clock.monoNs() / 1000n);
}
