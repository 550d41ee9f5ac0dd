/** Halves away from zero. Exact: a double below 2^53 minus its whole part is a double. Never −0. */
export function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  const rounded = Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
  return rounded === 0 ? 0 : rounded;
}

/** A finite double as the fraction that it is: num / 2^shift. */
export function exactFraction(value: number): { num: bigint; shift: bigint } {
  let shift = 0n;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    shift += 1n;
  }
  return { num: BigInt(mantissa), shift };
}

const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);

/**
 * The float nearest to num / den, rounded once. So many bits are kept that the last rounding is the conversion
 * itself; a set last bit stands for everything that was cut off.
 */
export function nearestFloat(num: bigint, den: bigint, type: 'float32' | 'float64'): number {
  const magnitude = num < 0n ? -num : num;
  if (magnitude === 0n) return 0;
  const keep = type === 'float32' ? 48 : 80;
  const shift = keep - (bitLength(magnitude) - bitLength(den));
  const [up, down] = shift >= 0 ? [BigInt(shift), 0n] : [0n, BigInt(-shift)];
  const [n, d] = [magnitude << up, den << down];
  const kept = n % d === 0n ? n / d : (n / d) | 1n;
  const scaled = Number(kept) * 2 ** -shift;
  const nearest = type === 'float32' ? Math.fround(scaled) : scaled;
  return num < 0n ? -nearest : nearest;
}
