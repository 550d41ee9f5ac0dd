import {
  type MeterProfile,
  type ProfileRegister,
  parseRatio,
  type QuantityUnit,
  wordsOf,
} from '@meterline/contracts';
import { DEFAULT_GAP_MS, type Epoch } from './epoch.ts';

export type CounterRegister = Extract<ProfileRegister, { role: 'counter' }>;

/** How a register counts, as its profile says: what an epoch is made of when nobody has said anything else. */
export interface RegisterRules
  extends Pick<Epoch, 'modulus' | 'num' | 'den' | 'maxPerHour' | 'isFloat' | 'gapMs'> {
  readonly unit: QuantityUnit;
}

/** Where nobody says what can pass: more than a megawatt, or 500 m³ an hour, is garbage whatever is connected. */
const ABSURD = { Wh: 1_000_000n, mL: 500_000_000n } as const;

/** The counter that `profile@version/register` names; undefined where none is known. */
export function counterOf(
  reference: string,
  profiles: ReadonlyMap<string, MeterProfile>,
): CounterRegister | undefined {
  const [profile = '', name] = reference.split('/');
  const register = profiles.get(profile)?.registers.find((each) => each.name === name);
  return register?.role === 'counter' ? register : undefined;
}

/** How it counts. */
export function rulesOf(
  reference: string,
  profiles: ReadonlyMap<string, MeterProfile>,
): RegisterRules | undefined {
  const profile = profiles.get(reference.split('/')[0] ?? '');
  const register = counterOf(reference, profiles);
  if (profile === undefined || register === undefined) return undefined;
  const { num, den } = parseRatio(register.worth);
  return {
    unit: register.unit,
    num,
    den,
    modulus: modulusOf(register),
    maxPerHour: mostPerHour(register.unit, profile),
    isFloat: register.type === 'float32',
    gapMs: DEFAULT_GAP_MS,
  };
}

/** Whole ones of a unit, on a meter that people read: no end of its register is known. */
const BARE: Readonly<Record<string, QuantityUnit>> = { Wh: 'Wh', varh: 'varh', VAh: 'VAh', mL: 'mL' };

/** Of a point: as the profile of its register says; of one without a register, as its unit says. */
export function rulesOfPoint(
  { register, unit }: { readonly register: string | null; readonly unit: string | null },
  profiles: ReadonlyMap<string, MeterProfile>,
): RegisterRules | undefined {
  if (register !== null) return rulesOf(register, profiles);
  const counted = BARE[unit ?? ''];
  if (counted === undefined) return undefined;
  const maxPerHour = counted === 'mL' ? ABSURD.mL : ABSURD.Wh;
  return {
    unit: counted,
    num: 1n,
    den: 1n,
    modulus: undefined,
    maxPerHour,
    isFloat: false,
    gapMs: DEFAULT_GAP_MS,
  };
}

/** What the profile says, else the end of the words. A float has none: it gets coarser. */
export function modulusOf(register: CounterRegister): bigint | undefined {
  if (register.modulus !== undefined) return BigInt(register.modulus);
  switch (register.type) {
    case 'uint16':
    case 'uint32':
      return 1n << BigInt(16 * wordsOf(register));
    case 'bcd':
      return 10n ** BigInt(4 * wordsOf(register));
    default:
      return undefined;
  }
}

/** Nobody knows what a bare pulse is worth, and so how many are too many. */
function mostPerHour(unit: QuantityUnit, { rating }: MeterProfile): bigint | undefined {
  if (unit === 'pulse') return undefined;
  if (unit === 'mL') {
    const litres = rating?.maxFlowLitresPerHour;
    return litres === undefined ? ABSURD.mL : BigInt(litres) * 1_000n;
  }
  return rating?.maxPowerW === undefined ? ABSURD.Wh : BigInt(rating.maxPowerW);
}
