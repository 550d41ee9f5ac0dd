import { expect, it } from 'vitest';
import { fuzzRtu, fuzzTcp } from './wire/fuzz.ts';

const ROUNDS = 50_000;

it.each([
  ['RTU', fuzzRtu],
  ['TCP', fuzzTcp],
])(`%s: ${ROUNDS} fuzzed replies without a crash or a value from a wrong frame`, (name, fuzz) => {
  const count = fuzz(ROUNDS);
  process.stderr.write(`fuzz ${name}: ${ROUNDS} replies, ${JSON.stringify(count)}\n`);
  expect(count.wrong).toBe(0);
  expect(count.accepted).toBeGreaterThan(ROUNDS / 10);
});
