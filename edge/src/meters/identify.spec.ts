import { describe, expect, it } from 'vitest';
import { checkSetup, identify, type ProbeAnswer, probeKey, probesOf } from './identify.ts';
import { loadProfiles } from './profile-store.ts';

const { profiles: loaded } = loadProfiles();
const profiles = [...loaded.values()].map(({ profile }) => profile);

/** Words by `function/address/count`; everything else is refused. */
const meter = (words: Record<string, number[]>): Map<string, ProbeAnswer> =>
  new Map(
    probesOf(profiles).map((probe) => {
      const found = words[probeKey(probe)];
      return [probeKey(probe), found ? { words: found } : { exception: 2 }];
    }),
  );
const only = (answers: Map<string, ProbeAnswer>) =>
  identify(profiles, answers).candidates.map(({ profile, verdict }) => [profile, verdict]);

const V230 = [0x4366, 0x3334];
const HZ50 = [0x4248, 0x0000];

describe('identification', () => {
  it('asks each question once, the most telling first', () => {
    const probes = probesOf(profiles);
    expect(new Set(probes.map(probeKey)).size).toBe(probes.length);
    expect(probes[0]).toEqual({ function: 4, address: 0, count: 2 });
  });

  it('tells an SDM120 by its code from its brothers', () => {
    const answers = meter({ '3/64514/1': [0x0020], '4/0/2': V230, '4/70/2': HZ50 });
    const { candidates } = identify(profiles, answers);
    expect(candidates[0]).toMatchObject({
      profile: 'eastron-sdm120m',
      verdict: 'certain',
      indistinguishable: [],
    });
    expect(candidates[0]?.reasons).toContain('meter_code is 32 (0x0020 is the SDM120M)');
  });

  it('says what it cannot tell apart', () => {
    const { candidates } = identify(profiles, meter({ '4/0/2': V230, '4/70/2': HZ50 }));
    const sdm230 = candidates.find(({ profile }) => profile === 'eastron-sdm230');
    expect(sdm230?.verdict).toBe('likely');
    expect(sdm230?.indistinguishable).toContain('eastron-sdm72d-m-v2');
  });

  it('does not take an SDM630 that counts MWh for another model, but does not let it be billed', () => {
    const answers = meter({ '4/0/2': V230, '4/70/2': HZ50, '3/30/2': [0x3f80, 0], '4/346/2': [0x42c8, 0] });
    expect(identify(profiles, answers).candidates[0]?.profile).toBe('eastron-sdm630');
    const sdm630 = loaded.get('eastron-sdm630')?.profile;
    expect(sdm630 && checkSetup(sdm630, answers)).toEqual([
      {
        register: 'energy_units_prefix',
        holds: false,
        text: 'energy_units_prefix is 1, wanted 0 (1 makes every energy register count MWh instead of kWh)',
      },
    ]);
  });

  it('excludes by a wrong code, an absurd value and a missing register, each with its reason', () => {
    const { excluded } = identify(
      profiles,
      meter({ '3/64514/1': [0x0021], '3/11/1': [1648], '3/23296/2': [0x0000, 0x0001] }),
    );
    const why = (id: string) => excluded.find(({ profile }) => profile === id)?.why;
    expect(why('eastron-sdm120m')).toBe('meter_code is 33, wanted 32 (0x0020 is the SDM120M)');
    expect(why('carlo-gavazzi-em24-rs485')).toContain('identification is 1648, wanted 70, 71, 72, 73');
    expect(why('abb-b21-b23')).toBe('type_designation was refused (exception 2)');
    expect(why('wb-mcm8-pulse')).toBe('nothing is known by which it could be recognised');
  });

  it('finds nothing on a silent line', () =>
    expect(only(new Map(probesOf(profiles).map((probe) => [probeKey(probe), { silent: true }])))).toEqual(
      [],
    ));

  it('does not believe an answer of another length', () => {
    const { excluded } = identify(profiles, meter({ '3/64514/1': [0x0020, 0] }));
    expect(excluded.find(({ profile }) => profile === 'eastron-sdm120m')?.why).toBe(
      'meter_code was answered with 2 words',
    );
  });

  it('does not hold what was not read', () => {
    const sdm630 = loaded.get('eastron-sdm630')?.profile;
    expect(sdm630 && checkSetup(sdm630, new Map())[0]).toMatchObject({ holds: false });
  });
});
