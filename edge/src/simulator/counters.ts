import { type MeterProfile, type ProfileRegister, parseRatio } from '@meterline/contracts';
import { type Channel, GRAINS } from './flow.ts';
import type { Place } from './places.ts';
import type { Supply } from './supply.ts';

export type CounterRegister = Extract<ProfileRegister, { role: 'counter' }>;

/** What a counter register counts, and where it begins anew. */
export interface Counter {
  readonly register: CounterRegister;
  /** Of the place, since the building began: whole mWh or µL are 60 000 grains. */
  readonly passed: (ms: number) => bigint;
  /** A count is worth num/den grains. */
  readonly num: bigint;
  readonly den: bigint;
  readonly modulus: bigint;
  /** Its share of a start quantity of the whole meter. */
  readonly opening: (whole: bigint) => bigint;
}

/** A place and the medium that is measured there. */
export interface Measured {
  readonly place: Place;
  readonly supply: Supply;
}

export interface Input extends Measured {
  /** Wh or mL. */
  readonly perPulse: number;
}

/** Wh to mWh, mL to µL. */
const THOUSAND = 1_000n;

export function counterOf(
  register: CounterRegister,
  measured: Measured | undefined,
  input: Input | undefined,
  rollsOverAt: bigint | undefined,
): Counter {
  const worth =
    register.unit === 'pulse' ? { num: BigInt(input?.perPulse ?? 1), den: 1n } : parseRatio(register.worth);
  const num = worth.num * THOUSAND * GRAINS;
  const from = input ?? measured;
  const channel = channelOf(register);
  return {
    register,
    passed: (ms) => (from && channel !== undefined ? from.supply.quantity(from.place, channel, ms) : 0n),
    num,
    den: worth.den,
    modulus: (register.billing ? rollsOverAt : undefined) ?? naturalModulus(register),
    opening: (whole) => openingOf(register, channel, from?.place, whole),
  };
}

/** Undefined: nothing ever flows back. */
function channelOf({ name, phase }: CounterRegister): Channel | undefined {
  if (/(^|_)(export|reverse)(_|$)/.test(name)) return undefined;
  return phase ?? 0;
}

function openingOf(
  register: CounterRegister,
  channel: Channel | undefined,
  place: Place | undefined,
  whole: bigint,
): bigint {
  if (
    channel === undefined ||
    (register.resettable && !register.billing && /partial|resettable/.test(register.name))
  )
    return 0n;
  if (channel === 0 || !place) return whole;
  if (place.phases.length === 1) return place.phases[0] === channel ? whole : 0n;
  const third = whole / 3n;
  return channel === 3 ? whole - 2n * third : third;
}

/** GWh, and thousands of m³: displays have six or seven digits before the point. */
const FLOAT_MODULUS = { Wh: 1_000_000_000n, mL: 1_000_000_000_000n } as const;

/** Where the register itself ends, unless the profile knows better. */
export function naturalModulus(register: CounterRegister): bigint {
  if (register.modulus !== undefined) return BigInt(register.modulus);
  switch (register.type) {
    case 'uint16':
      return 1n << 16n;
    case 'int16':
      return 1n << 15n;
    case 'uint32':
      return 1n << 32n;
    case 'int32':
      return 1n << 31n;
    case 'uint64':
    case 'int64':
      return 1n << 63n;
    case 'bcd':
      return 10n ** BigInt(4 * (register.words ?? 1));
    default: {
      const { num, den } = parseRatio(register.worth);
      return (FLOAT_MODULUS[register.unit === 'mL' ? 'mL' : 'Wh'] * den) / num;
    }
  }
}

export const countersOf = ({ registers }: MeterProfile): readonly CounterRegister[] =>
  registers.filter((register) => register.role === 'counter');
