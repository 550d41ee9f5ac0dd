import { describe, expect, it } from 'vitest';
import { leaves } from './golden/batches.ts';
import { IDS, KEYS, MIDNIGHT, placement, SYNCED } from './golden/world.ts';
import { type BoundaryLeaf, type UnvaluedLeaf, valuedLeaf } from './leaf.ts';
import { LIMITS } from './limits.ts';
import { type Content, sealBatch } from './seal.ts';
import { sweepFault } from './sweep.ts';

const model = leaves[1] as BoundaryLeaf;
const leaf = (n: number, over: Partial<UnvaluedLeaf>): BoundaryLeaf =>
  valuedLeaf(MIDNIGHT, {
    ...model,
    salt: n.toString(16).padStart(32, '0'),
    sequence: n,
    read: MIDNIGHT + 1_000 * n,
    ...over,
  });

describe('the passes of a sweep', () => {
  const other = IDS.mainEnergy;
  it.each([
    ['one of each point', [{}, { point: other }], undefined],
    ['first and last around another', [{ pass: 'first' }, { point: other }, { pass: 'last' }], undefined],
    ['a first whose last failed', [{ pass: 'first' }, { point: other }], undefined],
    ['a last whose first failed', [{ point: other }, { pass: 'last' }], 'has no first'],
    ['last, then first', [{ pass: 'last' }, { pass: 'first' }], 'has no first'],
    ['only, twice', [{}, {}], 'has its line'],
    ['first, then only', [{ pass: 'first' }, {}], 'has its line'],
    ['only, then last', [{}, { pass: 'last' }], 'has its line'],
    ['first, twice', [{ pass: 'first' }, { pass: 'first' }], 'has its line'],
    ['three lines', [{ pass: 'first' }, { pass: 'last' }, { pass: 'last' }], 'has its line'],
    [
      'two at one instant',
      [
        { pass: 'first', read: MIDNIGHT },
        { pass: 'last', read: MIDNIGHT },
      ],
      'not read after',
    ],
  ] as const)('%s', (_, list, fault) => {
    const found = sweepFault(list.map((over, i) => leaf(i + 2, over)));
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });
});

describe('a boundary at its limits', () => {
  const seal = (
    over: Partial<UnvaluedLeaf>,
    about: { sealed?: number; uncertainty?: number } = {},
  ): unknown => {
    const one = leaf(9, over);
    const { sealed = MIDNIGHT + LIMITS.sweepMs, uncertainty = 12 } = about;
    const content: Content = {
      type: 'boundary',
      boundary: MIDNIGHT,
      occasion: 'quarter',
      sweep: [one.read, one.read],
      leaves: [one],
    };
    const clock = { ...SYNCED, uncertainty };
    return sealBatch(placement({ sequences: [9], clock, sealed }), content, KEYS.gateway.signer);
  };
  const bracket = (ms: number) => ({ at: MIDNIGHT + ms, count: '5' });

  it.each([
    ['read a quarter of an hour after', { read: MIDNIGHT + LIMITS.sweepMs }, {}],
    ['read a quarter of an hour before', { read: MIDNIGHT - LIMITS.sweepMs }, {}],
    ['a bracket of a day before', { bracket: bracket(-LIMITS.bracketMs) }, {}],
    ['no bracket', { bracket: null }, {}],
    ['the most uncertain clock', {}, { uncertainty: LIMITS.boundaryUncertaintyMs }],
    ['sealed as much before as the clock may be wrong', {}, { sealed: MIDNIGHT + 8_900, uncertainty: 100 }],
  ])('takes %s', (_, over, about) => expect(() => seal(over, about)).not.toThrow());

  it.each([
    ['read later', { read: MIDNIGHT + LIMITS.sweepMs + 1 }, {}, 'far from the boundary'],
    ['read earlier', { read: MIDNIGHT - LIMITS.sweepMs - 1 }, {}, 'far from the boundary'],
    ['an older bracket', { bracket: bracket(-LIMITS.bracketMs - 1) }, {}, 'bracket too far'],
    ['a bracket too far ahead', { bracket: bracket(LIMITS.bracketMs + 1) }, {}, 'bracket too far'],
    ['a clock beyond that', {}, { uncertainty: LIMITS.boundaryUncertaintyMs + 1 }, 'too uncertain'],
    ['sealed before', {}, { sealed: MIDNIGHT + 8_899, uncertainty: 100 }, 'before the sweep ended'],
  ])('refuses %s', (_, over, about, fault) => expect(() => seal(over, about)).toThrow(fault));
});
