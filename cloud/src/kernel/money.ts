import { type DecimalInput, fromScaled, toScaled } from './decimal.ts';
import { kernelError } from './errors.ts';
import { DEFAULT_ROUNDING, divideRounded, type RoundingPolicy } from './rounding.ts';

/**
 * Digits after the point of the smallest unit in which a currency is billed. The rupiah's sen exists in
 * ISO 4217 alone: nobody bills or pays it, so the rupiah has none here.
 */
export const CURRENCY_EXPONENTS = {
  THB: 2,
  IDR: 0,
  USD: 2,
  EUR: 2,
  GBP: 2,
  SGD: 2,
  MYR: 2,
  PHP: 2,
  VND: 0,
  JPY: 0,
} as const;

export type Currency = keyof typeof CURRENCY_EXPONENTS;

/** An amount in the smallest unit of its currency (satang, cent, rupiah). */
export interface Money {
  readonly minor: bigint;
  readonly currency: Currency;
}

export function isCurrency(code: string): code is Currency {
  return Object.hasOwn(CURRENCY_EXPONENTS, code);
}

export function money(minor: bigint, currency: string): Money {
  if (!isCurrency(currency)) {
    throw kernelError('money_unknown_currency', {
      details: { currency },
      message: `unknown currency ${currency}`,
    });
  }
  return { minor, currency };
}

export function zero(currency: Currency): Money {
  return money(0n, currency);
}

export function add(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return { minor: a.minor + b.minor, currency: a.currency };
}

export function subtract(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return { minor: a.minor - b.minor, currency: a.currency };
}

export function negate(a: Money): Money {
  return { minor: -a.minor, currency: a.currency };
}

export function compare(a: Money, b: Money): -1 | 0 | 1 {
  sameCurrency(a, b);
  if (a.minor === b.minor) return 0;
  return a.minor < b.minor ? -1 : 1;
}

export function equals(a: Money, b: Money): boolean {
  return a.currency === b.currency && a.minor === b.minor;
}

export function isZero(a: Money): boolean {
  return a.minor === 0n;
}

export function isNegative(a: Money): boolean {
  return a.minor < 0n;
}

/** The currency is given, not taken from the first: an empty bill is zero of something. */
export function sum(currency: Currency, amounts: readonly Money[]): Money {
  return amounts.reduce(add, zero(currency));
}

/** amount × rate, rounded once. The rate is exact, however many digits it has. */
export function multiply(
  amount: Money,
  rate: DecimalInput,
  policy: RoundingPolicy = DEFAULT_ROUNDING,
): Money {
  const { digits, scale } = toScaled(rate);
  return {
    minor: divideRounded(amount.minor * digits, 10n ** BigInt(scale), policy),
    currency: amount.currency,
  };
}

/** A decimal amount of the major unit (baht, not satang), rounded once into money. */
export function moneyFromDecimal(
  major: DecimalInput,
  currency: Currency,
  policy: RoundingPolicy = DEFAULT_ROUNDING,
): Money {
  const { digits, scale } = toScaled(major);
  const exponent = exponentOf(currency);
  return money(divideRounded(digits * 10n ** BigInt(exponent), 10n ** BigInt(scale), policy), currency);
}

const AMOUNT = /^-?\d{1,30}(\.\d+)?$/;

/** Reads "1234.50". Finer than the currency's smallest unit is refused, not rounded. */
export function parseMoney(text: string, currency: Currency): Money {
  const exponent = exponentOf(currency);
  const fraction = AMOUNT.test(text) ? (text.split('.')[1] ?? '') : undefined;
  if (fraction === undefined || fraction.length > exponent) {
    throw kernelError('money_malformed', {
      message: `"${text.slice(0, 40)}" is not an amount of ${currency} with at most ${exponent} decimals`,
      details: { currency },
    });
  }
  const { digits, scale } = toScaled(text);
  return money(digits * 10n ** BigInt(exponent - scale), currency);
}

/** The canonical text, which parseMoney reads back: "1234.50", "-0.05", "1500". */
export function formatMoney(amount: Money): string {
  return fromScaled({ digits: amount.minor, scale: exponentOf(amount.currency) });
}

export type Locale = 'th' | 'en' | 'id';
const LOCALES = { th: 'th-TH', en: 'en-GB', id: 'id-ID' } as const;

/** For people. Intl is handed the decimal text, which it formats digit by digit: no float is made. */
export function displayMoney(amount: Money, locale: Locale): string {
  const exponent = exponentOf(amount.currency);
  const format = new Intl.NumberFormat(LOCALES[locale], {
    style: 'currency',
    currency: amount.currency,
    currencyDisplay: 'narrowSymbol',
    numberingSystem: 'latn',
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  return format.format(formatMoney(amount) as `${number}`);
}

export function exponentOf(currency: Currency): number {
  return CURRENCY_EXPONENTS[currency];
}

function sameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) {
    throw kernelError('money_currency_mismatch', {
      message: `${a.currency} and ${b.currency} cannot be combined`,
      details: { left: a.currency, right: b.currency },
    });
  }
}
