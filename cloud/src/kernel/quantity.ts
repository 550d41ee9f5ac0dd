import { fromScaled, toScaled } from './decimal.ts';
import { kernelError } from './errors.ts';
import { floorDivide } from './rounding.ts';

/**
 * Quantities are whole numbers of a base unit, under the names that gateways send. `decimals` says how many digits
 * the unit people read stands above it: 1 kWh = 10³ Wh, 1 m³ = 10⁶ mL. `1e-4` counts ten-thousandths: a power factor.
 */
export const UNITS = {
  Wh: { display: 'kWh', decimals: 3 },
  varh: { display: 'kvarh', decimals: 3 },
  VAh: { display: 'kVAh', decimals: 3 },
  mL: { display: 'm³', decimals: 6 },
  pulse: { display: '', decimals: 0 },
  mV: { display: 'V', decimals: 3 },
  mA: { display: 'A', decimals: 3 },
  mW: { display: 'kW', decimals: 6 },
  mVA: { display: 'kVA', decimals: 6 },
  mvar: { display: 'kvar', decimals: 6 },
  mHz: { display: 'Hz', decimals: 3 },
  '1e-4': { display: '', decimals: 4 },
  'mL/h': { display: 'm³/h', decimals: 6 },
  'm°C': { display: '°C', decimals: 3 },
} as const;

export type Unit = keyof typeof UNITS;

export interface Quantity {
  readonly amount: bigint;
  readonly unit: Unit;
}

export function quantity(amount: bigint, unit: Unit): Quantity {
  return { amount, unit };
}

export function addQuantity(a: Quantity, b: Quantity): Quantity {
  sameUnit(a, b);
  return { amount: a.amount + b.amount, unit: a.unit };
}

export function subtractQuantity(a: Quantity, b: Quantity): Quantity {
  sameUnit(a, b);
  return { amount: a.amount - b.amount, unit: a.unit };
}

export function compareQuantity(a: Quantity, b: Quantity): -1 | 0 | 1 {
  sameUnit(a, b);
  if (a.amount === b.amount) return 0;
  return a.amount < b.amount ? -1 : 1;
}

export function sumQuantity(unit: Unit, quantities: readonly Quantity[]): Quantity {
  return quantities.reduce(addQuantity, quantity(0n, unit));
}

const DISPLAYED = /^-?\d{1,30}(\.\d+)?$/;

/** Reads "123.456" kWh into Wh. What is finer than the base unit is refused, not rounded. */
export function parseQuantity(text: string, unit: Unit): Quantity {
  const { display, decimals } = UNITS[unit];
  const fraction = DISPLAYED.test(text) ? (text.split('.')[1] ?? '') : undefined;
  if (fraction === undefined || fraction.length > decimals) {
    throw kernelError('quantity_malformed', {
      message: `"${text.slice(0, 40)}" is not a number of ${display || unit} with at most ${decimals} decimals`,
      details: { unit },
    });
  }
  const { digits, scale } = toScaled(text);
  return quantity(digits * 10n ** BigInt(decimals - scale), unit);
}

/** The exact decimal in the unit people read, all digits kept: 1234 Wh is "1.234". */
export function formatQuantity({ amount, unit }: Quantity): string {
  return fromScaled({ digits: amount, scale: UNITS[unit].decimals });
}

/** Base units per count, as a fraction: 1000 pulses a kWh is 1/1 Wh, a 400/5 transformer multiplies by 80/1. */
export interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}

export function ratio(num: bigint, den: bigint): Ratio {
  if (num <= 0n || den <= 0n) {
    throw kernelError('ratio_invalid', { message: `${num}/${den} is not a positive ratio` });
  }
  const divisor = greatestCommonDivisor(num, den);
  return { num: num / divisor, den: den / divisor };
}

export function multiplyRatio(a: Ratio, b: Ratio): Ratio {
  return ratio(a.num * b.num, a.den * b.den);
}

/** A register's resolution as printed in its manual ("0.01" kWh a count) as base units per count. */
export function ratioFromResolution(resolution: string, unit: Unit): Ratio {
  const { digits, scale } = toScaled(resolution);
  return ratio(digits * 10n ** BigInt(UNITS[unit].decimals), 10n ** BigInt(scale));
}

/**
 * Q(t) = ⌊num · (count − opening) / den⌋, the whole base units since the epoch began. Consumption between two
 * times is a difference of two Q: it telescopes, and no rounding is ever lost or counted twice.
 */
export function quantitySince(opening: bigint, count: bigint, { num, den }: Ratio): bigint {
  return floorDivide(num * (count - opening), den);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}

function sameUnit(a: Quantity, b: Quantity): void {
  if (a.unit !== b.unit) {
    throw kernelError('quantity_unit_mismatch', {
      message: `${a.unit} and ${b.unit} cannot be combined`,
      details: { left: a.unit, right: b.unit },
    });
  }
}
