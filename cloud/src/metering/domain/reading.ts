import type { Quality } from '@meterline/contracts';

/** One reading of a register: what the meter itself counted, and when. */
export interface CountReading {
  /** UTC in ms, the true time of reading. */
  readonly at: number;
  readonly count: bigint;
  readonly quality: Quality;
  /**
   * `profile@version/register` that a gateway read it from. null: a gateway's that names none, so of the one that was
   * named before it. Absent: told by somebody, in what the point itself counts.
   */
  readonly cites?: string | null;
}

/** What the gateway said of a value does not decide, with three exceptions. */
export type Standing =
  /** Its confirming reads contradicted each other: it is evidence of nothing. */
  | 'void'
  /** Of another meter than the readings before. */
  | 'swapped'
  /** A number, but no proof of when: a value that stands still, or a profile that nobody has compared yet. */
  | 'weak'
  | 'plain';

const STANDING: Partial<Record<Quality, Standing>> = {
  unsteady: 'void',
  'no-value': 'void',
  swapped: 'swapped',
  stale: 'weak',
  unverified: 'weak',
};

export const standingOf = (quality: Quality): Standing => STANDING[quality] ?? 'plain';
