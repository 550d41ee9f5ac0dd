/** One meter's hour, as the loss of a main meter is made of it. */
export interface MeteredHour {
  readonly quantity: bigint;
  readonly estimated: bigint;
  /** All four quarters are known. */
  readonly complete: boolean;
}

export interface LossHour {
  readonly at: number;
  readonly main: bigint;
  readonly subs: bigint;
  /** What the main meter counted and no sub-meter did. */
  readonly loss: bigint;
  /** The most that meters within their class, clocks beside each other and drawn lines can explain. */
  readonly band: bigint;
  /** Something is missing: the difference says nothing. */
  readonly complete: boolean;
  readonly verdict: 'explained' | 'loss' | 'gain' | 'unknown';
}

/**
 * Permitted error of a meter in parts per million, where nobody knows its class better: class 1 (IEC 62053-21) for
 * energy, 2 % in the upper flow range (ISO 4064) for water.
 */
export const CLASS_PPM = { Wh: 10_000n, varh: 20_000n, VAh: 20_000n, mL: 20_000n, pulse: 20_000n } as const;
/** Readings are taken seconds beside the edge, each meter's at another one; at both ends of the hour. */
const SKEW_PPM = (2n * 10_000n * 1_000_000n) / 3_600_000n;

/** Of one hour: main = Σ subs + loss, and how much of the loss may be none. Linear, as the worst case is. */
export function lossOf(
  at: number,
  main: MeteredHour | undefined,
  subs: readonly (MeteredHour | undefined)[],
  classPpm: bigint,
): LossHour {
  const all = [main, ...subs];
  const complete = all.every((hour) => hour?.complete === true);
  const sum = subs.reduce((total, hour) => total + (hour?.quantity ?? 0n), 0n);
  const whole = main?.quantity ?? 0n;
  const band = all.reduce((total, hour) => total + (hour ? uncertainty(hour, classPpm) : 0n), 0n);
  const loss = whole - sum;
  return { at, main: whole, subs: sum, loss, band, complete, verdict: verdictOf(loss, band, complete) };
}

/** Rounded up: a band that is a watt-hour too narrow would accuse somebody. */
function uncertainty({ quantity, estimated }: MeteredHour, classPpm: bigint): bigint {
  return estimated + (quantity * (classPpm + SKEW_PPM) + 999_999n) / 1_000_000n;
}

function verdictOf(loss: bigint, band: bigint, complete: boolean): LossHour['verdict'] {
  if (!complete) return 'unknown';
  if (loss > band) return 'loss';
  return -loss > band ? 'gain' : 'explained';
}
