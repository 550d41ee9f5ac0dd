/** A moment on the monotonic clock, and how far UTC is ahead of it. */
export interface Now {
  /** Monotonic microseconds of `boot`. */
  readonly us: number;
  readonly boot: string;
  /** Milliseconds to add to monotonic milliseconds for UTC; undefined while nobody has said what time it is. */
  readonly offset: number | undefined;
  /** Milliseconds since 1970 as the wall clock says: evidence, never arithmetic. */
  readonly wall: number;
}

export const QUARTER_MS = 900_000;
export const MS = 1_000;
export const SECOND = 1_000_000;

export const utcOf = ({ us, offset }: Pick<Now, 'us' | 'offset'>): number | undefined =>
  offset === undefined ? undefined : us / MS + offset;

/** The quarter hour that was the last one at `utc`. Zones of :30 and :45 have their days and hours at quarters too. */
export const quarterAt = (utc: number): number => Math.floor(utc / QUARTER_MS) * QUARTER_MS;

export const monoUsOf = (utc: number, offset: number): number => (utc - offset) * MS;
