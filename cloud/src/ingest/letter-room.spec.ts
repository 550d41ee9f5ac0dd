import { expect, it } from 'vitest';
import { LetterRoom } from './letter-room.ts';

function room() {
  let now = 0;
  return { room: new LetterRoom(() => now), pass: (ms: number) => (now += ms) };
}

it('brings the bytes of a letter once, and again after a while: it may have been closed', () => {
  const { room: letters, pass } = room();
  expect(letters.hasRoom('g', 'a')).toBe(true);
  letters.told('g', 'a', true);
  expect(letters.hasRoom('g', 'a')).toBe(false);
  expect(letters.hasRoom('g', 'b')).toBe(true);
  expect(letters.hasRoom('h', 'a')).toBe(true);
  pass(60_000);
  expect(letters.hasRoom('g', 'a')).toBe(true);
});

it.each([false, undefined])('brings no more from a gateway whose room is used up (%s)', (kept) => {
  const { room: letters, pass } = room();
  letters.told('g', 'a', kept);
  expect(letters.hasRoom('g', 'b')).toBe(false);
  expect(letters.hasRoom('h', 'b')).toBe(true);
  pass(60_000);
  expect(letters.hasRoom('g', 'b')).toBe(true);
});

it('does not take a letter that is there for a lack of room', () => {
  const { room: letters } = room();
  letters.told('g', 'a', true);
  letters.told('g', 'a', undefined);
  expect(letters.hasRoom('g', 'b')).toBe(true);
});
