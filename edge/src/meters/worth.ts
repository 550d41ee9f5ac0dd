import { parseRatio, scale } from '@meterline/contracts';

/** Counts × worth, exactly, in the unit of the counter: a fraction and what no double can hold as text. */
export function worthOf(count: bigint, worth: string): number | string {
  const ratio = parseRatio(worth);
  const product = count * ratio.num;
  if (product % ratio.den === 0n) return plainNumber(product / ratio.den);
  return decimalText(scale(count, { num: ratio.num * 1_000n, den: ratio.den }), 3);
}

export const plainNumber = (value: bigint): number | string => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
};

/** 1234 and 3 → 1.234 */
export function decimalText(value: bigint, places: number): string {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
