import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ELECTRIC } from './electric-consumers.ts';
import { faultSchema } from './fault.schema.ts';
import { PATTERNS } from './habits.ts';
import { WATER } from './water-consumers.ts';

const manual = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8');

it('the manual names every fault, consumer and pattern', () => {
  const faults = faultSchema.options.map(({ shape }) => shape.kind.value);
  for (const word of [...faults, ...Object.keys(ELECTRIC), ...Object.keys(WATER), ...PATTERNS]) {
    expect(manual).toMatch(new RegExp(`\\b${word}\\b`));
  }
});
