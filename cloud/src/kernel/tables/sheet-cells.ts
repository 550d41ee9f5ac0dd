import { FILE_LIMITS } from './cell.ts';

/** `AB12` → column 27 from 0, row 12; undefined if it is no address. */
export function cellAddress(reference: string): { column: number; row: number } | undefined {
  const match = /^\$?([A-Z]{1,3})\$?([1-9]\d{0,6})$/.exec(reference);
  if (!match) return undefined;
  let column = 0;
  for (const letter of match[1] ?? '') column = column * 26 + letter.charCodeAt(0) - 64;
  return { column: column - 1, row: Number(match[2]) };
}

/** A rectangle of cells that show what stands in its first one. */
export interface MergedRange {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export function mergedRange(reference: string): MergedRange | undefined {
  const [from = '', to = from] = reference.split(':');
  const first = cellAddress(from);
  const last = cellAddress(to);
  if (!first || !last || last.row < first.row || last.column < first.column) return undefined;
  return {
    top: first.row,
    left: first.column,
    bottom: last.row,
    right: Math.min(last.column, FILE_LIMITS.columns - 1),
  };
}

/** Formats that workbooks know by number and show as date or time (ECMA-376, 18.8.30), those of Thai among them. */
const DATE_FORMATS: readonly (readonly [number, number])[] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
  [71, 81],
];

/** Is a number with this format a date? `code` is what the workbook itself says of the format. */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return DATE_FORMATS.some(([from, to]) => id >= from && id <= to);
  // Text in quotes, escaped characters and sections in brackets ([Red], [$-D07041E]) are no part of the date.
  const bare = code
    .replaceAll(/"[^"]*"|\\.|_.|\*./g, '')
    .replaceAll(/\[(h{1,2}|m{1,2}|s{1,2})\]/gi, '$1')
    .replaceAll(/\[[^\]]*\]/g, '');
  if (/general/i.test(bare)) return false;
  return /[ymdhs]/i.test(bare);
}
