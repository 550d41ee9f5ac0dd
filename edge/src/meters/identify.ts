import type { MeterProfile, ProfileRegister } from '@meterline/contracts';
import { decode, wholeOf } from '@meterline/contracts';
import { type ReadFunction, spread } from './span.ts';

/** A read that helps to tell models apart. */
export interface Probe {
  readonly function: ReadFunction;
  readonly address: number;
  readonly count: number;
}

export type ProbeAnswer =
  | { readonly words: readonly number[] }
  | { readonly exception: number }
  | { readonly silent: true };

export interface Candidate {
  readonly profile: string;
  /** `certain`: a code of the model was read. `likely`: all its values are believable. */
  readonly verdict: 'certain' | 'likely';
  readonly score: number;
  readonly reasons: readonly string[];
  /** Others that what was read cannot tell from this one. */
  readonly indistinguishable: readonly string[];
}

export interface Identification {
  readonly candidates: readonly Candidate[];
  readonly excluded: readonly { readonly profile: string; readonly why: string }[];
}

type Expectation = MeterProfile['identity']['probes'][number];

export const probeKey = (probe: Probe): string => `${probe.function}/${probe.address}/${probe.count}`;

const registerOf = (profile: MeterProfile, { register }: Expectation): ProfileRegister | undefined =>
  profile.registers.find(({ name }) => name === register);

const probeOf = (profile: MeterProfile, register: ProfileRegister): Probe => ({
  function: register.function,
  ...spread([register], profile.limits),
});

/** Every read that the profiles ask for, once; those that several share come first. */
export function probesOf(profiles: readonly MeterProfile[]): Probe[] {
  const asked = new Map<string, { probe: Probe; times: number }>();
  for (const profile of profiles) {
    for (const expectation of profile.identity.probes) {
      const register = registerOf(profile, expectation);
      if (!register) continue;
      const probe = probeOf(profile, register);
      const known = asked.get(probeKey(probe));
      asked.set(probeKey(probe), { probe, times: (known?.times ?? 0) + 1 });
    }
  }
  return [...asked.values()].toSorted((a, b) => b.times - a.times).map(({ probe }) => probe);
}

/** Which models the answers allow, the best supported first, each with its reasons. */
export function identify(
  profiles: readonly MeterProfile[],
  answers: ReadonlyMap<string, ProbeAnswer>,
): Identification {
  const candidates: Candidate[] = [];
  const excluded: { profile: string; why: string }[] = [];
  for (const profile of profiles) {
    const judged = judge(profile, answers);
    if ('why' in judged) excluded.push({ profile: profile.id, why: judged.why });
    else candidates.push(judged);
  }
  candidates.sort((a, b) => b.score - a.score || a.profile.localeCompare(b.profile));
  return { candidates: candidates.map((candidate) => withTwins(candidate, candidates)), excluded };
}

const withTwins = (candidate: Candidate, all: readonly Candidate[]): Candidate => ({
  ...candidate,
  indistinguishable: all
    .filter(({ profile, score }) => profile !== candidate.profile && score === candidate.score)
    .map(({ profile }) => profile),
});

/** A code of the model says more than any number of believable voltages. */
const WEIGHT = { code: 100, value: 1 } as const;

function judge(
  profile: MeterProfile,
  answers: ReadonlyMap<string, ProbeAnswer>,
): Candidate | { why: string } {
  const reasons: string[] = [];
  let score = 0;
  let isCertain = false;
  for (const expectation of profile.identity.probes) {
    const register = registerOf(profile, expectation);
    if (!register) continue;
    const result = compare(profile, register, expectation, answers);
    if (result.verdict === 'contradicts') return { why: result.text };
    reasons.push(result.text);
    if (result.verdict !== 'supports') continue;
    const isCode = 'oneOf' in expectation && register.role === 'identity';
    isCertain ||= isCode;
    score += isCode ? WEIGHT.code : WEIGHT.value;
  }
  if (score === 0) return { why: reasons[0] ?? 'nothing is known by which it could be recognised' };
  return {
    profile: profile.id,
    verdict: isCertain ? 'certain' : 'likely',
    score,
    reasons,
    indistinguishable: [],
  };
}

interface Comparison {
  readonly verdict: 'supports' | 'contradicts' | 'silent';
  readonly text: string;
}

function compare(
  profile: MeterProfile,
  register: ProfileRegister,
  expectation: Expectation,
  answers: ReadonlyMap<string, ProbeAnswer>,
): Comparison {
  const { name } = register;
  const probe = probeOf(profile, register);
  const answer = answers.get(probeKey(probe));
  // Absence says nothing about a register that some variants lack.
  const absent = (text: string): Comparison => ({
    verdict: register.optional ? 'silent' : 'contradicts',
    text: `${name} ${text}`,
  });
  if (answer === undefined) return { verdict: 'silent', text: `${name} was not asked for` };
  if ('silent' in answer) return absent('was not answered');
  if ('exception' in answer) return absent(`was refused (exception ${answer.exception})`);
  if (answer.words.length !== probe.count) {
    return { verdict: 'contradicts', text: `${name} was answered with ${answer.words.length} words` };
  }
  const decoded = decode(register, answer.words, register.address - probe.address);
  const value = wholeOf(decoded);
  if (value === undefined) {
    return {
      verdict: 'contradicts',
      text: `${name} is no number${decoded.kind === 'no-value' ? ` (${decoded.reason})` : ''}`,
    };
  }
  const isExpected =
    'oneOf' in expectation
      ? expectation.oneOf.some((wanted) => BigInt(wanted) === value)
      : BigInt(expectation.between[0]) <= value && value <= BigInt(expectation.between[1]);
  const unit = register.role === 'gauge' ? ` ${register.unit}` : '';
  const why = expectation.why === undefined ? '' : ` (${expectation.why})`;
  return {
    verdict: isExpected ? 'supports' : 'contradicts',
    text: `${name} is ${value}${unit}${isExpected ? '' : `, wanted ${wantedText(expectation)}`}${why}`,
  };
}

const wantedText = (expectation: Expectation): string =>
  'oneOf' in expectation ? expectation.oneOf.join(', ') : expectation.between.join(' to ');

export interface CheckFinding {
  readonly register: string;
  readonly holds: boolean;
  readonly text: string;
}

/** What must hold before a meter is billed on. A register that was not read does not hold. */
export function checkSetup(profile: MeterProfile, answers: ReadonlyMap<string, ProbeAnswer>): CheckFinding[] {
  return (profile.checks ?? []).map((expectation) => {
    const register = registerOf(profile, expectation);
    if (!register) return { register: expectation.register, holds: false, text: 'is not in the profile' };
    const { verdict, text } = compare(profile, register, expectation, answers);
    return { register: register.name, holds: verdict === 'supports', text };
  });
}

/** The reads that `checkSetup` needs. */
export const checkProbes = (profile: MeterProfile): Probe[] =>
  (profile.checks ?? []).flatMap((expectation) => {
    const register = registerOf(profile, expectation);
    return register ? [probeOf(profile, register)] : [];
  });
