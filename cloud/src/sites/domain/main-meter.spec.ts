import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LinkedMeter, mainFault, sumFault } from './main-meter.ts';

const meter = (id: string, more: Partial<LinkedMeter> = {}): LinkedMeter => ({
  id,
  building: 'A',
  label: id.toUpperCase(),
  role: 'main',
  parent: null,
  measures: 'electricity',
  ...more,
});
const sub = (id: string, more: Partial<LinkedMeter> = {}) => meter(id, { role: 'sub', ...more });

describe('may be summed', () => {
  const main = meter('m');
  test.each<[string, LinkedMeter, LinkedMeter, RegExp | undefined]>([
    ['a room by its main meter', sub('r'), main, undefined],
    ['one of which nobody has said what it measures', sub('r', { measures: null }), main, undefined],
    ['a main meter by another', meter('n'), main, undefined],
    ['by one that is no main meter', sub('r'), sub('s'), /^"S" is no main meter$/],
    ['by itself', main, main, /of its own building/],
    ['by one of another building', sub('r', { building: 'B' }), main, /of its own building/],
    [
      'water by electricity',
      sub('r', { measures: 'water' }),
      main,
      /^"M" measures electricity and "R" water$/,
    ],
  ])('%s', (_what, one, by, fault) => {
    const said = sumFault(one, by, [one, by]);
    if (fault) expect(said).toMatch(fault);
    else expect(said).toBeUndefined();
  });

  test('not by what it sums itself, however far around', () => {
    const [a, b, c] = [meter('a'), meter('b', { parent: 'a' }), meter('c', { parent: 'b' })];
    expect(sumFault(a, c, [a, b, c])).toBe('"A" sums "C" already: a meter cannot sum itself');
    expect(sumFault(c, a, [a, b, c])).toBeUndefined();
  });

  test('property: links that were let through never close a circle', () => {
    const link = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(fc.array(link, { maxLength: 40 }), (links) => {
        const meters = Array.from({ length: 8 }, (_, i) => meter(String(i)));
        for (const [one, by] of links) {
          const [a, b] = [meters[one], meters[by]];
          if (a && b && sumFault(a, b, meters) === undefined) meters[one] = { ...a, parent: b.id };
        }
        const parents = new Map(meters.map(({ id, parent }) => [id, parent]));
        for (const { id } of meters) {
          let steps = 0;
          for (let at = parents.get(id) ?? null; at !== null; at = parents.get(at) ?? null) steps += 1;
          expect(steps).toBeLessThan(meters.length);
        }
      }),
    );
  });
});

describe('a main meter that sums others', () => {
  const main = meter('m');
  const all = [main, sub('r', { parent: 'm' }), sub('s', { parent: 'm', measures: null })];
  test.each<[string, Partial<LinkedMeter>, RegExp | undefined]>([
    ['may be called otherwise', { label: 'MDB' }, undefined],
    ['stays a main meter', { role: 'sub' }, /^it sums 2 meters, "R" among them: let them go first$/],
    ['measures what they measure', { measures: 'water' }, /^it sums "R", which measures electricity$/],
    ['need not say what it measures', { measures: null }, undefined],
  ])('%s', (_what, next, fault) => {
    const said = mainFault(main, { ...main, ...next }, all);
    if (fault) expect(said).toMatch(fault);
    else expect(said).toBeUndefined();
  });

  test('one that sums nothing may become anything', () => {
    expect(mainFault(main, { ...main, role: 'sub', measures: 'water' }, [main])).toBeUndefined();
  });
});
