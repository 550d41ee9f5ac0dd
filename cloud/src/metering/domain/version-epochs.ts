import { decode, type MeterProfile } from '@meterline/contracts';
import { areVersions, belongs, type Cited } from './citation.ts';
import type { Epoch } from './epoch.ts';
import { counterOf, rulesOf } from './profile-epoch.ts';
import { type CountReading, standingOf } from './reading.ts';

type Profiles = ReadonlyMap<string, MeterProfile>;
type Known = Epoch & Cited;

/** A point and its readings around a change, and what was on the wire. */
export interface VersionsOf<E extends Known> {
  readonly readings: readonly CountReading[];
  /** Those that stay whatever the readings say, ascending. */
  readonly epochs: readonly E[];
  /** Hex, by the time of the reading. */
  readonly words: ReadonlyMap<number, string>;
  readonly profiles: Profiles;
}

/** Readings at which another version of a profile may begin. */
export function versionCandidates({
  readings,
  epochs,
}: Pick<VersionsOf<Known>, 'readings' | 'epochs'>): readonly number[] {
  const times: number[] = [];
  let place = -1;
  let current: string | null = null;
  for (const { at, cites, quality } of readings) {
    for (; (epochs[place + 1]?.from ?? Infinity) <= at; place += 1)
      current = epochs[place + 1]?.register ?? null;
    if (typeof cites !== 'string' || standingOf(quality) === 'void') continue;
    if (current === null || cites === current || !areVersions(cites, current)) continue;
    times.push(at);
    current = cites;
  }
  return times;
}

/**
 * Where readings begin to cite another version of the profile that makes something else of the same words, a new epoch
 * begins. What the words of that first reading are by the version before closes the epoch before it: up to there
 * everything is read by the old version, from there on by the new one, and nothing is lost between them.
 */
export function versionEpochs<E extends Known>(known: VersionsOf<E>): readonly E[] {
  const { readings, epochs, words } = known;
  const made: E[] = [];
  for (const reading of readings) {
    const { at, cites, quality } = reading;
    if (typeof cites !== 'string' || standingOf(quality) === 'void') continue;
    const current = [...epochs, ...made].reduce<E | undefined>(
      (latest, epoch) => (epoch.from <= at && epoch.from >= (latest?.from ?? -Infinity) ? epoch : latest),
      undefined,
    );
    if (current === undefined || belongs(cites, current, known.profiles)) continue;
    const next = follower(current, reading, words.get(at), known.profiles);
    if (next !== undefined && next.from > current.from) made.push(next);
  }
  return made;
}

function follower<E extends Known>(
  before: E,
  { at, count, cites }: CountReading,
  raw: string | undefined,
  profiles: Profiles,
): E | undefined {
  const register = before.register;
  if (register === null || typeof cites !== 'string' || raw === undefined || !areVersions(cites, register))
    return undefined;
  const [old, rules] = [rulesOf(register, profiles), rulesOf(cites, profiles)];
  const closing = countOf(raw, register, profiles);
  if (!old || !rules || closing === undefined || rules.unit !== old.unit) return undefined;
  // A person may have said what a count is worth here (transformers): that stays, and the versions differ by a factor.
  const num = before.num * rules.num * old.den;
  const den = before.den * rules.den * old.num;
  const divisor = commonDivisor(num, den);
  const { modulus, maxPerHour, isFloat } = rules;
  return {
    ...before,
    kind: 'ratio',
    from: at,
    opening: count,
    closing,
    automatic: true,
    register: cites,
    num: num / divisor,
    den: den / divisor,
    ...{ modulus, isFloat, maxPerHour: before.num === old.num ? maxPerHour : before.maxPerHour },
  };
}

function countOf(raw: string, reference: string, profiles: Profiles): bigint | undefined {
  const register = counterOf(reference, profiles);
  if (register === undefined) return undefined;
  const words = (raw.match(/.{4}/g) ?? []).map((word) => Number.parseInt(word, 16));
  const decoded = decode(register, words);
  return decoded.kind === 'counter' ? decoded.count : undefined;
}

const commonDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : commonDivisor(b, a % b));
