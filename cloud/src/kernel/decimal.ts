import { Decimal as DecimalJs } from 'decimal.js';
import { kernelError } from './errors.ts';

/**
 * 60 significant digits: a quotient keeps far more than any tariff states. Sums and products of the sizes
 * that occur (20 digits each) are exact. Never exponent notation, because these strings are stored and printed.
 */
const Exact = DecimalJs.clone({
  precision: 60,
  rounding: DecimalJs.ROUND_HALF_UP,
  toExpNeg: -9e15,
  toExpPos: 9e15,
});

export type Decimal = DecimalJs;
/** A `number` is refused on purpose: 0.1 is not a tenth. */
export type DecimalInput = string | bigint | Decimal;

const PLAIN = /^[+-]?\d+(\.\d+)?$/;

export function decimal(value: DecimalInput): Decimal {
  if (typeof value === 'bigint') return new Exact(value.toString());
  if (typeof value === 'string') {
    if (!PLAIN.test(value) || value.length > 80) {
      throw kernelError('decimal_malformed', { message: `"${value.slice(0, 80)}" is not a decimal number` });
    }
    return new Exact(value);
  }
  if (value instanceof DecimalJs && value.isFinite()) return new Exact(value);
  throw kernelError('decimal_malformed', { message: `${String(value)} is not a decimal number` });
}

/** value = digits / 10^scale, exactly. */
export interface ScaledInteger {
  readonly digits: bigint;
  readonly scale: number;
}

export function toScaled(value: DecimalInput): ScaledInteger {
  if (typeof value === 'bigint') return { digits: value, scale: 0 };
  const text = typeof value === 'string' ? validated(value) : decimal(value).toFixed();
  const point = text.indexOf('.');
  if (point < 0) return { digits: BigInt(text.replace('+', '')), scale: 0 };
  const digits = BigInt((text.slice(0, point) + text.slice(point + 1)).replace('+', ''));
  return { digits, scale: text.length - point - 1 };
}

export function fromScaled({ digits, scale }: ScaledInteger): string {
  const sign = digits < 0n ? '-' : '';
  const text = absolute(digits)
    .toString()
    .padStart(scale + 1, '0');
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function validated(value: string): string {
  decimal(value);
  return value;
}
