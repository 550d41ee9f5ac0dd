import { describe, expect, it } from 'vitest';
import { type EpochGiven, epochFrom } from './declared-epoch.ts';
import type { RegisterRules } from './profile-epoch.ts';

const rules = (unit: RegisterRules['unit']): RegisterRules => ({
  ...{ unit, num: 1n, den: 1n, modulus: undefined, maxPerHour: undefined, isFloat: false, gapMs: 2_700_000 },
});
const given: EpochGiven = {
  kind: 'ratio',
  at: Date.UTC(2026, 2, 1),
  opening: 5n,
  num: 2n,
  reason: 'measured',
};
const made = (wanted: Partial<EpochGiven>, unit?: RegisterRules['unit']) =>
  epochFrom({ ...given, ...wanted }, { epochs: [], rules: unit && rules(unit), counted: undefined });

describe('the unit of what is declared', () => {
  it('is that of the register, unless it counts bare pulses', () => {
    expect(made({}, 'mL')).toMatchObject({ ok: true, value: { unit: 'mL' } });
    expect(made({ unit: 'mL' }, 'mL')).toMatchObject({ ok: true });
    expect(made({ unit: 'Wh' }, 'pulse')).toMatchObject({ ok: true, value: { unit: 'Wh' } });
    expect(made({ unit: 'Wh' })).toMatchObject({ ok: true, value: { unit: 'Wh' } });
    expect(made({ unit: 'Wh' }, 'mL')).toMatchObject({
      ok: false,
      error: { code: 'epoch_invalid', message: 'the register counts mL, not Wh; leave the unit out' },
    });
  });

  it('goes with counts that a register can show', () => {
    for (const below of [{ opening: -1n }, { closing: -1n }])
      expect(made({ kind: 'replaced', ...below }, 'Wh')).toMatchObject({
        error: { message: 'a register begins at 0: opening and closing cannot be below it' },
      });
  });

  it('must be known', () => {
    expect(made({})).toMatchObject({ ok: false, error: { code: 'epoch_rules_unknown' } });
    expect(made({ unit: 'kWh' })).toMatchObject({ ok: false, error: { code: 'epoch_invalid' } });
  });
});
