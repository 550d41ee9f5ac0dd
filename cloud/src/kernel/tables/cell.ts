/** One cell of a table, whatever kind of file it stood in. */
export interface Cell {
  /** `date`: the number of a day, as workbooks keep dates. */
  readonly kind: 'text' | 'number' | 'date' | 'error';
  readonly text: string;
  /** The stored result of a formula; or covered by a merged cell above or left of it, whose content it carries. */
  readonly from?: 'formula' | 'merged';
}

export interface Row {
  /** As an editor or a spreadsheet numbers it, from 1. */
  readonly line: number;
  readonly cells: readonly Cell[];
}

/** Bounds of one file; what is beyond is refused by name, never cut. */
export const FILE_LIMITS = {
  columns: 200,
  cellCharacters: 2_000,
  rowCharacters: 65_536,
  /** Lines that one quoted record may span. */
  recordLines: 100,
  lines: 2_000_000,
} as const;

const THAI_ZERO = 0x0e50;
const NOT_ASCII = /[^\x20-\x7e]/;

/** Trimmed, with plain digits and plain spaces: what programs compare. */
export function plain(text: string): string {
  if (!NOT_ASCII.test(text)) return text.trim();
  return text
    .normalize('NFC')
    .replaceAll(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - THAI_ZERO))
    .replaceAll(/[０-９]/g, (digit) => String(digit.charCodeAt(0) - 0xff10))
    .replaceAll(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export const isBlank = ({ cells }: Row): boolean => cells.every(({ text }) => plain(text) === '');
