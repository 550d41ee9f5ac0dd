import type { ScaledInteger } from '../decimal.ts';
import { err, ok, type Result } from '../result.ts';

export type NumberFault = 'number_unreadable' | 'count_too_large';

const POINT = /^[+-]?(?:\d+|\d{1,3}(?:[, '\u2019\u00a0]\d{3})+)(?:\.\d+)?$/;
const COMMA = /^[+-]?(?:\d+|\d{1,3}(?:[. '\u2019\u00a0]\d{3})+)(?:,\d+)?$/;
const MAX_DIGITS = 40;

/** A decimal number in one of the two ways of writing: which one is said by the mapping, never guessed from a cell. */
export function readNumber(text: string, decimal: '.' | ','): Result<ScaledInteger, NumberFault> {
  if (text.length > MAX_DIGITS || !(decimal === '.' ? POINT : COMMA).test(text))
    return err('number_unreadable');
  const [whole = '', fraction = ''] = text.split(decimal);
  const digits = BigInt(whole.replaceAll(/[^\d]/g, '') + fraction);
  return ok({ digits: text.startsWith('-') ? -digits : digits, scale: fraction.length });
}

/** A workbook keeps doubles and promises fifteen digits: what lies beyond is the noise of 0.1 + 0.2. */
export function readStoredNumber(text: string): Result<ScaledInteger, NumberFault> {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) return err('number_unreadable');
  const [mantissa = '', exponent = '0'] = number.toExponential(14).split('e');
  const negative = mantissa.startsWith('-');
  let digits = BigInt(mantissa.replaceAll(/[-.]/g, ''));
  let scale = 14 - Number(exponent);
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  if (scale < 0) {
    if (scale < -25) return err('count_too_large');
    digits *= 10n ** BigInt(-scale);
    scale = 0;
  }
  if (scale > MAX_DIGITS) return ok({ digits: 0n, scale: 0 });
  return ok({ digits: negative ? -digits : digits, scale });
}
