import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPassword, FAULT_TEXTS, normalisePassword, PASSWORD_LENGTH } from './password.ts';

describe('is taken', () => {
  test.each([
    ['four words', 'correct horse battery staple'],
    ['ten characters', 'kR7vanilla'],
    ['Thai', 'หอพักสวนส้มชั้นสาม'],
    ['Indonesian', 'rumah di tepi kali'],
    ['the longest', 'aB3$'.repeat(32)],
    ['with spaces at the ends', '  uneven ends  '],
    ['a common word in a sentence', 'my password is not this one'],
  ])('%s', (_what, text) => {
    expect(checkPassword(text)).toEqual({ ok: true, value: text.normalize('NFC') });
  });
});

describe('is refused', () => {
  test.each([
    ['nothing', '', 'short'],
    ['nine characters', 'kR7vanill', 'short'],
    ['nine astral characters, eighteen units', '😀😁😂😃😄😅😆😇😈', 'short'],
    ['too much to hash', `${'aB3$'.repeat(32)}x`, 'long'],
    ['what all try', 'Password123!', 'common'],
    ['what all try, in front', '123qwertyuiop', 'common'],
    ['the place', 'Thailand2026', 'common'],
    ['the product', 'meterline!!1', 'common'],
    ['one character', 'aaaaaaaaaaaa', 'monotonous'],
    ['three characters', 'abcabcabcabc', 'monotonous'],
    ['counting', '1234567890', 'monotonous'],
    ['counting down', 'zyxwvutsrqponm', 'monotonous'],
  ])('%s', (_what, text, error) => {
    expect(checkPassword(text)).toEqual({ ok: false, error });
  });

  test.each([
    ['the name', 'Somchai1234', ['Somchai Jaidee']],
    ['the e-mail address', 'somchai.j12', ['somchai@example.org']],
    ['the phone number', '66812345678', ['+66812345678']],
    ['the name twice', 'somchaisomchai', ['Somchai']],
  ])('made of %s', (_what, text, about) => {
    expect(checkPassword(text, about)).toEqual({ ok: false, error: 'personal' });
  });
});

test('short names and names within long passwords are no reason', () => {
  expect(checkPassword('a day by the sea', ['Day'])).toMatchObject({ ok: true });
  expect(checkPassword('somchai walks along the khlong', ['Somchai'])).toMatchObject({ ok: true });
});

test('composed and decomposed are one password', () => {
  expect(normalisePassword('cafe\u0301 au lait')).toBe(normalisePassword('caf\u00e9 au lait'));
});

test('every fault has its sentence', () => {
  for (const text of Object.values(FAULT_TEXTS)) expect(text.length).toBeGreaterThan(20);
});

test('what is random and long enough is taken', () => {
  const letters = fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789');
  fc.assert(
    fc.property(
      fc.uniqueArray(letters, { minLength: 16, maxLength: 40 }).map((list) => list.join('')),
      (text) => {
        const checked = checkPassword(text);
        // A run of the alphabet may come up; nothing else may be found wrong.
        if (!checked.ok) expect(checked.error).toBe('monotonous');
      },
    ),
  );
});

test('whatever is taken keeps to the lengths', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const checked = checkPassword(text);
      if (!checked.ok) return;
      const length = [...checked.value].length;
      expect(length).toBeGreaterThanOrEqual(PASSWORD_LENGTH.least);
      expect(length).toBeLessThanOrEqual(PASSWORD_LENGTH.most);
    }),
  );
});
