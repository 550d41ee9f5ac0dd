import { type Cell, isBlank, type Row } from '../../kernel/tables/cell.ts';
import type { Table } from './table.ts';

/** The lines that hold something: below the header, and not empty. */
export async function* bodyOf(table: Table, headerLine: number): AsyncGenerator<Row> {
  for await (const row of table.rows()) if (row.line > headerLine && !isBlank(row)) yield row;
}

export async function headerOf(table: Table, headerLine: number): Promise<readonly Cell[]> {
  if (headerLine === 0) return [];
  for await (const row of table.rows()) {
    if (row.line === headerLine) return row.cells;
    if (row.line > headerLine) break;
  }
  return [];
}
