import { expect, it } from 'vitest';
import { fuzzRtu, fuzzTcp } from '../../test/wire/fuzz.ts';

// As many as one waits for at each change; `edge/test/wire-fuzz.test.ts` has ten times as many.
const ROUNDS = 5_000;

it.each([
  ['RTU', fuzzRtu],
  ['TCP', fuzzTcp],
])(`%s: ${ROUNDS} fuzzed replies without a crash or a value from a wrong frame`, (_, fuzz) => {
  const count = fuzz(ROUNDS);
  expect(count.wrong).toBe(0);
  expect(count.accepted).toBeGreaterThan(ROUNDS / 10);
});
