import { err, ok, type Result } from '../../kernel/result.ts';
import type { Cell, Row } from '../../kernel/tables/cell.ts';
import { type ColumnRef, HeaderNames, headerKey, type TableMapping } from '../../kernel/tables/columns.ts';
import type { DateOrder } from '../../kernel/tables/date.ts';
import { decimalOf, findHeader, orderNote, refOf, textsIn, USUAL_ORDER } from '../../kernel/tables/header.ts';
import {
  alsoHolds,
  columnOf,
  LIST_KINDS,
  type ListKind,
  neededOf,
  roleNamed,
  rolesOf,
} from './list-columns.ts';

/** How the columns of a file become a list. */
export type ListMapping = TableMapping<string>;

/** Leases are agreed years ahead; and short of it that both eras could fit two digits of a year. */
export const YEARS_AHEAD = 15;

export interface Proposal {
  readonly mapping: ListMapping;
  /** What was assumed and should be looked at, in words. */
  readonly notes: readonly string[];
}

const DATES = ['installed', 'start', 'end'];
const AMOUNTS = ['rent', 'deposit', 'internet', 'parking', 'furniture', 'cleaning', 'commonFee'];

export interface FileSurroundings {
  readonly referenceYear: number;
  /** Whose amounts have no decimals groups their digits with the mark that others write before decimals. */
  readonly hasDecimals: boolean;
  /** As somebody has said it. */
  readonly dateOrder?: DateOrder | undefined;
}

/** A mapping for a file that nobody has described, from the words above its columns and what stands below them. */
export function proposeMapping(
  kind: ListKind,
  rows: readonly Row[],
  { referenceYear, hasDecimals, dateOrder }: FileSurroundings,
): Proposal {
  const [needed, ...others] = neededOf(kind);
  const header = findHeader(
    rows,
    (key) => roleNamed(kind, key) !== undefined,
    (key) => others.length === 0 && roleNamed(kind, key) === needed,
  );
  const notes: string[] = [];
  const unknown: string[] = [];
  const columns: Record<string, ColumnRef> = {};
  for (const [index, cell] of header?.cells.entries() ?? []) {
    const role = roleNamed(kind, headerKey(cell.text));
    if (role === undefined) {
      if (cell.text.trim() !== '') unknown.push(cell.text.trim());
    } else if (header && columns[role] === undefined) columns[role] = refOf(header, index);
    else notes.push(`the column "${cell.text.trim().slice(0, 40)}" is left out: another one says the same`);
  }
  notes.unshift(...leftOut(kind, unknown, header));
  const body = rows.filter(({ line }) => line > (header?.line ?? 0));
  const samples = (roles: readonly string[]) =>
    roles.flatMap((role) => (columns[role] === undefined ? [] : textsIn(body, header, columns[role])));
  const note = orderNote(samples(DATES), { referenceYear, yearsAhead: YEARS_AHEAD });
  if (note !== undefined && dateOrder === undefined) notes.push(note);
  const amounts = samples(AMOUNTS);
  const decimal = decimalOf(amounts);
  const grouped = !hasDecimals && amounts.some((text) => /^\D*\d{1,3}(\.\d{3})+\D*$/.test(text));
  return {
    notes,
    mapping: {
      headerLine: header?.line ?? 0,
      columns,
      dates: { order: dateOrder ?? USUAL_ORDER, era: 'either' },
      decimal: grouped ? ',' : decimal,
      formulas: 'refuse',
    },
  };
}

/** People keep rooms, tenants and meters in one file: it is told which list the other columns are of. */
function leftOut(kind: ListKind, unknown: readonly string[], header: Row | undefined): string[] {
  const keys = (header?.cells ?? []).map(({ text }) => headerKey(text));
  const others = LIST_KINDS.filter((other) => other !== kind && alsoHolds(other, keys));
  const homeOf = (name: string) => others.find((other) => roleNamed(other, headerKey(name)) !== undefined);
  const quoted = (name: string) => `"${name.slice(0, 40)}"`;
  const elsewhere = ['rooms', 'tenants', 'meters'].flatMap((other) => {
    const names = unknown.filter((name) => homeOf(name) === other).map(quoted);
    if (names.length === 0) return [];
    const which = names.length === 1 ? `column ${names.join()} is` : `columns ${names.join(', ')} are`;
    return [`the ${which} of a list of ${other}: bring in the same file as one too (import ${other})`];
  });
  const nowhere = unknown.filter((name) => homeOf(name) === undefined);
  return [...elsewhere, ...nowhere.map((name) => `the column ${quoted(name)} is left out`)];
}

export interface ResolvedColumns {
  readonly roles: ReadonlyMap<string, number>;
  /** What people call them, by index. */
  readonly names: readonly string[];
}

/** Problems are sentences: each names the column that is asked for, and those that are there. */
export function resolveColumns(
  kind: ListKind,
  { columns }: ListMapping,
  header: readonly Cell[],
): Result<ResolvedColumns, string[]> {
  const names = new HeaderNames(header);
  const problems: string[] = [];
  const roles = new Map<string, number>();
  for (const role of rolesOf(kind)) {
    const ref = columns[role];
    if (ref === undefined) {
      const column = columnOf(kind, role);
      if (column?.required)
        problems.push(`no column is mapped to ${role}: call it "${column.names.join('", "')}", or map it`);
      continue;
    }
    const found = names.find(ref);
    if (found.ok) roles.set(role, found.value);
    else problems.push(found.error);
  }
  for (const role of Object.keys(columns)) {
    if (columnOf(kind, role) === undefined)
      problems.push(`a list of ${kind} has no "${role}"; it has ${rolesOf(kind).join(', ')}`);
  }
  return problems.length > 0 ? err(problems) : ok({ roles, names: names.names });
}
