import { expect, test } from 'vitest';
import { inOrder, type Layer, type MigrationFile } from './migration-files.ts';
import { type Applied, planMigrations } from './migration-plan.ts';

const file = (layer: Layer, number: number, name = 'x', sha256 = 'a'): MigrationFile => ({
  layer,
  number,
  name,
  path: `${layer}/${String(number).padStart(4, '0')}_${name}.sql`,
  sha256,
  sql: '',
});
const done = ({ layer, number, name, sha256 }: MigrationFile): Applied => ({ layer, number, name, sha256 });

const files = [
  file('core', 1),
  file('timescale', 1),
  file('core', 2),
  file('plain', 3),
  file('timescale', 3),
  file('core', 4),
  file('licensed', 1),
];

test('all layers share one count; the licensed file comes last', () => {
  expect([...files].reverse().sort(inOrder)).toEqual(files);
});

test.each<[string, Layer[], Applied[], string[], string[]]>([
  ['fresh and plain', ['core', 'plain'], [], ['core/1', 'core/2', 'plain/3', 'core/4'], []],
  [
    'fresh and licensed',
    ['core', 'timescale', 'licensed'],
    [],
    ['core/1', 'timescale/1', 'core/2', 'timescale/3', 'core/4', 'licensed/1'],
    [],
  ],
  ['half way', ['core', 'plain'], [done(file('core', 1)), done(file('core', 2))], ['plain/3', 'core/4'], []],
  [
    'licensed later',
    ['core', 'plain', 'licensed'],
    [file('core', 1), file('core', 2), file('plain', 3), file('core', 4)].map(done),
    ['licensed/1'],
    [],
  ],
  [
    'a gap',
    ['core', 'plain'],
    [done(file('core', 1)), done(file('plain', 3))],
    ['core/2', 'core/4'],
    ['migration_out_of_order'],
  ],
  [
    'a layer below',
    ['core', 'timescale'],
    [done(file('core', 1)), done(file('core', 2))],
    ['timescale/1', 'timescale/3', 'core/4'],
    ['migration_out_of_order'],
  ],
  [
    'edited',
    ['core', 'plain'],
    [done(file('core', 1, 'x', 'b'))],
    ['core/2', 'plain/3', 'core/4'],
    ['migration_changed'],
  ],
  [
    'renamed',
    ['core', 'plain'],
    [done(file('core', 1, 'y'))],
    ['core/2', 'plain/3', 'core/4'],
    ['migration_changed'],
  ],
  [
    'newer than we',
    ['core', 'plain'],
    [file('core', 1), file('core', 2), file('plain', 3), file('core', 4), file('core', 9)].map(done),
    [],
    ['migration_missing'],
  ],
])('%s', (_name, layers, applied, pending, problems) => {
  const plan = planMigrations(files, applied, layers);
  expect(plan.pending.map(({ layer, number }) => `${layer}/${number}`)).toEqual(pending);
  expect(plan.problems.map(({ code }) => code)).toEqual(problems);
});
