/** Columns of a terminal, which are neither bytes nor characters: Thai marks take none, 漢字 two each. */

const CLUSTERS = new Intl.Segmenter('th', { granularity: 'grapheme' });
/** Combining marks, joiners; the medial and final jamo that are drawn into the syllable before them. */
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}[\ufe0f\u200d])/u;
/** Unicode Standard Annex 11: wide and fullwidth. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]$/u;
const PLAIN = /^[\u0020-\u007e]*$/;

function widthOfCluster(cluster: string): number {
  if (EMOJI.test(cluster)) return 2;
  let width = 0;
  // SARA AM stands beside its consonant, in one cluster with it.
  for (const character of cluster) width += NOTHING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of CLUSTERS.segment(text)) width += widthOfCluster(segment);
  return width;
}

/** At most so wide, whole characters only; what is missing is said. */
export function cut(text: string, width: number, keep: 'start' | 'end' = 'start'): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  const all = Array.from(CLUSTERS.segment(text), ({ segment }) => segment);
  const kept: string[] = [];
  let left = width - 1;
  for (const cluster of keep === 'start' ? all : all.reverse()) {
    left -= widthOfCluster(cluster);
    if (left < 0) break;
    kept.push(cluster);
  }
  return keep === 'start' ? `${kept.join('').trimEnd()}…` : `…${kept.reverse().join('').trimStart()}`;
}

export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? `${space}${text}` : `${text}${space}`;
}

/** Lines of at most so many columns, broken at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A word that is longer than a line. */
function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const found: string[] = [];
  let [piece, taken] = ['', 0];
  for (const { segment } of CLUSTERS.segment(word)) {
    const own = widthOfCluster(segment);
    if (taken + own > width && piece !== '') {
      found.push(piece);
      [piece, taken] = ['', 0];
    }
    piece += segment;
    taken += own;
  }
  return [...found, piece];
}

/** What was written elsewhere and could move the cursor, or turn the line around. */
export const harmless = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, ' ');
