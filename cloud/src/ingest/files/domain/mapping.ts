import { err, ok, type Result } from '../../../kernel/result.ts';
import { type Cell, plain } from './cell.ts';
import type { Delimiter } from './csv.ts';
import type { DateRules } from './date.ts';
import type { Encoding } from './encoding.ts';

/** A column by the words above it, or by its place from 1. */
export type ColumnRef = string | number;

export const COLUMN_ROLES = [
  'point',
  'meter',
  'serial',
  'room',
  'register',
  'time',
  'date',
  'clock',
  'unit',
  'opening',
  'note',
] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

export const MEDIA = ['electricity', 'water'] as const;
export type Medium = (typeof MEDIA)[number];

/** A column of counter readings. Lists of rooms have one for each medium. */
export interface ValueColumn {
  readonly column: ColumnRef;
  /** Which of the room's or the meter's registers; needed where there are several. */
  readonly medium?: Medium | undefined;
  readonly register?: string | undefined;
  /** Of every value in it, unless the row has a unit of its own. */
  readonly unit?: string | undefined;
  /** Date, with or without a time, of all its values: for lists that say a month in their title only. */
  readonly at?: string | undefined;
  /** Its values are what the meters began with. */
  readonly opening?: boolean | undefined;
}

/** How the columns of a table become readings; saved by name for each organisation. */
export interface Mapping {
  /** Of a workbook; absent: the first that is not hidden. */
  readonly sheet?: string | undefined;
  readonly encoding?: Encoding | undefined;
  readonly delimiter?: Delimiter | undefined;
  /** 0: there is none, and columns are numbers. */
  readonly headerLine: number;
  readonly columns: { readonly [Role in ColumnRole]?: ColumnRef | undefined };
  readonly values: readonly ValueColumn[];
  readonly dates: {
    readonly order: DateRules['order'];
    readonly era: DateRules['era'];
    /** Local time in the building's zone of dates that say no time: `08:00`. */
    readonly dateOnlyAt?: string | undefined;
  };
  readonly decimal: '.' | ',';
  /** A formula's stored result may be older than the cells that it is made of. */
  readonly formulas: 'refuse' | 'stored';
  /** All readings are what the meters began with. */
  readonly opening: boolean;
}

export interface ResolvedColumns {
  readonly roles: ReadonlyMap<ColumnRole, number>;
  readonly values: readonly { readonly index: number; readonly column: ValueColumn }[];
  /** What people call them, by index. */
  readonly names: readonly string[];
}

/** Words above a column, as they are compared: case, spaces and points say nothing. */
export function headerKey(text: string): string {
  return plain(text)
    .toLowerCase()
    .replaceAll(/[\s._\-:/\\#*'"()[\]]/g, '');
}

/** Problems are sentences: each names the column that is asked for, and those that are there. */
export function resolveColumns(mapping: Mapping, header: readonly Cell[]): Result<ResolvedColumns, string[]> {
  const names = header.map(({ text }) => plain(text));
  const keys = names.map(headerKey);
  const problems: string[] = [];
  const find = (ref: ColumnRef): number => {
    if (typeof ref === 'number') return ref - 1;
    const key = headerKey(ref);
    const index = keys.indexOf(key);
    if (index < 0) problems.push(`there is no column "${ref}"; the file has ${listed(names)}`);
    else if (keys.indexOf(key, index + 1) >= 0)
      problems.push(`two columns are called "${ref}"; give the number of the one that is meant, from 1`);
    return index;
  };
  const roles = new Map<ColumnRole, number>();
  for (const role of COLUMN_ROLES) {
    const ref = mapping.columns[role];
    if (ref !== undefined) roles.set(role, find(ref));
  }
  const values = mapping.values.map((column) => ({ index: find(column.column), column }));
  problems.push(...lacking(mapping));
  return problems.length > 0 ? err(problems) : ok({ roles, values, names });
}

function lacking({ columns, values }: Mapping): string[] {
  const problems: string[] = [];
  const whose = columns.point ?? columns.meter ?? columns.serial ?? columns.room;
  if (whose === undefined)
    problems.push('no column says whose the readings are: map point, meter, serial or room');
  if (values.length === 0) problems.push('no column of readings is mapped: add one to values');
  const undated = values.some(({ at }) => at === undefined);
  if (undated && columns.time === undefined && columns.date === undefined)
    problems.push('nothing says when the readings were taken: map time or date, or give values an "at"');
  return problems;
}

const SHOWN = 30;

function listed(names: readonly string[]): string {
  const shown = names.filter((name) => name !== '').slice(0, SHOWN);
  if (shown.length === 0) return 'no header; give columns as numbers from 1, with headerLine 0';
  return shown.map((name) => `"${name.slice(0, 40)}"`).join(', ');
}
