import type { MeterProfile } from '@meterline/contracts';
import type { Epoch } from './epoch.ts';
import { type CounterRegister, counterOf, rulesOf } from './profile-epoch.ts';
import type { CountReading } from './reading.ts';

type Profiles = ReadonlyMap<string, MeterProfile>;

/** What an epoch says of whose counts it reads. */
export interface Cited {
  /** null: any that is worth as much. */
  readonly register: string | null;
  readonly unit: string;
  readonly num: bigint;
  readonly den: bigint;
}

/** May a count of the cited register be read as the epoch says? Another version may, if it makes the same of the words. */
export function belongs(cites: string, { register, unit, num, den }: Cited, profiles: Profiles): boolean {
  if (register === null) {
    const rules = rulesOf(cites, profiles);
    return rules !== undefined && rules.unit === unit && rules.num * den === num * rules.den;
  }
  if (cites === register) return true;
  if (!areVersions(cites, register)) return false;
  const [one, other] = [counterOf(cites, profiles), counterOf(register, profiles)];
  return one !== undefined && other !== undefined && makeTheSame(one, other);
}

/** One register of one model, however its profile was put right. */
export function areVersions(one: string, other: string): boolean {
  const [model, name] = named(one);
  const [otherModel, otherName] = named(other);
  return model === otherModel && name === otherName;
}

/** Epochs that know which of the registers cited by readings are none of theirs. */
export function withForeign<E extends Cited & Epoch>(
  epochs: readonly E[],
  readings: readonly CountReading[],
  profiles: Profiles,
): readonly E[] {
  const cited = new Set<string>();
  for (const { cites } of readings) if (typeof cites === 'string') cited.add(cites);
  return epochs.map((epoch) => {
    const foreign = [...cited].filter((cites) => !belongs(cites, epoch, profiles));
    return foreign.length === 0 ? epoch : { ...epoch, foreign: new Set(foreign) };
  });
}

const named = (reference: string): readonly [model: string, register: string] => {
  const [profile = '', name = ''] = reference.split('/');
  return [profile.split('@')[0] ?? '', name];
};

/** Where it is read, and how it is told apart, may differ. */
const DECODING = ['type', 'words', 'order', 'scale', 'worth', 'unit', 'modulus'] as const;
const makeTheSame = (one: CounterRegister, other: CounterRegister): boolean =>
  DECODING.every((field) => one[field] === other[field]);
