import type { Fault } from '../../kernel/tables/faults.ts';

const PAGE = 1_000;

/** Faults as a table for a spreadsheet, a page at a time. */
export async function* faultTable(
  page: (after: number, limit: number) => Promise<readonly (Fault & { readonly no: number })[]>,
): AsyncGenerator<string> {
  yield `\ufeff${csvLine(['line', 'column', 'column_name', 'code', 'value', 'problem', 'remedy'])}`;
  for (let after = 0; ; ) {
    const faults = await page(after, PAGE);
    yield faults
      .map(({ line, column, columnName, code, value, problem, remedy }) =>
        csvLine([line, column ?? '', columnName ?? '', code, value, problem, remedy]),
      )
      .join('');
    const last = faults.at(-1);
    if (last === undefined || faults.length < PAGE) return;
    after = last.no;
  }
}

/** A cell that would be taken for a formula is defused. */
export const csvLine = (cells: readonly (string | number)[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(value: string | number): string {
  const plain = String(value);
  const defused = typeof value === 'string' && /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n;]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}
