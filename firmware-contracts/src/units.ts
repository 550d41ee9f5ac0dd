import { z } from 'zod';

/**
 * A gauge is an integer in one of these units; the factor says how many of them make the unit people read.
 * Power factor counts ten-thousandths.
 */
export const GAUGE_UNITS = {
  mV: { of: 'V', factor: 1_000 },
  mA: { of: 'A', factor: 1_000 },
  mW: { of: 'W', factor: 1_000 },
  mVA: { of: 'VA', factor: 1_000 },
  mvar: { of: 'var', factor: 1_000 },
  mHz: { of: 'Hz', factor: 1_000 },
  '1e-4': { of: '', factor: 10_000 },
  'mL/h': { of: 'L/h', factor: 1_000 },
  'm°C': { of: '°C', factor: 1_000 },
} as const;
export type GaugeUnit = keyof typeof GAUGE_UNITS;
export const gaugeUnit = z.literal(Object.keys(GAUGE_UNITS) as GaugeUnit[]);

/** What the count of a counter is worth in the end; a bare pulse gets its weight from the register epoch. */
export const QUANTITY_UNITS = ['Wh', 'varh', 'VAh', 'mL', 'pulse'] as const;
export type QuantityUnit = (typeof QUANTITY_UNITS)[number];
export const quantityUnit = z.literal(QUANTITY_UNITS);

const RATIO = /^(-?)([1-9][0-9]{0,11})(?:\/([1-9][0-9]{0,11}))?$/;

/** A rational as data: `100`, `1/10`, `-1`. Never a decimal, so that nothing is rounded before it must be. */
export const ratioText = z
  .string()
  .regex(
    RATIO,
    'must be a ratio of whole numbers such as 1000 or 1/10, in quotes if YAML reads it as a number',
  );

export interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}

export function parseRatio(text: string): Ratio {
  const match = RATIO.exec(text);
  if (!match) throw new RangeError(`not a ratio: ${text}`);
  const num = BigInt(match[2] ?? '1');
  return { num: match[1] ? -num : num, den: BigInt(match[3] ?? '1') };
}

/** value · num / den, halves away from zero. */
export function scale(value: bigint, { num, den }: Ratio): bigint {
  const product = value * num;
  const magnitude = product < 0n ? -product : product;
  const rounded = (2n * magnitude + den) / (2n * den);
  return product < 0n ? -rounded : rounded;
}

/**
 * The same for a float register. A double holds every float32 exactly, and is turned into the exact fraction that
 * it is, so that the only rounding is the last one. Undefined for NaN and infinities: a meter's "no value".
 */
export function scaleFloat(value: number, ratio: Ratio): bigint | undefined {
  if (!Number.isFinite(value)) return undefined;
  let exponent = 0;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent += 1;
  }
  return scale(BigInt(mantissa), { num: ratio.num, den: ratio.den << BigInt(exponent) });
}
