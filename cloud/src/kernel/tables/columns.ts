import { err, ok, type Result } from '../result.ts';
import { type Cell, plain } from './cell.ts';
import type { Delimiter } from './csv.ts';
import type { DateRules } from './date.ts';
import type { Encoding } from './encoding.ts';

/** A column by the words above it, or by its place from 1. */
export type ColumnRef = string | number;

/** What a person may say of a table, whatever its lines become. */
export interface TableMapping<Role extends string> {
  /** Of a workbook; absent: the first that is not hidden. */
  readonly sheet?: string | undefined;
  readonly encoding?: Encoding | undefined;
  readonly delimiter?: Delimiter | undefined;
  /** 0: there is none, and columns are numbers. */
  readonly headerLine: number;
  readonly columns: { readonly [Each in Role]?: ColumnRef | undefined };
  readonly dates: Pick<DateRules, 'order' | 'era'>;
  readonly decimal: '.' | ',';
  /** A formula's stored result may be older than the cells that it is made of. */
  readonly formulas: 'refuse' | 'stored';
}

/** Words above a column, as they are compared: case, spaces and points say nothing. */
export function headerKey(text: string): string {
  return plain(text)
    .toLowerCase()
    .replaceAll(/[\s._\-:/\\#*'"()[\]]/g, '');
}

/** The header of a file, in which columns are looked up. Problems are sentences that name what is there. */
export class HeaderNames {
  /** What people call the columns, by index. */
  readonly names: readonly string[];
  readonly #keys: readonly string[];

  constructor(header: readonly Cell[]) {
    this.names = header.map(({ text }) => plain(text));
    this.#keys = this.names.map(headerKey);
  }

  find(ref: ColumnRef): Result<number, string> {
    if (typeof ref === 'number') return ok(ref - 1);
    const key = headerKey(ref);
    const index = this.#keys.indexOf(key);
    if (index < 0) return err(`there is no column "${ref}"; the file has ${listed(this.names)}`);
    if (this.#keys.indexOf(key, index + 1) >= 0)
      return err(`two columns are called "${ref}"; give the number of the one that is meant, from 1`);
    return ok(index);
  }
}

const SHOWN = 30;

function listed(names: readonly string[]): string {
  const shown = names.filter((name) => name !== '').slice(0, SHOWN);
  if (shown.length === 0) return 'no header; give columns as numbers from 1, with headerLine 0';
  return shown.map((name) => `"${name.slice(0, 40)}"`).join(', ');
}
