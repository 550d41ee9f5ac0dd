import { type ProfileRegister, parseRatio } from '@meterline/contracts';
import type { Reading } from '../meters/readings.ts';

/** What a counter was worth before and after somebody looked at the display. */
export interface Between {
  readonly register: ProfileRegister;
  readonly before: bigint;
  readonly after: bigint;
}

export type DisplayJudged =
  | { readonly is: 'same'; readonly text: string }
  | { readonly is: 'differs'; readonly text: string; readonly hint: string | null }
  | { readonly is: 'unreadable'; readonly text: string };

interface Shown {
  /** In the base unit, Wh or mL, times `scale`. */
  readonly value: bigint;
  /** One step of the last digit. */
  readonly step: bigint;
}

/** Everything is counted in thousandths of the base unit, so that a display of m³ with six digits stays whole. */
const FINE = 1_000n;
const UNITS: Readonly<Record<string, { base: string; factor: bigint }>> = {
  wh: { base: 'Wh', factor: FINE },
  kwh: { base: 'Wh', factor: 1_000n * FINE },
  mwh: { base: 'Wh', factor: 1_000_000n * FINE },
  varh: { base: 'varh', factor: FINE },
  kvarh: { base: 'varh', factor: 1_000n * FINE },
  vah: { base: 'VAh', factor: FINE },
  kvah: { base: 'VAh', factor: 1_000n * FINE },
  l: { base: 'mL', factor: 1_000n * FINE },
  'm³': { base: 'mL', factor: 1_000_000n * FINE },
  m3: { base: 'mL', factor: 1_000_000n * FINE },
  pulse: { base: 'pulse', factor: FINE },
};

const DISPLAY_UNITS: Readonly<Record<string, string>> = {
  Wh: 'kWh',
  varh: 'kvarh',
  VAh: 'kVAh',
  mL: 'm³',
  pulse: 'pulse',
};

/** The unit that displays of such meters use. */
export const displayUnit = ({ register }: Pick<Between, 'register'>): string => {
  const base = register.role === 'counter' ? register.unit : '';
  return DISPLAY_UNITS[base] ?? base;
};

/**
 * The display was looked at between two reads, and shows whole steps: so it must lie between the first, less one step,
 * and the second. No tolerance in per cent: a wrong register can be near.
 */
export function judgeDisplay(
  between: Between,
  typed: string,
  others: readonly Between[] = [],
): DisplayJudged {
  const unit = displayUnit(between);
  const shown = readShown(typed, unit);
  if (typeof shown === 'string') return { is: 'unreadable', text: shown };
  const text = `the display shows ${typed.trim()}, ${asShown(worthOf(between, between.before), unit)} ${unit} was read`;
  if (fits(between, shown)) return { is: 'same', text };
  return { is: 'differs', text, hint: hintOf(between, shown, others) };
}

function fits(between: Between, { value, step }: Shown): boolean {
  const [from, to] = [worthOf(between, between.before), worthOf(between, between.after)];
  // One count of the meter may be coarser than a digit of the display.
  const count = worthOf(between, 1n);
  const slack = step > count ? step : count;
  return from - slack < value && value < to + slack;
}

function hintOf(between: Between, shown: Shown, others: readonly Between[]): string | null {
  const other = others.find((each) => each.register.name !== between.register.name && fits(each, shown));
  if (other) return `it is what ${other.register.name} reads: is the display on another page?`;
  for (const times of [10n, 100n, 1_000n, 2n, 5n, 20n, 30n, 40n, 50n, 60n, 80n, 120n, 160n]) {
    const [more, less] = [
      { ...shown, value: shown.value / times },
      { ...shown, value: shown.value * times },
    ];
    const coarse = shown.step / times + 1n;
    if (fits(between, { ...more, step: coarse }))
      return `it shows ${times} times as much: a transformer ratio, or another scale`;
    if (fits(between, { ...less, step: shown.step * times }))
      return `it shows 1/${times} of it: a transformer ratio, or another scale`;
  }
  return null;
}

/** `12345.6`, `12,345.6 kWh`, `00123`. */
function readShown(typed: string, standard: string): Shown | string {
  const match = /^\s*([0-9][0-9 ,]*)(?:\.([0-9]{1,6}))?\s*([a-zA-Z³0-9]*)\s*$/.exec(typed);
  if (!match) return 'write digits, with a point before the decimals, such as 12345.6';
  const [, whole = '', decimals = '', named = ''] = match;
  const unit = UNITS[(named || standard).toLowerCase()];
  if (!unit || unit.base !== UNITS[standard.toLowerCase()]?.base)
    return `"${named}" is no unit of this counter; it counts ${standard}`;
  const digits = BigInt(whole.replace(/[ ,]/g, '') + decimals);
  const step = unit.factor / 10n ** BigInt(decimals.length);
  return { value: digits * step, step };
}

function worthOf({ register }: Between, count: bigint): bigint {
  const { num, den } = register.role === 'counter' ? parseRatio(register.worth) : { num: 1n, den: 1n };
  return (count * num * FINE) / den;
}

function asShown(worth: bigint, unit: string): string {
  const factor = UNITS[unit.toLowerCase()]?.factor ?? FINE;
  const digits = factor.toString().length - 1;
  const negative = worth < 0n;
  const text = (negative ? -worth : worth).toString().padStart(digits + 1, '0');
  const decimals = text.slice(text.length - digits).replace(/0+$/, '');
  return `${negative ? '-' : ''}${text.slice(0, text.length - digits)}${decimals && '.'}${decimals}`;
}

/** A count as its display would show it. */
export const countText = (register: ProfileRegister, count: bigint): string => {
  const unit = displayUnit({ register });
  return `${asShown(worthOf({ register, before: count, after: count }, count), unit)} ${unit}`;
};

/** Counters that were read twice. */
export function countersBetween(first: readonly Reading[], second: readonly Reading[]): Between[] {
  return first.flatMap(({ register, decoded }) => {
    const later = second.find((each) => each.register.name === register.name)?.decoded;
    if (decoded.kind !== 'counter') return [];
    const after = later?.kind === 'counter' ? later.count : decoded.count;
    return [{ register, before: decoded.count, after }];
  });
}
