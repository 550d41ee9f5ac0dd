import { expect, test } from 'vitest';
import { LOCALES } from './consent-document.ts';
import { linkLetter } from './link-letter.ts';
import { LINK_LIFE_MS, type LinkPurpose } from './one-time.ts';

const ADDRESS = 'https://meters.example.org/reset#mll_x';
const PURPOSES = Object.keys(LINK_LIFE_MS) as LinkPurpose[];

test.each(PURPOSES)(
  '%s: each language has the link on a line of its own, and how long it is good',
  (purpose) => {
    const hours = LINK_LIFE_MS[purpose] / 3_600_000;
    const life = String(hours > 24 ? hours / 24 : hours);
    for (const locale of LOCALES) {
      const { subject, text } = linkLetter(purpose, [locale], ADDRESS);
      expect(text.split('\n')).toContain(ADDRESS);
      expect(text).toContain(` ${life} `);
      expect(subject).not.toContain('\n');
    }
  },
);

test('whoever is not known yet gets all languages', () => {
  const { subject, text } = linkLetter('invitation', LOCALES, ADDRESS);
  expect(subject.split(' · ')).toHaveLength(3);
  expect(text.split('\n').filter((line) => line === ADDRESS)).toHaveLength(3);
});
