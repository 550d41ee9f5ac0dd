import type { AmountFault } from './amount.ts';
import type { DateFault } from './date.ts';

export type FaultCode =
  | AmountFault
  | DateFault
  | 'value_missing'
  | 'time_missing'
  | 'hour_missing'
  | 'time_skipped'
  | 'time_repeated'
  | 'point_missing'
  | 'point_unknown'
  | 'point_ambiguous'
  | 'point_is_gauge'
  | 'register_unknown'
  | 'unit_missing'
  | 'cell_formula'
  | 'cell_merged'
  | 'cell_error'
  | 'cell_too_long'
  | 'twice'
  | 'conflict'
  | 'opening_refused'
  | 'refused';

/** What is wrong, and what to do. `…` stands for the fact of the case. */
const TEXTS: Readonly<Record<FaultCode, readonly [problem: string, remedy: string]>> = {
  number_unreadable: ['is no number', 'write digits, or set decimal to the mark that the file uses'],
  number_negative: ['is below zero', 'a counter begins at zero; check the sign'],
  unit_unknown: ['has an unknown unit: …', 'use kWh, Wh, m³, L or count'],
  unit_mismatch: [
    'has a unit that does not fit the register, which counts …',
    'correct the unit or the meter',
  ],
  unit_missing: ['has no unit', 'map a column of units, or give the column of values one'],
  finer_than_register: [
    'is finer than the register counts, which is in steps of …',
    'give the digits of the display',
  ],
  count_too_large: ['is larger than any register', 'check the number'],
  date_unreadable: ['is no date', 'write it as 31/1/2569, 31/1/2026, 2026-01-31 or 31 ม.ค. 2569'],
  date_impossible: ['is a day that does not exist', 'check day, month and the order of dates in the mapping'],
  date_order: ['is written in another order than the mapping says', 'change dates.order, or the cell'],
  year_era: ['is a year of the other era than the mapping says', 'change dates.era to either, or the cell'],
  year_out_of_reach: ['is a year out of reach', 'no reading is older than 1990 or later than next year'],
  year_ambiguous: ['may be a year of either era', 'write four digits, or set dates.era'],
  clock_unreadable: ['is no time of day', 'write it as 08:30'],
  value_missing: ['is empty', 'fill it in, or remove the line'],
  time_missing: ['is empty', 'say when the meter was read'],
  hour_missing: ['is a day without a time', 'add the time, or set dates.dateOnlyAt'],
  time_skipped: [
    'is an hour that the clocks skipped in the zone of the building',
    'write the time with its offset',
  ],
  time_repeated: [
    'is an hour that happened twice in the zone of the building',
    'write the time with its offset',
  ],
  point_missing: ['is empty', 'say whose reading it is'],
  point_unknown: [
    'is not known in this building at that time: …',
    'check the spelling, or add the meter first',
  ],
  point_ambiguous: ['has several registers that it may be: …', 'map a register, a medium or a point'],
  point_is_gauge: ['is a gauge', 'only counters are imported'],
  register_unknown: [
    'is a point of which the hub does not know what it counts',
    'assign its register first, or give counts',
  ],
  cell_formula: ['is a formula', 'paste it as values, or set formulas to stored'],
  cell_merged: ['is part of a merged cell', 'split the cells and fill in each'],
  cell_error: ['is an error of the workbook: …', 'repair the formula'],
  cell_too_long: ['is too long', 'a cell has at most 2000 characters'],
  twice: ['is given twice with different values; the first is on line …', 'remove one of them'],
  conflict: ['is stored already with another value: …', 'supersede the stored reading if this one is right'],
  opening_refused: [
    'cannot be what the meter began with: …',
    'take the mark of the opening away, or declare what happened to the meter',
  ],
  refused: ['was refused: …', 'correct the line'],
};

export interface Fault {
  readonly line: number;
  /** From 1; absent when the whole line is meant. */
  readonly column?: number;
  readonly columnName?: string;
  readonly code: FaultCode;
  /** What the cell says. */
  readonly value: string;
  readonly problem: string;
  readonly remedy: string;
}

const SHOWN_VALUE = 80;

export function faultAt(
  place: { readonly line: number; readonly column?: number; readonly columnName?: string },
  code: FaultCode,
  value: string,
  fact = '',
): Fault {
  const [problem, remedy] = TEXTS[code];
  return {
    line: place.line,
    ...(place.column !== undefined && { column: place.column }),
    ...(place.columnName && { columnName: place.columnName.slice(0, SHOWN_VALUE) }),
    code,
    value: value.slice(0, SHOWN_VALUE),
    problem: problem.replace('…', fact),
    remedy,
  };
}

/** `line 7, column 3 "kWh": "12a" is no number; write digits, …` */
export function faultSentence({ line, column, columnName, value, problem, remedy }: Fault): string {
  const name = columnName ? ` "${columnName}"` : '';
  const place = column === undefined ? `line ${line}` : `line ${line}, column ${column}${name}`;
  return `${place}: ${value === '' ? 'it' : `"${value}"`} ${problem}; ${remedy}`;
}
