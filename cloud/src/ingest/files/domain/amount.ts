import type { ScaledInteger } from '../../../kernel/decimal.ts';
import { err, ok, type Result } from '../../../kernel/result.ts';

/** What a register counts: one count is `num/den` of `unit`. */
export interface Register {
  readonly unit: string;
  readonly num: bigint;
  readonly den: bigint;
}

export type AmountFault =
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
