import { type Decoded, GAUGE_UNITS, type ProfileRegister } from '@meterline/contracts';
import type { Reading } from '../meters/readings.ts';
import { decimalText, plainNumber, worthOf } from '../meters/worth.ts';

export interface ShownValue {
  readonly name: string;
  /** Whole numbers in `unit`; a number beyond 2^53 and a fraction of a unit as text; null: the meter has no value. */
  readonly value: number | string | null;
  readonly unit: string | null;
  readonly raw: string;
}

export const shownValue = ({ register, decoded, raw }: Reading): ShownValue => ({
  name: register.name,
  value: worthShown(register, decoded),
  unit: register.role === 'gauge' || register.role === 'counter' ? register.unit : null,
  raw,
});

function worthShown(register: ProfileRegister, decoded: Decoded): number | string | null {
  switch (decoded.kind) {
    case 'gauge':
      return decoded.value;
    case 'counter':
      return register.role === 'counter' ? worthOf(decoded.count, register.worth) : null;
    case 'identity':
      return decoded.text;
    case 'setting':
      return decoded.whole === undefined ? decoded.text : plainNumber(decoded.whole);
    case 'state':
      return decoded.names.join(',') || String(decoded.word);
    case 'no-value':
      return null;
  }
}

const LARGE = { Wh: 'kWh', varh: 'kvarh', VAh: 'kVAh', mL: 'L', pulse: '' } as const;

/** As people read it: 230.200 V, 1234.560 kWh. */
export function forPeople({ value, unit }: Pick<ShownValue, 'value' | 'unit'>): {
  value: string;
  unit: string;
} {
  if (value === null) return { value: '-', unit: '' };
  if (unit === null || unit === 'pulse' || (typeof value === 'string' && !/^-?\d+$/.test(value))) {
    return { value: String(value), unit: unit ?? '' };
  }
  const gauge = GAUGE_UNITS[unit as keyof typeof GAUGE_UNITS];
  if (gauge) return { value: decimalText(BigInt(value), gauge.factor === 10_000 ? 4 : 3), unit: gauge.of };
  return { value: decimalText(BigInt(value), 3), unit: LARGE[unit as keyof typeof LARGE] ?? unit };
}
