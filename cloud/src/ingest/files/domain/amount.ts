import type { ScaledInteger } from '../../../kernel/decimal.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';

/** What a register counts: one count is `num/den` of `unit`. */
export interface Register {
  readonly unit: string;
  readonly num: bigint;
  readonly den: bigint;
}

export type AmountFault =
  | 'number_unreadable'
  | 'number_negative'
  | 'unit_unknown'
  | 'unit_mismatch'
  | 'finer_than_register'
  | 'count_too_large';

interface UnitOfPeople {
  readonly base: string;
  /** Base units in one of it. */
  readonly factor: bigint;
}

const kWh: UnitOfPeople = { base: 'Wh', factor: 1_000n };
const m3: UnitOfPeople = { base: 'mL', factor: 1_000_000n };
const litre: UnitOfPeople = { base: 'mL', factor: 1_000n };

/** As people and old systems write units, lower case without spaces and dots. */
const UNITS: ReadonlyMap<string, UnitOfPeople> = new Map<string, UnitOfPeople>([
  ...named(kWh, 'kwh', 'กิโลวัตต์ชั่วโมง', 'กิโลวัตต์-ชั่วโมง', 'กิโลวัตต์/ชั่วโมง'),
  ...named({ base: 'Wh', factor: 1n }, 'wh', 'วัตต์ชั่วโมง', 'วัตต์-ชั่วโมง'),
  ...named({ base: 'Wh', factor: 1_000_000n }, 'mwh'),
  ...named({ base: 'varh', factor: 1_000n }, 'kvarh'),
  ...named({ base: 'VAh', factor: 1_000n }, 'kvah'),
  ...named(m3, 'm³', 'm3', 'm^3', 'cum', 'cbm', 'cubicmetre', 'cubicmeter', 'ลบม', 'ลูกบาศก์เมตร', 'คิว'),
  ...named(litre, 'l', 'litre', 'liter', 'litres', 'liters', 'ลิตร'),
  ...named({ base: 'mL', factor: 1n }, 'ml'),
]);
/** What the bill counts: kWh of electricity, m³ of water. */
const BILLED = new Set(['หน่วย', 'ยูนิต', 'unit', 'units', 'satuan']);
const BILLED_AS: Readonly<Record<string, UnitOfPeople>> = {
  Wh: kWh,
  varh: { base: 'varh', factor: 1_000n },
  mL: m3,
};
/** The register's own steps, as a gateway would send them. */
const COUNTS = new Set(['count', 'counts', 'pulse', 'pulses', 'พัลส์']);

function named(unit: UnitOfPeople, ...names: string[]): [string, UnitOfPeople][] {
  return names.map((name) => [name, unit]);
}

const spelled = (text: string): string => text.toLowerCase().replaceAll(/[\s.]/g, '');

export function isUnit(text: string): boolean {
  const name = spelled(text);
  return UNITS.has(name) || BILLED.has(name) || COUNTS.has(name);
}

const POINT = /^[+-]?(?:\d+|\d{1,3}(?:[, '\u2019\u00a0]\d{3})+)(?:\.\d+)?$/;
const COMMA = /^[+-]?(?:\d+|\d{1,3}(?:[. '\u2019\u00a0]\d{3})+)(?:,\d+)?$/;
const MAX_DIGITS = 40;

/** A decimal number in one of the two ways of writing: which one is said by the mapping, never guessed from a cell. */
export function readNumber(text: string, decimal: '.' | ','): Result<ScaledInteger, AmountFault> {
  if (text.length > MAX_DIGITS || !(decimal === '.' ? POINT : COMMA).test(text))
    return err('number_unreadable');
  const [whole = '', fraction = ''] = text.split(decimal);
  const digits = BigInt(whole.replaceAll(/[^\d]/g, '') + fraction);
  return ok({ digits: text.startsWith('-') ? -digits : digits, scale: fraction.length });
}

/** A workbook keeps doubles and promises fifteen digits: what lies beyond is the noise of 0.1 + 0.2. */
export function readStoredNumber(text: string): Result<ScaledInteger, AmountFault> {
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

const MAX_COUNT = 9_223_372_036_854_775_807n;

/**
 * The register's own count, exactly: what lies between two steps of the register is refused, because no such reading
 * was ever on its display.
 */
export function toCount(
  amount: ScaledInteger,
  unit: string,
  register: Register,
): Result<bigint, AmountFault> {
  if (amount.digits < 0n) return err('number_negative');
  const per = unitsPerOne(unit, register);
  if (!per.ok) return per;
  const top = amount.digits * per.value.num;
  const bottom = 10n ** BigInt(amount.scale) * per.value.den;
  const count = top / bottom;
  if (count * bottom !== top) return err('finer_than_register');
  return count <= MAX_COUNT ? ok(count) : err('count_too_large');
}

/** Counts in one of the unit. */
function unitsPerOne(
  unit: string,
  { unit: base, num, den }: Register,
): Result<{ num: bigint; den: bigint }, AmountFault> {
  const name = spelled(unit);
  if (COUNTS.has(name)) return ok({ num: 1n, den: 1n });
  const known = BILLED.has(name) ? BILLED_AS[base] : UNITS.get(name);
  if (known === undefined) return err(BILLED.has(name) ? 'unit_mismatch' : 'unit_unknown');
  if (known.base !== base) return err('unit_mismatch');
  return ok({ num: known.factor * den, den: num });
}
