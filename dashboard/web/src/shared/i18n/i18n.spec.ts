import { describe, expect, it } from 'vitest';
import { chooseLanguage, LANGUAGES } from './languages.ts';
import en from './texts/en.json';
import id from './texts/id.json';
import th from './texts/th.json';

const TEXTS: Record<string, unknown> = { th, en, id };

function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) throw new TypeError(`${path} is no text`);
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();
const english = flatten(en);

describe.each(LANGUAGES)('texts in %s', (language) => {
  const texts = new Map(flatten(TEXTS[language]));

  it('are the same as in English, none missing, none too many', () => {
    expect([...texts.keys()].sort()).toEqual(english.map(([path]) => path).sort());
  });

  it('are not empty, and have the same places to fill in', () => {
    for (const [path, source] of english) {
      const text = texts.get(path) ?? '';
      expect([path, text.trim()]).not.toEqual([path, '']);
      expect([path, text.trim()]).toEqual([path, text]);
      expect([path, placeholders(text)]).toEqual([path, placeholders(source)]);
    }
  });

  it('are written in the script of the language', () => {
    if (language !== 'th') return;
    for (const [path, text] of texts) {
      expect([path, /\p{Script=Thai}/u.test(text)]).toEqual([path, true]);
    }
  });
});

it('Indonesian was translated, not copied', () => {
  const copied = flatten(id).filter(([path, text]) => new Map(english).get(path) === text);
  // A unit and nothing else reads the same in both.
  expect(copied.map(([path]) => path)).toEqual(['status.milliseconds']);
});

it.each([
  [null, ['th-TH', 'en'], 'th'],
  [null, ['de-DE', 'id-ID', 'en'], 'id'],
  [null, ['in'], 'id'],
  [null, ['de', 'fr'], 'en'],
  [null, [], 'th'],
  ['id', ['th'], 'id'],
  ['xx', ['TH'], 'th'],
] as const)('remembered %s and wishes %j give %s', (remembered, wishes, language) => {
  expect(chooseLanguage(remembered, wishes)).toBe(language);
});
