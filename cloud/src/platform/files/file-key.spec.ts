import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFileKey, keySegments, prefixFolders } from './file-key.ts';

describe('file keys', () => {
  it.each(['a.pdf', 'invoices/2026/0198c2.pdf', 'photos/m-1_2.jpg', `${'a'.repeat(100)}.csv`])(
    'accepts %s',
    (key) => {
      expect(isFileKey(key)).toBe(true);
    },
  );

  it.each([
    ['empty', ''],
    ['no ending', 'invoices/2026'],
    ['two endings', 'a.tar.gz'],
    ['a dot in a folder', 'v1.2/a.pdf'],
    ['parent', '../a.pdf'],
    ['parent inside', 'a/../b.pdf'],
    ['itself', './a.pdf'],
    ['absolute', '/a.pdf'],
    ['empty segment', 'a//b.pdf'],
    ['trailing slash', 'a.pdf/'],
    ['backslash', 'a\\b.pdf'],
    ['hidden', '.a.pdf'],
    ['upper case', 'A.pdf'],
    ['NUL', 'a\0.pdf'],
    ['newline at the end', 'a.pdf\n'],
    ['escaped traversal', '%2e%2e/a.pdf'],
    ['Thai', 'ใบแจ้งหนี้.pdf'],
    ['decomposed é', 'cafe\u0301.pdf'],
    ['full-width dot', 'a．pdf'],
    ['long segment', `${'a'.repeat(101)}.pdf`],
    ['long key', `${'a/'.repeat(300)}a.pdf`],
    ['deep key', `${'a/'.repeat(16)}a.pdf`],
  ])('refuses %s', (_why, key) => {
    expect(isFileKey(key)).toBe(false);
    expect(() => keySegments(key)).toThrowError(expect.objectContaining({ code: 'files_key_invalid' }));
  });

  it('an accepted key never leaves its folder and is its own normal form', () => {
    const hostile = fc.array(fc.constantFrom('a', '.', '..', '/', 'b.pdf', '\0', '%2f', '\\', 'é', ' '), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          hostile.map((parts) => parts.join('')),
        ),
        (key) => {
          if (!isFileKey(key)) return;
          expect(posix.join('/base', key)).toBe(`/base/${key}`);
          expect(key.normalize('NFC')).toBe(key.normalize('NFD'));
          expect(encodeURI(key)).toBe(key);
        },
      ),
    );
  });

  it('a key is never the folder of another', () => {
    const key = fc.stringMatching(/^([ab]\/){0,3}[ab]\.[xy]$/);
    fc.assert(fc.property(key, key, (one, other) => isFileKey(one) && !isFileKey(`${one}/${other}`)));
  });
});

describe('prefixes', () => {
  it('are empty or whole folders', () => {
    expect(prefixFolders('')).toEqual([]);
    expect(prefixFolders('a/b/')).toEqual(['a', 'b']);
  });
  it.each(['a', '/', '../', 'a/../', 'a//', 'a/b', 'A/'])('refuses %s', (prefix) => {
    expect(() => prefixFolders(prefix)).toThrowError(expect.objectContaining({ code: 'files_key_invalid' }));
  });
});
