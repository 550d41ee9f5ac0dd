import { type Cell, FILE_LIMITS, type Row } from '../../kernel/tables/cell.ts';
import { cellAddress, type MergedRange, mergedRange } from '../../kernel/tables/sheet-cells.ts';
import { tableError } from '../../kernel/tables/table.errors.ts';
import type { SheetContext } from './workbook.ts';
import { type XmlHandlers, xmlEvents } from './xml-events.ts';

const SHEET_BYTES = 768 * 1024 * 1024;
const MAX_MERGED = 20_000;
const EMPTY: Cell = { kind: 'text', text: '' };

interface Scan {
  readonly merged: readonly MergedRange[];
  readonly lines: number;
  readonly hiddenRows: number;
}

/** What stands behind the cells: which of them are merged, and how many lines there are. */
export async function scanSheet({ archive, part }: Pick<SheetContext, 'archive' | 'part'>): Promise<Scan> {
  const merged: MergedRange[] = [];
  let lines = 0;
  let hiddenRows = 0;
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (name === 'row') {
        lines = lineOf(attributes.r, lines);
        if (/^(1|true)$/.test(attributes.hidden ?? '')) hiddenRows += 1;
      }
      if (name !== 'mergeCell') return;
      const range = mergedRange(attributes.ref ?? '');
      if (range) merged.push(range);
      if (merged.length > MAX_MERGED) {
        throw tableError('import_file_too_large', {
          message: `the sheet has more than ${MAX_MERGED} merged cells; save it as CSV`,
        });
      }
    },
  };
  for await (const _ of xmlEvents(archive.read(part, SHEET_BYTES), handlers));
  merged.sort((a, b) => a.top - b.top);
  return { merged, lines, hiddenRows };
}

export async function* sheetRows(context: SheetContext): AsyncGenerator<Row> {
  const builder = new RowBuilder(context);
  const bytes = context.archive.read(context.part, SHEET_BYTES);
  for await (const _ of xmlEvents(bytes, builder)) yield* builder.taken();
}

function lineOf(reference: string | undefined, before: number): number {
  const line = Number(reference ?? before + 1);
  if (Number.isInteger(line) && line > before && line <= 1_048_576) return line;
  throw tableError('import_file_unreadable', {
    message: `the workbook cannot be read: line ${before} is followed by line ${String(reference).slice(0, 20)}`,
  });
}

class RowBuilder implements XmlHandlers {
  readonly #context: SheetContext;
  readonly #covers: Covers;
  #rows: Row[] = [];
  #line = 0;
  #cells: Cell[] = [];
  #column = -1;
  #type = '';
  #style = 0;
  #isFormula = false;
  #value = '';
  #inValue = false;
  #phonetic = 0;

  constructor(context: SheetContext) {
    this.#context = context;
    this.#covers = new Covers(context.merged);
  }

  taken(): Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === 'row') {
      this.#line = lineOf(attributes.r, this.#line);
      this.#cells = [];
      this.#column = -1;
    } else if (name === 'c') {
      this.#column =
        attributes.r === undefined ? this.#column + 1 : (cellAddress(attributes.r)?.column ?? -1);
      this.#type = attributes.t ?? 'n';
      this.#style = Number(attributes.s ?? 0);
      this.#isFormula = false;
      this.#value = '';
    } else if (name === 'f') this.#isFormula = true;
    else if (name === 'rPh') this.#phonetic += 1;
    this.#inValue = name === 'v' || (name === 't' && this.#phonetic === 0);
  }

  text(text: string): void {
    if (!this.#inValue) return;
    this.#value += text;
    if (this.#value.length <= FILE_LIMITS.rowCharacters) return;
    throw tableError('import_file_unreadable', {
      message: `line ${this.#line}: a cell has more than ${FILE_LIMITS.rowCharacters} characters: this is no table`,
    });
  }

  close(name: string): void {
    if (name === 'rPh') this.#phonetic -= 1;
    if (name === 'v' || name === 't') this.#inValue = false;
    if (name === 'c') this.#endCell();
    if (name === 'row')
      this.#rows.push({ line: this.#line, cells: this.#covers.fill(this.#line, this.#cells) });
  }

  #endCell(): void {
    const cell = this.#cell();
    if (cell.text === '') return;
    if (this.#column < 0 || this.#column >= FILE_LIMITS.columns) {
      throw tableError('import_file_unreadable', {
        message: `line ${this.#line} has more than ${FILE_LIMITS.columns} cells; remove the columns that are not needed`,
      });
    }
    while (this.#cells.length < this.#column) this.#cells.push(EMPTY);
    this.#cells[this.#column] = cell;
  }

  #cell(): Cell {
    const from = this.#isFormula ? ({ from: 'formula' } as const) : {};
    const value = this.#value;
    switch (this.#type) {
      case 's':
        return { kind: 'text', text: this.#context.strings[Number(value)] ?? '', ...from };
      case 'e':
        return { kind: 'error', text: value };
      case 'b':
        return { kind: 'text', text: value === '1' ? 'TRUE' : 'FALSE', ...from };
      case 'n':
        return { kind: this.#context.isDate[this.#style] ? 'date' : 'number', text: value, ...from };
      default:
        // inlineStr, str (of a formula), d (ISO 8601).
        return { kind: 'text', text: value, ...from };
    }
  }
}

/** Lends the content of merged cells to the cells that they cover. */
class Covers {
  readonly #waiting: MergedRange[];
  #open: { readonly range: MergedRange; readonly cell: Cell }[] = [];

  /** By their first line. */
  constructor(merged: readonly MergedRange[]) {
    this.#waiting = [...merged].reverse();
  }

  fill(line: number, cells: Cell[]): Cell[] {
    this.#open = this.#open.filter(({ range }) => range.bottom >= line);
    for (let next = this.#waiting.at(-1); next && next.top <= line; next = this.#waiting.at(-1)) {
      this.#waiting.pop();
      const origin = next.top === line ? cells[next.left] : undefined;
      if (origin && origin.text !== '') this.#open.push({ range: next, cell: { ...origin, from: 'merged' } });
    }
    for (const { range, cell } of this.#open) {
      for (let column = range.left; column <= range.right; column++) {
        while (cells.length <= column) cells.push(EMPTY);
        if (cells[column]?.text === '') cells[column] = cell;
      }
    }
    return cells;
  }
}
