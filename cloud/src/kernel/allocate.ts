import { absolute, type DecimalInput, toScaled } from './decimal.ts';
import { kernelError } from './errors.ts';
import type { Money } from './money.ts';

/**
 * Who gets the last satang when two remainders are equal. Bands of one charge are a list with an order: the
 * first. Shares of people or rooms have no order that a person could rely on: the first by name.
 */
export type TieRule = 'first' | 'name';

export interface Share {
  readonly name: string;
  readonly weight: DecimalInput;
}

/**
 * Largest remainder: everybody gets the whole part of their exact share, then the units that are left go one
 * each to the largest fractions. The result keeps the order of the shares and sums to the amount exactly.
 * A negative amount is shared as its opposite is, so that a credit undoes the charge share by share.
 */
export function allocate(
  amount: Money,
  shares: readonly Share[],
  ties: TieRule,
): readonly { readonly name: string; readonly amount: Money }[] {
  const names = shares.map((share) => share.name);
  if (ties === 'name' && new Set(names).size !== names.length) {
    throw kernelError('allocation_impossible', { message: 'two shares have the same name' });
  }
  const order = ties === 'name' ? byName(names) : names.map((_, index) => index);
  const parts = allocateUnits(
    amount.minor,
    shares.map((share) => share.weight),
    order,
  );
  return shares.map(({ name }, index) => ({
    name,
    amount: { minor: parts[index] ?? 0n, currency: amount.currency },
  }));
}

/** The same over bare weights, ties to the first. */
export function allocateInOrder(amount: Money, weights: readonly DecimalInput[]): readonly Money[] {
  const order = weights.map((_, index) => index);
  return allocateUnits(amount.minor, weights, order).map((minor) => ({ minor, currency: amount.currency }));
}

/** Whole units of anything (satang, Wh); `precedence` holds the indexes in the order in which ties are won. */
export function allocateUnits(
  total: bigint,
  weights: readonly DecimalInput[],
  precedence: readonly number[],
): readonly bigint[] {
  const exact = wholeWeights(weights);
  const weightSum = exact.reduce((a, b) => a + b, 0n);
  if (weightSum === 0n) {
    if (total === 0n) return exact.map(() => 0n);
    throw kernelError('allocation_impossible', {
      message: 'there is an amount to share, but no weight above zero',
    });
  }
  const size = absolute(total);
  const parts = exact.map((weight) => (size * weight) / weightSum);
  const remainders = exact.map((weight) => (size * weight) % weightSum);
  const left = size - parts.reduce((a, b) => a + b, 0n);
  const rank = new Map(precedence.map((index, position) => [index, position]));
  const winners = exact
    .map((_, index) => index)
    .sort(
      (a, b) =>
        descending(remainders[a] ?? 0n, remainders[b] ?? 0n) || (rank.get(a) ?? 0) - (rank.get(b) ?? 0),
    )
    .slice(0, Number(left));
  for (const index of winners) parts[index] = (parts[index] ?? 0n) + 1n;
  return total < 0n ? parts.map((part) => -part) : parts;
}

/** All weights over one power of ten, so that 0.5 and 12.25 compare as integers. */
function wholeWeights(weights: readonly DecimalInput[]): readonly bigint[] {
  const scaled = weights.map(toScaled);
  const scale = Math.max(0, ...scaled.map((weight) => weight.scale));
  return scaled.map((weight) => {
    if (weight.digits < 0n) throw kernelError('allocation_impossible', { message: 'a weight is negative' });
    return weight.digits * 10n ** BigInt(scale - weight.scale);
  });
}

/** By code point: the same on every machine, whatever its language. */
function byName(names: readonly string[]): readonly number[] {
  return names
    .map((name, index) => ({ name, index }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ index }) => index);
}

function descending(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}
