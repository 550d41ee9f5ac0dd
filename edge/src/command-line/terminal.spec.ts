import { expect, it } from 'vitest';
import { isColoured } from './terminal.ts';

it.each([
  [{}, true],
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '0' }, false],
  [{ NO_COLOR: '' }, true],
  [{ TERM: 'dumb' }, false],
  [{ TERM: 'xterm-256color' }, true],
])('with %j colours are %s', (env, coloured) => expect(isColoured(env)).toBe(coloured));
