import { existsSync, readFileSync } from 'node:fs';
import {
  type Decoded,
  decode,
  encode,
  type MeterProfile,
  type ProfileRegister,
  rawOf,
  wordsOf,
} from '@meterline/contracts';
import { describe, expect, it } from 'vitest';
import { serialCost } from './cost.ts';
import { checkProbes, checkSetup, identify, type ProbeAnswer, probeKey, probesOf } from './identify.ts';
import { nothingLearnt } from './learnt.ts';
import { type Plan, planReads } from './plan.ts';
import { loadProfiles } from './profile-store.ts';
import { readingsOf } from './readings.ts';
import type { ReadFunction } from './span.ts';
import { isBilling, READ_CLASSES, wanted } from './wanted.ts';

const loaded = loadProfiles();
const all = [...loaded.profiles.values()];
const profiles = all.map(({ profile }) => profile);
const LINE = serialCost({ baud: 9600, parity: 'none', stop: 1 }, 20_000, 60);

const planOf = (profile: MeterProfile, registers: readonly ProfileRegister[]): Plan =>
  planReads({ profile, registers, cost: LINE, learnt: nothingLearnt(profile) });

const readAll = (plan: Plan, image: MeterImage) =>
  plan.blocks.flatMap((block) => readingsOf(block, image.read(block.function, block.address, block.count)));

it('all profiles load', () => {
  expect(loaded.faults).toEqual([]);
  expect(profiles.length).toBeGreaterThanOrEqual(22);
});

describe.each(all)('$ref', ({ profile, file }) => {
  const plan = planOf(profile, profile.registers);

  it.each([0, 1_000])('every value that is put in comes out, read in blocks (%i)', (seed) => {
    const image = imageOf(profile, seed);
    const readings = readAll(plan, image);
    expect(readings.map(({ register: { name } }) => name).toSorted()).toEqual(
      [...image.values.keys()].toSorted(),
    );
    for (const { register, decoded, raw } of readings) {
      expect({ [register.name]: decoded }).toEqual({ [register.name]: image.values.get(register.name) });
      expect(raw).toBe(
        rawOf(image.read(register.function, register.address, wordsOf(register)), 0, wordsOf(register)),
      );
    }
  });

  it.each(READ_CLASSES)('%s is planned within what the meter allows', (readClass) => {
    const registers = wanted(profile, [readClass]);
    const classPlan = planOf(profile, registers);
    expect(classPlan.blocks.flatMap((block) => block.registers).length).toBe(registers.length);
    for (const { count, address, registers: members } of classPlan.blocks) {
      expect(count).toBeLessThanOrEqual(profile.limits.registers);
      const isAlone = members.some(({ register }) => register.alone);
      if (isAlone) expect(members).toHaveLength(1);
      else if (profile.limits.evenOnly) expect([address % 2, count % 2]).toEqual([0, 0]);
    }
  });

  it('is billed on whole numbers or on the resolution of its floats, never on what can be reset by a button', () => {
    for (const register of profile.registers.filter(isBilling)) {
      expect(register.name).not.toMatch(/partial|resettable|configurable/);
      expect(register.optional ?? false).toBe(false);
    }
  });

  it('says "not available" where the meter does', () => {
    for (const register of profile.registers.filter(({ sentinels }) => sentinels)) {
      const words = encode(register, { kind: 'no-value', reason: 'sentinel' });
      expect(decode(register, words)).toEqual({ kind: 'no-value', reason: 'sentinel' });
    }
  });

  it('is recognised by its own probes, and its checks hold', () => {
    const image = imageOf(profile);
    const answer = (probe: ReturnType<typeof probesOf>[number]) =>
      [probeKey(probe), image.answer(probe.function, probe.address, probe.count)] as const;
    const { candidates } = identify(profiles, new Map(probesOf(profiles).map(answer)));
    if (profile.identity.probes.length > 0) {
      const mine = candidates.find((candidate) => candidate.profile === profile.id);
      expect(mine, JSON.stringify(candidates)).toBeDefined();
    }
    const checks = checkSetup(profile, new Map(checkProbes(profile).map(answer)));
    expect(checks.filter(({ holds }) => !holds)).toEqual([]);
  });

  const frames = file.replace(/\.yaml$/, '.frames.json');
  if (existsSync(frames))
    it('reads what was recorded', () => {
      for (const frame of JSON.parse(readFileSync(frames, 'utf8')) as RecordedFrame[]) {
        const words = (frame.words.match(/.{4}/g) ?? []).map((digits) => Number.parseInt(digits, 16));
        for (const [name, value] of Object.entries(frame.values)) {
          const register = profile.registers.find((candidate) => candidate.name === name);
          expect(register?.function).toBe(frame.function);
          if (!register) continue;
          const decoded = decode(register, words, register.address - frame.address);
          expect({ [name]: shown(decoded) }).toEqual({ [name]: value });
        }
      }
    });
});

/** Beside a profile, `<id>.frames.json`: gauges as numbers, everything else as text. */
interface RecordedFrame {
  readonly function: number;
  readonly address: number;
  readonly words: string;
  readonly values: Record<string, number | string | null>;
}

function shown(decoded: ReturnType<typeof decode>): number | string | null {
  switch (decoded.kind) {
    case 'gauge':
      return decoded.value;
    case 'counter':
      return String(decoded.count);
    case 'state':
      return decoded.names.join(',');
    case 'no-value':
      return null;
    default:
      return decoded.text;
  }
}

/** What a meter holds in a test: the words of every register, and the values that were put there. */
interface MeterImage {
  readonly values: ReadonlyMap<string, Decoded>;
  /** The words of an address range; holes are all ones, so that a value read from one shows. */
  readonly read: (code: ReadFunction, address: number, count: number) => number[];
  /** As the meter would answer a probe: what it does not have is exception 2. */
  readonly answer: (code: ReadFunction, address: number, count: number) => ProbeAnswer;
}

function imageOf(profile: MeterProfile, seed = 0): MeterImage {
  const values = new Map<string, Decoded>();
  const words = new Map<string, number>();
  for (const [i, register] of profile.registers.entries()) {
    const value = valueFor(profile, register, seed + i);
    values.set(register.name, value);
    for (const [k, word] of encode(register, value).entries()) {
      words.set(`${register.function}/${register.address + k}`, word);
    }
  }
  const wordsFrom = (code: ReadFunction, address: number, count: number): (number | undefined)[] =>
    Array.from({ length: count }, (_, k) => words.get(`${code}/${address + k}`));
  return {
    values,
    read: (code, address, count) => wordsFrom(code, address, count).map((word) => word ?? 0xffff),
    answer: (code, address, count) => {
      const found = wordsFrom(code, address, count).filter((word) => word !== undefined);
      return found.length === count ? { words: found } : { exception: 2 };
    },
  };
}

/** A value that the register can hold and that its own probes and checks accept. */
function valueFor(profile: MeterProfile, register: ProfileRegister, n: number): Decoded {
  const expected = [...(profile.checks ?? []), ...profile.identity.probes].find(
    (expectation) => expectation.register === register.name,
  );
  const among =
    expected === undefined
      ? undefined
      : 'oneOf' in expected
        ? expected.oneOf[0]
        : Math.max(expected.between[0], Math.min(expected.between[1], 230_000));
  const step = register.role === 'gauge' ? Number(register.scale.split('/')[0]) : 1;
  switch (register.role) {
    case 'counter':
      return { kind: 'counter', count: BigInt(among ?? 4_321_000 + 17 * n) };
    case 'gauge':
      return { kind: 'gauge', value: register.name === 'frequency' ? 50_000 : gaugeValue(among, step, n) };
    case 'identity':
      return { kind: 'identity', text: identityText(register, among, n) };
    case 'setting':
      return { kind: 'setting', text: String(among ?? n), whole: BigInt(among ?? n) };
    case 'state': {
      const [first] = register.values;
      return { kind: 'state', names: first ? [first.name] : [], word: among ?? first?.equals ?? 0 };
    }
  }
}

/** A whole multiple of what one step of the raw value is worth. */
const gaugeValue = (among: number | undefined, step: number, n: number): number => {
  const value = among ?? 1_000 + 37 * n;
  const whole = Math.trunc(value / step) * step;
  return whole === 0 ? 3 * step : whole;
};

function identityText(register: ProfileRegister, among: number | undefined, n: number): string {
  const isText = register.type === 'ascii' || register.type === 'ascii-low';
  return isText ? `A${n}B`.slice(0, wordsOf(register)) : String(among ?? 1_000 + n);
}
