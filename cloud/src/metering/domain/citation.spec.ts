import { describe, expect, it } from 'vitest';
import { testProfiles } from '../../../test/support/meters.ts';
import { areVersions, belongs, withForeign } from './citation.ts';
import type { Epoch } from './epoch.ts';
import { versionCandidates, versionEpochs } from './version-epochs.ts';

const OLD = 'test-meter@1/energy';
const SAME = 'test-meter@2/energy';
const FIXED = 'test-meter@3/energy';
const OTHER = 'other-meter@1/energy';
const epoch: Epoch & { register: string | null; unit: string; automatic: boolean } = {
  ...{ kind: 'installed', from: 0, opening: 0n, num: 10n, den: 1n, gapMs: 1, unit: 'Wh' },
  ...{ register: OLD, maxPerHour: 20_000n, automatic: true },
};
const reading = (at: number, count: number, cites?: string | null, quality = 'good' as const) => ({
  ...{ at, count: BigInt(count), quality },
  ...(cites !== undefined && { cites }),
});

describe('whose counts an epoch reads', () => {
  it.each<[string, string | null, boolean]>([
    [OLD, OLD, true],
    [SAME, OLD, true],
    [FIXED, OLD, false],
    [OTHER, OLD, false],
    ['test-meter@1/thirds', OLD, false],
    ['test-meter@9/energy', OLD, false],
    ['test-meter@9/energy', 'test-meter@9/energy', true],
    // Nobody has said whose: whatever is worth as much.
    [OLD, null, true],
    [OTHER, null, false],
    ['gone@1/energy', null, false],
  ])('%s, of %s: %s', (cites, register, is) => {
    expect(belongs(cites, { ...epoch, register }, testProfiles)).toBe(is);
  });

  it('one register of one model, whatever its version', () => {
    expect([areVersions(OLD, FIXED), areVersions(OLD, OTHER)]).toEqual([true, false]);
    expect(areVersions(OLD, 'test-meter@1/thirds')).toBe(false);
  });

  it('is said once for all readings, and costs nothing where all are its own', () => {
    const own = [reading(0, 1, OLD), reading(1, 2, SAME), reading(2, 3, null), reading(3, 4)];
    expect(withForeign([epoch], own, testProfiles)).toEqual([epoch]);
    const [known] = withForeign([epoch], [...own, reading(4, 5, OTHER)], testProfiles);
    expect(known?.foreign).toEqual(new Set([OTHER]));
  });
});

describe('another version of a profile', () => {
  const words = new Map([[20, '0000000c']]);
  const made = (readings: ReturnType<typeof reading>[], from: typeof epoch = epoch, raw = words) =>
    versionEpochs({ readings, epochs: [from], words: raw, profiles: testProfiles });
  const changed = [reading(10, 11, OLD), reading(20, 786_432, FIXED), reading(30, 786_433, FIXED)];

  it('begins an epoch with its first reading, closed by what the old one makes of the words', () => {
    expect(made(changed)).toEqual([
      {
        ...epoch,
        kind: 'ratio',
        from: 20,
        opening: 786_432n,
        closing: 12n,
        num: 1n,
        register: FIXED,
        modulus: 1_000_000n,
        isFloat: false,
      },
    ]);
    expect(versionCandidates({ readings: changed, epochs: [epoch] })).toEqual([20]);
  });

  it('keeps what a person has said a count is worth, and changes by what the versions differ', () => {
    const transformer = { ...epoch, num: 800n, maxPerHour: 1_600_000n };
    expect(made(changed, transformer)).toMatchObject([{ num: 80n, den: 1n, maxPerHour: 1_600_000n }]);
  });

  it('ends where the old one comes back', () => {
    const raw = new Map([...words, [40, '0000000d']]);
    const back = [...changed, reading(40, 13, OLD)];
    expect(made(back, epoch, raw)).toMatchObject([
      { from: 20, register: FIXED },
      { from: 40, register: OLD, opening: 13n, closing: 851_968n, num: 10n },
    ]);
    expect(versionCandidates({ readings: back, epochs: [epoch] })).toEqual([20, 40]);
  });

  it.each<[string, ReturnType<typeof reading>[], Map<number, string>, typeof epoch]>([
    ['without words', changed, new Map(), epoch],
    ['of another model', [reading(20, 5, OTHER)], words, epoch],
    ['that makes the same of the words', [reading(20, 5, SAME)], words, epoch],
    ['where the old one is gone', changed, words, { ...epoch, register: 'test-meter@9/energy' }],
    ['where nobody knows the old one', changed, words, { ...epoch, register: null }],
    ['before the beginning', changed, words, { ...epoch, from: 90 }],
  ])('begins none %s', (_what, readings, raw, from) => {
    expect(made(readings, from, raw)).toEqual([]);
  });
});
