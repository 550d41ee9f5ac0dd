/**
 * Text as it is compared, sorted and found, in Thai and in Latin script. The database says the same in SQL
 * (`name_key`, `fold_text`, `search_key`, `sort_key`), and a test on a real one compares the two.
 */

const THAI_DIGITS = /[๐-๙]/g;
const THAI_ZERO = 0x0e50;
/** Zero-width characters and soft hyphens: nobody sees them, and files are full of them. */
const UNSEEN = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;
/** What folding leaves out besides: accents of Latin; Thai tones, the short-vowel sign, the silencer and the dot of am. */
const MARKS = /[\u0300-\u036f\u0e47-\u0e4e]/g;
const PUNCTUATION =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters part words as well.
  /[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u0e3f\u0e4f\u0e5a\u0e5b\u2000-\u206f\u3000-\u303f]+/g;
const SPACE_WITHIN_THAI = /([\u0e01-\u0e46]) (?=[\u0e01-\u0e46])/g;
/** เ แ โ ใ ไ are written before the consonant after which they are sorted. */
const LEADING_VOWEL = /([\u0e40-\u0e44])([\u0e01-\u0e2e])/g;
/** A tone may be typed before or after the dot that belongs to am. */
const TONE_BEFORE_DOT = /([\u0e48-\u0e4b])\u0e4d/g;

const latinDigits = (text: string): string =>
  text.replace(THAI_DIGITS, (digit) => String(digit.charCodeAt(0) - THAI_ZERO)).replaceAll('ς', 'σ');

/** Two names are one if their keys are equal: "ห้อง ๑๐๑" and "ห้อง101", "A1" and "ａ1", but not "1 1" and "11". */
export function nameKey(text: string): string {
  return latinDigits(text.normalize('NFKC').toLowerCase())
    .replace(UNSEEN, '')
    .replace(/\s+/g, ' ')
    .replace(/^ +| +$/g, '')
    .replace(TONE_BEFORE_DOT, '\u0e4d$1')
    .replace(/([^0-9]) | (?=[^0-9])/g, '$1');
}

/** Words parted by one space each, without tones, accents and punctuation; digits are words of their own. */
export function foldText(text: string): string {
  return latinDigits(text.normalize('NFKC').toLowerCase().normalize('NFKD'))
    .replace(UNSEEN, '')
    .replace(MARKS, '')
    .replace(PUNCTUATION, ' ')
    .replace(/([0-9])(?=[^0-9 ])/g, '$1 ')
    .replace(/([^0-9 ])(?=[0-9])/g, '$1 ')
    .replace(/^ +| +$/g, '');
}

/** What a search looks through: a line for each name, and once more without the spaces that Thai may have or not. */
export function searchKey(...names: readonly (string | null)[]): string {
  const lines = names.flatMap((name) => (name === null ? [] : [`${foldText(name)}\n`])).join('');
  return `\n${lines}${lines.replace(SPACE_WITHIN_THAI, '$1')}`;
}

const DIGITS = 12;

/** Equal under `<` to how people sort: numbers by their value, Thai as a dictionary does. */
export function sortKey(text: string): string {
  return foldText(text)
    .replace(LEADING_VOWEL, '$2$1')
    .replace(/[0-9]+/g, (run) => run.slice(-DIGITS).padStart(DIGITS, '0'));
}

export function compareNatural(a: string, b: string): number {
  const [one, other] = [sortKey(a), sortKey(b)];
  if (one === other) return a < b ? -1 : Number(a > b);
  return one < other ? -1 : 1;
}
