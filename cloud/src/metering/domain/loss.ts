/** What one register counted in an hour, or as much of the hour as its meter hung there. */
export interface MeteredHour {
  readonly quantity: bigint;
  readonly estimated: bigint;
  /** All of its quarters are known. */
  readonly complete: boolean;
}

/** A register in an hour; undefined: nothing is known of it. */
export interface LossPart {
  readonly hour: MeteredHour | undefined;
  /** Permitted error of its meter in parts per million. */
  readonly ppm: bigint;
}

/** Null: not known. */
export interface LossHour {
  readonly at: number;
  readonly main: bigint | null;
  /** Of those that are known. */
  readonly subs: bigint | null;
  /** What the main meter counted and no sub-meter did. */
  readonly loss: bigint | null;
  /** The most that meters within their class, clocks beside each other and drawn lines can explain. */
  readonly band: bigint | null;
  /** Registers of which nothing is known in this hour. */
  readonly missing: number;
  /** Something is missing: the difference says nothing. */
  readonly complete: boolean;
  readonly verdict: 'explained' | 'loss' | 'gain' | 'unknown';
}

/**
 * Permitted error of a meter in parts per million, where nobody knows its class better: class 1 (IEC 62053-21) for
 * energy, 2 % in the upper flow range (ISO 4064) for water.
 */
const CLASS_PPM: Readonly<Record<string, number>> = { Wh: 10_000 };
const OTHER_PPM = 20_000;

export const usualPpm = (unit: string | null): number => CLASS_PPM[unit ?? ''] ?? OTHER_PPM;

/** Readings are taken seconds beside the edge, each meter's at another one; at both ends of the hour. */
const SKEW_PPM = (2n * 10_000n * 1_000_000n) / 3_600_000n;

/** Of one hour: main = Σ subs + loss, and how much of the loss may be none. Linear, as the worst case is. */
export function lossOf(at: number, mains: readonly LossPart[], subs: readonly LossPart[]): LossHour {
  const all = [...mains, ...subs];
  const missing = all.filter(({ hour }) => hour === undefined).length;
  const complete = mains.length > 0 && all.every(({ hour }) => hour?.complete === true);
  const isMainKnown = mains.length > 0 && mains.every(({ hour }) => hour !== undefined);
  const main = isMainKnown ? sumOf(mains) : null;
  const sum = subs.length === 0 || subs.some(({ hour }) => hour !== undefined) ? sumOf(subs) : null;
  const part = { at, main, subs: sum, missing, complete };
  if (main === null || sum === null || missing > 0)
    return { ...part, loss: null, band: null, verdict: 'unknown' };
  const loss = main - sum;
  const band = all.reduce((total, each) => total + uncertainty(each), 0n);
  return { ...part, loss, band, verdict: complete ? verdictOf(loss, band) : 'unknown' };
}

const sumOf = (parts: readonly LossPart[]): bigint =>
  parts.reduce((total, { hour }) => total + (hour?.quantity ?? 0n), 0n);

/** Rounded up: a band that is a watt-hour too narrow would accuse somebody. */
function uncertainty({ hour, ppm }: LossPart): bigint {
  if (hour === undefined) return 0n;
  return hour.estimated + (hour.quantity * (ppm + SKEW_PPM) + 999_999n) / 1_000_000n;
}

function verdictOf(loss: bigint, band: bigint): LossHour['verdict'] {
  if (loss > band) return 'loss';
  return -loss > band ? 'gain' : 'explained';
}
