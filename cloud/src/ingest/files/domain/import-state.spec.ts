import { expect, it } from 'vitest';
import { IMPORT_STATES, isOver, mayFollow } from './import-state.ts';

it('once storing has begun, only its end follows', () => {
  expect(IMPORT_STATES.filter((state) => mayFollow('storing', state))).toEqual(['done']);
  expect(IMPORT_STATES.filter((state) => mayFollow('done', state))).toEqual([]);
});

it('nothing is stored that was not checked', () => {
  expect(IMPORT_STATES.filter((state) => mayFollow(state, 'storing'))).toEqual(['checking']);
});

it('what is over does not go on by itself', () => {
  for (const state of IMPORT_STATES.filter(isOver))
    expect(IMPORT_STATES.filter((next) => mayFollow(state, next) && next !== 'queued')).toEqual([]);
});
