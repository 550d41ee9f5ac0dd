import { describe, expect, it } from 'vitest';
import { linkOf } from './chain.ts';

const [one, two, other] = ['1'.repeat(64), '2'.repeat(64), 'f'.repeat(64)];
const second = { batch: 2, previous: one };

describe('linkOf', () => {
  it.each([
    ['the first of a journal', { batch: 1, previous: null }, one, {}, 'linked'],
    ['a successor of what is known', second, two, { before: one }, 'linked'],
    ['a batch before its predecessor', second, two, {}, 'open'],
    ['a batch again', second, two, { here: two, before: one }, 'repeat'],
    ['another batch at a taken place', second, two, { here: other, before: one }, 'cloned'],
    ['a second first batch', { batch: 1, previous: null }, one, { here: other }, 'cloned'],
    ['a predecessor that is another one', second, two, { before: other }, 'cloned'],
    ['a successor that names another one', second, two, { before: one, claimedByNext: other }, 'cloned'],
    ['a successor that names it', second, two, { before: one, claimedByNext: two }, 'linked'],
    ['a link that is closed backwards', second, two, { claimedByNext: two }, 'open'],
    [
      'a first batch whose successor names another',
      { batch: 1, previous: null },
      one,
      { claimedByNext: other },
      'cloned',
    ],
  ] as const)('%s', (_, head, digest, known, expected) => expect(linkOf(head, digest, known)).toBe(expected));
});
