import { absolute, type DecimalInput, toScaled } from './decimal.ts';
import { kernelError } from './errors.ts';

/**
 * How a value between two whole units becomes one of them. The name is stored with the tariff version, so that
 * a bill can be computed again as it was: names are never renamed.
 * `half_away_from_zero` is what people call commercial rounding: 155.015 → 155.02 and −155.015 → −155.02.
 * `truncate` drops the fraction: one supplier prints its VAT so.
 */
export const ROUNDING_POLICIES = ['half_away_from_zero', 'truncate'] as const;
export type RoundingPolicy = (typeof ROUNDING_POLICIES)[number];

export const DEFAULT_ROUNDING: RoundingPolicy = 'half_away_from_zero';

/** numerator ÷ denominator as a whole number, without ever leaving integers. */
export function divideRounded(
  numerator: bigint,
  denominator: bigint,
  policy: RoundingPolicy = DEFAULT_ROUNDING,
): bigint {
  if (denominator === 0n) throw kernelError('ratio_invalid', { message: 'division by zero' });
  const negative = numerator < 0n !== denominator < 0n;
  const top = absolute(numerator);
  const bottom = absolute(denominator);
  const down = top / bottom;
  const up = policy === 'half_away_from_zero' && (top % bottom) * 2n >= bottom;
  const size = up ? down + 1n : down;
  return negative ? -size : size;
}

/** Towards minus infinity, also for negative numbers, where bigint division goes towards zero. */
export function floorDivide(numerator: bigint, denominator: bigint): bigint {
  if (denominator === 0n) throw kernelError('ratio_invalid', { message: 'division by zero' });
  const quotient = numerator / denominator;
  const exact = quotient * denominator === numerator;
  return exact || numerator < 0n === denominator < 0n ? quotient : quotient - 1n;
}

export function roundToInteger(value: DecimalInput, policy: RoundingPolicy = DEFAULT_ROUNDING): bigint {
  const { digits, scale } = toScaled(value);
  return divideRounded(digits, 10n ** BigInt(scale), policy);
}
