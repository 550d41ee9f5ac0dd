import type { DateFault } from './date.ts';
import type { NumberFault } from './number.ts';
import type { CellFault } from './usable.ts';

/** What is wrong with one cell, or with one line. */
export interface Fault<Code extends string = string> {
  readonly line: number;
  /** From 1; absent when the whole line is meant. */
  readonly column?: number;
  readonly columnName?: string;
  /** Stable; the words may change. */
  readonly code: Code;
  /** What the cell says. */
  readonly value: string;
  readonly problem: string;
  readonly remedy: string;
}

export type FaultPlace = Pick<Fault, 'line' | 'column' | 'columnName'>;

/** What is wrong, and what to do. `…` stands for the fact of the case. */
export type FaultTexts<Code extends string> = Readonly<
  Record<Code, readonly [problem: string, remedy: string]>
>;

/** What can be wrong with a cell of any table. */
export const CELL_FAULTS: FaultTexts<NumberFault | DateFault | CellFault> = {
  number_unreadable: ['is no number', 'write digits, or set decimal to the mark that the file uses'],
  count_too_large: ['is too large', 'check the number'],
  date_unreadable: ['is no date', 'write it as 31/1/2569, 31/1/2026, 2026-01-31 or 31 ม.ค. 2569'],
  date_impossible: ['is a day that does not exist', 'check day and month'],
  date_order: [
    'is no day in the order in which dates are read here',
    'correct it, or say the order of the whole file: --date-order dmy, mdy or ymd (dates.order in a mapping)',
  ],
  year_era: ['is a year of the other era than the mapping says', 'change dates.era to either, or the cell'],
  year_out_of_reach: ['is a year out of reach', 'check the year, and of which era it is'],
  year_ambiguous: ['may be a year of either era', 'write four digits, or set dates.era'],
  clock_unreadable: ['is no time of day', 'write it as 08:30'],
  cell_formula: ['is a formula', 'paste it as values, or set formulas to stored'],
  cell_merged: ['is part of a merged cell', 'split the cells and fill in each'],
  cell_error: ['is an error of the workbook: …', 'repair the formula'],
  cell_too_long: ['is too long', 'a cell has at most 2000 characters'],
};

const SHOWN_VALUE = 80;

/** Makes the faults of one kind of table, from the words for each of its codes. */
export function defineFaults<Code extends string>(
  texts: FaultTexts<Code>,
): (place: FaultPlace, code: Code, value: string, fact?: string) => Fault<Code> {
  return (place, code, value, fact = '') => {
    const [problem, remedy] = texts[code];
    return {
      line: place.line,
      ...(place.column !== undefined && { column: place.column }),
      ...(place.columnName && { columnName: place.columnName.slice(0, SHOWN_VALUE) }),
      code,
      value: value.slice(0, SHOWN_VALUE),
      problem: problem.replace('…', () => fact),
      remedy,
    };
  };
}

/** `line 7, column 3 "kWh": "12a" is no number; write digits, …` */
export function faultSentence({ line, column, columnName, value, problem, remedy }: Fault): string {
  const name = columnName ? ` "${columnName}"` : '';
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}${name}`;
  return `${place}: ${value === '' ? 'it' : `"${value}"`} ${problem}; ${remedy}`;
}
