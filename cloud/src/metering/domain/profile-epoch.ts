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

/** How a point counts, as far as anybody has said. */
export const rulesOfPoint = (
  { register, unit }: { readonly register: string | null; readonly unit: string | null },
  profiles: ReadonlyMap<string, MeterProfile>,
): RegisterRules | undefined => (register === null ? rulesOfUnit(unit) : rulesOf(register, profiles));

/** `profile@version/register` taken apart; undefined where no such counter is known. */
function rulesOf(reference: string, profiles: ReadonlyMap<string, MeterProfile>): RegisterRules | undefined {
  const [profileRef = '', name] = reference.split('/');
  const profile = profiles.get(profileRef);
  const register = profile?.registers.find((each) => each.name === name);
  if (profile === undefined || register?.role !== 'counter') return undefined;
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

/** Of a meter that people read and whose point says what it counts: whole base units, on a display that nobody knows more of. */
function rulesOfUnit(unit: string | null): RegisterRules | undefined {
  if (unit !== 'Wh' && unit !== 'mL') return undefined;
  const worth = { num: 1n, den: 1n, modulus: undefined };
  return { unit, ...worth, maxPerHour: ABSURD[unit], isFloat: false, gapMs: DEFAULT_GAP_MS };
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
