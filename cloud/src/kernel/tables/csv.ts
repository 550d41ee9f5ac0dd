import { type Cell, FILE_LIMITS, type Row } from './cell.ts';
import { tableError } from './table.errors.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * RFC 4180 as spreadsheets write it, fed in pieces of any size: quotes may hold delimiters and line ends, a line ends
 * with LF, CRLF or CR. A quote inside of an unquoted cell is a character like any other.
 */
export class CsvReader {
  readonly #delimiter: Delimiter;
  #cells: Cell[] = [];
  #cell = '';
  #size = 0;
  /** `closing`: after a quote inside of a quoted cell, which is its end unless another quote follows. */
  #state: 'start' | 'plain' | 'quoted' | 'closing' = 'start';
  #line = 1;
  #recordLine = 1;
  #afterCr = false;
  #rows: Row[] = [];

  constructor(delimiter: Delimiter) {
    this.#delimiter = delimiter;
  }

  push(text: string): Row[] {
    for (let i = 0; i < text.length; ) {
      const end = this.#runEnd(text, i);
      if (end > i) {
        this.#append(text.slice(i, end));
        this.#afterCr = false;
      } else this.#take(text[end] ?? '');
      i = Math.max(end, i + 1);
    }
    return this.#taken();
  }

  end(): Row[] {
    if (this.#state === 'quoted') throw this.#unclosed();
    if (this.#cells.length > 0 || this.#cell !== '' || this.#state !== 'start') this.#endRow();
    return this.#taken();
  }

  /** Up to the next character that means something in this state; a copy in one piece is what makes it fast. */
  #runEnd(text: string, from: number): number {
    let end = from;
    if (this.#state === 'quoted') {
      while (end < text.length && text[end] !== '"' && text[end] !== '\n' && text[end] !== '\r') end++;
    } else if (this.#state === 'plain') {
      while (end < text.length && !this.#isSpecial(text[end] ?? '')) end++;
    }
    return end;
  }

  #isSpecial(character: string): boolean {
    return character === this.#delimiter || character === '\n' || character === '\r';
  }

  #take(character: string): void {
    const followsCr = this.#afterCr;
    this.#afterCr = character === '\r';
    if (character === '\n' && followsCr) {
      // The second half of a CRLF, of which the first has ended the line.
      if (this.#state === 'quoted') this.#append('\n');
      return;
    }
    const endsLine = character === '\n' || character === '\r';
    if (this.#state === 'quoted') {
      if (character === '"') this.#state = 'closing';
      else {
        if (endsLine) this.#nextLineOfRecord();
        this.#append(character);
      }
      return;
    }
    if (endsLine) this.#endRow();
    else if (character === this.#delimiter) this.#endCell();
    else if (character === '"' && this.#state !== 'plain') {
      if (this.#state === 'closing') this.#append('"');
      this.#state = 'quoted';
    } else {
      this.#state = 'plain';
      this.#append(character);
    }
  }

  #append(text: string): void {
    this.#cell += text;
    this.#size += text.length;
    if (this.#size <= FILE_LIMITS.rowCharacters) return;
    if (this.#state === 'quoted') throw this.#unclosed();
    throw tableError('import_file_unreadable', {
      message: `line ${this.#recordLine} has more than ${FILE_LIMITS.rowCharacters} characters: this is no table`,
      details: { line: this.#recordLine },
    });
  }

  #endCell(): void {
    this.#cells.push({ kind: 'text', text: this.#cell });
    this.#cell = '';
    this.#state = 'start';
    if (this.#cells.length > FILE_LIMITS.columns) throw this.#tooWide();
  }

  #endRow(): void {
    this.#endCell();
    this.#rows.push({ line: this.#recordLine, cells: this.#cells });
    this.#cells = [];
    this.#size = 0;
    this.#line += 1;
    this.#recordLine = this.#line;
  }

  #nextLineOfRecord(): void {
    this.#line += 1;
    if (this.#line - this.#recordLine > FILE_LIMITS.recordLines) throw this.#unclosed();
  }

  #taken(): Row[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #unclosed() {
    const line = this.#recordLine;
    return tableError('import_file_unreadable', {
      message: `line ${line}: a quoted cell begins and does not end; close it with ", or write "" for a quote inside of it`,
      details: { line },
    });
  }

  #tooWide() {
    return tableError('import_file_unreadable', {
      message: `line ${this.#recordLine} has more than ${FILE_LIMITS.columns} cells; remove the columns that are not needed`,
      details: { line: this.#recordLine },
    });
  }
}

/** The delimiter that cuts the first lines most alike, into more than one cell. */
export function detectDelimiter(head: string): Delimiter {
  let best: { delimiter: Delimiter; score: number } = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const score = scoreOf(head, delimiter);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

const LOOKED_AT = 50;

function scoreOf(head: string, delimiter: Delimiter): number {
  let rows: readonly Row[];
  try {
    // The last row may be cut in its middle.
    rows = new CsvReader(delimiter).push(`${head}\n`).slice(0, LOOKED_AT);
  } catch {
    return 0;
  }
  const widths = new Map<number, number>();
  for (const { cells } of rows)
    if (cells.length > 1) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  // Many lines of one width tell more than a few wide ones.
  return Math.max(0, ...[...widths].map(([width, lines]) => lines * 10 + Math.min(width, 9)));
}
