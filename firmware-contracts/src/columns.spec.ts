import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BillingColumns, type CounterColumns, repeatFault } from './columns.ts';
import { ENERGY, IDS } from './golden/world.ts';

const points = [IDS.mainEnergy, IDS.roomEnergy];

describe('one point at one time', () => {
  const rows = fc.array(fc.tuple(fc.nat(1), fc.nat(6), fc.constantFrom('1', '2', null)), { maxLength: 12 });

  it('has one value, or is refused', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const columns: CounterColumns = {
          points,
          p: list.map(([p]) => p),
          t: [],
          v: list.map(([, , v]) => v),
        };
        const values = new Map<string, Set<string | null>>();
        for (const [p, t, v] of list)
          values.set(`${p}/${t}`, (values.get(`${p}/${t}`) ?? new Set<string | null>()).add(v));
        const twofold = [...values.values()].some(({ size }) => size > 1);
        const fault = repeatFault(
          columns,
          list.map(([, t]) => t),
        );
        expect(fault !== undefined).toBe(twofold);
      }),
    );
  });

  it('has one raw value', () => {
    const billing = (raw: string[]): BillingColumns => ({
      points,
      registers: [ENERGY, ENERGY],
      p: [0, 0],
      t: [],
      v: ['1', '1'],
      raw,
    });
    expect(repeatFault(billing(['0001', '0001']), [5, 5])).toBeUndefined();
    expect(repeatFault(billing(['0001', '0002']), [5, 5])).toContain('rows 0 and 1');
  });
});
