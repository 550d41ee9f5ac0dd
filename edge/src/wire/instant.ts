/** The part of the agent's clock that the wire needs. */
export interface WireClock {
  /** Monotonic; only differences mean anything. */
  nowNs(): bigint;
  wallMs(): number;
}

/** A moment on both clocks, as read at once. */
export interface Instant {
  readonly ns: bigint;
  readonly wallMs: number;
}

export function instantOf(clock: WireClock): Instant {
  return { ns: clock.nowNs(), wallMs: clock.wallMs() };
}

export function microseconds(clock: WireClock): number {
  return Number(clock.nowNs() / 1000n);
}
