import { expect, it } from 'vitest';
import { ppmOfClass } from './accuracy.ts';

it.each<[string, number | undefined]>([
  ['1', 10_000],
  ['0.5S', 5_000],
  ['0.2s', 2_000],
  ['b', 10_000],
  ['A', 20_000],
  ['C', 5_000],
  ['0', undefined],
  ['11', undefined],
  ['-1', undefined],
  ['one', undefined],
])('class %s is %s ppm', (text, ppm) => {
  expect(ppmOfClass(text)).toBe(ppm);
});
