import { expect, test } from 'vitest';
import { documentDigest, textIn } from './consent-document.ts';

const TH = { title: 'ความเป็นส่วนตัว', text: 'เรา…' };
const EN = { title: 'Privacy', text: 'We …' };

test('the digest is of the words and their languages, in one order', () => {
  expect(documentDigest({ en: EN, th: TH })).toBe(documentDigest({ th: TH, en: EN }));
  expect(documentDigest({ en: EN })).not.toBe(documentDigest({ id: EN }));
  expect(documentDigest({ en: EN })).not.toBe(documentDigest({ en: { ...EN, text: 'We …!' } }));
  // A title that runs into its text is another document.
  expect(documentDigest({ en: { title: 'ab', text: 'c' } })).not.toBe(
    documentDigest({ en: { title: 'a', text: 'bc' } }),
  );
});

test.each([
  ['th', 'th'],
  ['en', 'en'],
  ['id', 'th'],
] as const)('whoever asks for %s reads %s', (asked, read) => {
  expect(textIn({ th: TH, en: EN }, asked)?.locale).toBe(read);
});

test('of nothing there is no text', () => {
  expect(textIn({}, 'en')).toBeUndefined();
});
