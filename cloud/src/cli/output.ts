import type { Terminal } from './terminal.ts';

export interface OutputOptions {
  readonly json?: boolean;
}

/** Aligned columns for a person, one JSON object a line for a program. */
export function printRows(
  terminal: Terminal,
  rows: readonly object[],
  columns: readonly string[],
  options: OutputOptions,
): void {
  if (options.json) {
    for (const row of rows) terminal.out(JSON.stringify(row));
    return;
  }
  if (rows.length === 0) {
    terminal.out('none');
    return;
  }
  const table = [
    columns.map((column) => column.replace(/[A-Z]/g, ' $&').toUpperCase()),
    ...rows.map((row) => columns.map((column) => cell(Reflect.get(row, column)))),
  ];
  const widths = columns.map((_, index) => Math.max(...table.map((line) => line[index]?.length ?? 0)));
  for (const line of table) {
    terminal.out(
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

const MAX_CELL = 80;

/** Reasons and names come from outside: no control character of theirs reaches the terminal. */
export function cell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  const clean = text.replace(/\p{Cc}+/gu, ' ');
  return clean.length > MAX_CELL ? `${clean.slice(0, MAX_CELL - 1)}…` : clean;
}
