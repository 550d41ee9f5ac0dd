import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { searchKey } from './plain-text.ts';
import { byRank, MAX_QUERY, rankOf, searchQuery } from './text-search.ts';

const found = (query: string, ...names: (string | null)[]) => {
  const asked = searchQuery(query);
  return asked && rankOf(searchKey(...names), asked);
};

describe('how well a thing answers', () => {
  test.each([
    ['called so', '101', ['101'], 0],
    ['called so in the other script', 'room 101', ['ห้อง 101', 'Room 101'], 0],
    ['called so with digits of the other script', 'ห้อง ๑๐๑', ['ห้อง 101'], 0],
    ['called so without the space', 'ห้อง101', ['ห้อง 101'], 0],
    ['begins so', '10', ['101'], 1],
    ['begins so, without tones', 'หอง', ['ห้อง 101'], 1],
    ['a word does', '101', ['ห้อง 101'], 2],
    ['a word of a name without spaces does', '12', ['A12'], 2],
    ['contains it', '01', ['101'], 3],
    ['contains it within Thai', 'ใจ', ['สมชายใจดี'], 3],
    ['Thai without the spaces that its name has', 'สมชายใจดี', ['สมชาย ใจดี'], 0],
    ['its words apart', 'jaidee som', ['Somchai Jaidee'], 4],
    ['its words in two names', 'สมชาย jaidee', ['สมชาย ใจดี', 'Somchai Jaidee'], 4],
    ['not at all', '102', ['101'], undefined],
    ['one word of two', 'ห้อง 102', ['ห้อง 101'], undefined],
  ])('%s', (_what, query, names, rank) => expect(found(query, ...names)).toBe(rank));

  test.each(['', '  ', '—', '%', '\u200b'])('nothing is asked with "%s"', (text) => {
    expect(searchQuery(text)).toBeUndefined();
  });

  test('what somebody pasted is cut', () => {
    const query = searchQuery('word '.repeat(1000).concat('last'));
    expect(query?.words).toEqual(['word']);
    expect(query?.whole.length).toBeLessThanOrEqual(MAX_QUERY);
    expect(searchQuery('a b c d e f g h i j')?.words).toHaveLength(8);
  });

  test('everything is found by its own name, and first', () => {
    const name = fc.string({ unit: fc.constantFrom(...'abกขน้ำ่๑1 -'), minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(name, name, (one, other) => {
        const query = searchQuery(one);
        if (query && query.words.length < 8) expect(rankOf(searchKey(one, other), query)).toBe(0);
      }),
    );
  });
});

test('the best come first, then as people sort', () => {
  const hit = (rank: number, name: string, id = name) => ({ rank, name, id });
  const hits = [hit(2, 'ห้อง 10'), hit(2, 'ห้อง 9'), hit(0, 'z'), hit(2, 'ห้อง 9', 'a')];
  expect(hits.sort(byRank).map(({ name, id }) => `${name} ${id}`)).toEqual([
    'z z',
    'ห้อง 9 a',
    'ห้อง 9 ห้อง 9',
    'ห้อง 10 ห้อง 10',
  ]);
});
