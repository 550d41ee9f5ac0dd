import { err, ok, type Result } from '../../../kernel/result.ts';
import type { Cell } from '../../../kernel/tables/cell.ts';
import { type ColumnRef, HeaderNames, type TableMapping } from '../../../kernel/tables/columns.ts';

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
export interface Mapping extends TableMapping<ColumnRole> {
  readonly values: readonly ValueColumn[];
  readonly dates: TableMapping<ColumnRole>['dates'] & {
    /** Local time in the building's zone of dates that say no time: `08:00`. */
    readonly dateOnlyAt?: string | undefined;
  };
  /** All readings are what the meters began with. */
  readonly opening: boolean;
}

export interface ResolvedColumns {
  readonly roles: ReadonlyMap<ColumnRole, number>;
  readonly values: readonly { readonly index: number; readonly column: ValueColumn }[];
  /** What people call them, by index. */
  readonly names: readonly string[];
}

/** Problems are sentences: each names the column that is asked for, and those that are there. */
export function resolveColumns(mapping: Mapping, header: readonly Cell[]): Result<ResolvedColumns, string[]> {
  const names = new HeaderNames(header);
  const problems: string[] = [];
  const find = (ref: ColumnRef): number => {
    const found = names.find(ref);
    if (found.ok) return found.value;
    problems.push(found.error);
    return -1;
  };
  const roles = new Map<ColumnRole, number>();
  for (const role of COLUMN_ROLES) {
    const ref = mapping.columns[role];
    if (ref !== undefined) roles.set(role, find(ref));
  }
  const values = mapping.values.map((column) => ({ index: find(column.column), column }));
  problems.push(...lacking(mapping));
  return problems.length > 0 ? err(problems) : ok({ roles, values, names: names.names });
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
