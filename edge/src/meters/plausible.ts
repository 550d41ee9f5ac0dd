import type { MeterProfile } from '@meterline/contracts';
import type { Reading } from './readings.ts';

/** What the values of one meter say about each other: wrong order, scale or unit shows here before it is billed. */
export interface Finding {
  readonly check: 'frequency' | 'voltage' | 'phase-power' | 'power-factor' | 'power-sum' | 'energy-sum';
  readonly phase?: 1 | 2 | 3;
  readonly holds: boolean;
  readonly evidence: string;
}

/** Volts, amperes, watts…: what is only looked at may be a float. */
type Values = ReadonlyMap<string, number>;

const FACTOR = { mV: 1e3, mA: 1e3, mW: 1e3, mVA: 1e3, mvar: 1e3, mHz: 1e3, '1e-4': 1e4 } as const;

/** Registers of a block are a moment apart from those of another; small loads are all noise. */
const TOLERANCE = { power: 0.05, sum: 0.05, watts: 10, energySum: 0.02, watthours: 1_000 } as const;

export function crossCheck(profile: MeterProfile, readings: readonly Reading[]): Finding[] {
  if (profile.medium !== 'electricity') return [];
  const values = valuesOf(readings);
  return [
    ...frequency(values),
    ...PHASES.flatMap((suffix) => phaseFindings(values, suffix)),
    ...sumOf(values, 'power', 'power_total', 'power-sum', TOLERANCE.sum, TOLERANCE.watts, 'W'),
    ...sumOf(
      values,
      'energy_import',
      'energy_import_total',
      'energy-sum',
      TOLERANCE.energySum,
      TOLERANCE.watthours,
      'Wh',
    ),
  ];
}

const PHASES = [undefined, 1, 2, 3] as const;
type Phase = (typeof PHASES)[number];

const named = (what: string, phase: Phase): string => (phase === undefined ? what : `${what}_l${phase}`);

function valuesOf(readings: readonly Reading[]): Values {
  const values = new Map<string, number>();
  for (const { register, decoded } of readings) {
    if (decoded.kind === 'gauge' && register.role === 'gauge') {
      const factor = FACTOR[register.unit as keyof typeof FACTOR];
      if (factor !== undefined) values.set(register.name, decoded.value / factor);
    }
    if (decoded.kind === 'counter' && register.role === 'counter') {
      const [num = '1', den = '1'] = register.worth.split('/');
      values.set(register.name, (Number(decoded.count) * Number(num)) / Number(den));
    }
  }
  return values;
}

function frequency(values: Values): Finding[] {
  const hertz = values.get('frequency');
  if (hertz === undefined) return [];
  const holds = Math.abs(hertz - 50) <= 2.5 || Math.abs(hertz - 60) <= 3;
  return [{ check: 'frequency', holds, evidence: `${show(hertz)} Hz, wanted near 50 or 60` }];
}

function phaseFindings(values: Values, phase: Phase): Finding[] {
  const volts = values.get(named('voltage', phase));
  const amperes = values.get(named('current', phase));
  const watts = values.get(named('power', phase));
  const factor = values.get(named('power_factor', phase));
  const found: Finding[] = [];
  const add = (check: Finding['check'], holds: boolean, evidence: string): void => {
    found.push({ check, ...(phase === undefined ? {} : { phase }), holds, evidence });
  };
  if (volts !== undefined) add('voltage', isMains(volts) || isOpen(values, volts), `${show(volts)} V`);
  if (volts === undefined || amperes === undefined || watts === undefined) return found;
  const apparent = volts * Math.abs(amperes);
  const slack = apparent * TOLERANCE.power + TOLERANCE.watts;
  add(
    'phase-power',
    Math.abs(watts) <= apparent + slack,
    `${show(watts)} W against ${show(volts)} V x ${show(amperes)} A = ${show(apparent)} VA`,
  );
  if (factor === undefined || Math.abs(factor) > 1) return found;
  const expected = apparent * Math.abs(factor);
  add(
    'power-factor',
    Math.abs(Math.abs(watts) - expected) <= slack,
    `${show(watts)} W against ${show(apparent)} VA x ${show(factor)} = ${show(expected)} W`,
  );
  return found;
}

const isMains = (volts: number): boolean => volts >= 80 && volts <= 500;

/** An open phase reads near 0 V; but something must feed the meter that answers. */
const isOpen = (values: Values, volts: number): boolean =>
  volts < 10 && ([1, 2, 3] as const).some((phase) => isMains(values.get(named('voltage', phase)) ?? 0));

function sumOf(
  values: Values,
  part: string,
  total: string,
  check: Finding['check'],
  share: number,
  least: number,
  unit: string,
): Finding[] {
  const parts = ([1, 2, 3] as const).map((phase) => values.get(named(part, phase)));
  const whole = values.get(total);
  if (whole === undefined || parts.some((value) => value === undefined)) return [];
  const sum = parts.reduce<number>((all, value) => all + (value ?? 0), 0);
  const size = Math.max(Math.abs(whole), ...parts.map((value) => Math.abs(value ?? 0)));
  const holds = Math.abs(whole - sum) <= size * share + least;
  return [
    {
      check,
      holds,
      evidence: `${show(whole)} ${unit} against ${parts.map((value) => show(value ?? 0)).join(' + ')} = ${show(sum)} ${unit}`,
    },
  ];
}

const show = (value: number): string => String(Number(value.toFixed(3)));
