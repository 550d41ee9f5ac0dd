import { err, ok, type Result } from '../result.ts';
import { type Cell, FILE_LIMITS, plain } from './cell.ts';

export type CellFault = 'cell_error' | 'cell_formula' | 'cell_merged' | 'cell_too_long';

export interface CellRules {
  readonly formulas: 'refuse' | 'stored';
  /** A merged cell names a room for all the lines beside it; a value belongs to one line. */
  readonly mayBeMerged: boolean;
}

export const textOf = (cell: Cell | undefined): string => (cell === undefined ? '' : plain(cell.text));

/** The text of a cell as programs compare it; empty where there is none. */
export function usableText(cell: Cell | undefined, rules: CellRules): Result<string, CellFault> {
  const text = textOf(cell);
  if (cell === undefined || text === '') return ok('');
  if (cell.kind === 'error') return err('cell_error');
  if (cell.from === 'formula' && rules.formulas === 'refuse') return err('cell_formula');
  if (cell.from === 'merged' && !rules.mayBeMerged) return err('cell_merged');
  return text.length > FILE_LIMITS.cellCharacters ? err('cell_too_long') : ok(text);
}
