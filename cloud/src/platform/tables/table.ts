import type { FileHandle } from 'node:fs/promises';
import type { Row } from '../../kernel/tables/cell.ts';
import { CsvReader, type Delimiter, detectDelimiter } from '../../kernel/tables/csv.ts';
import { type Encoding, EncodingProbe } from '../../kernel/tables/encoding.ts';
import { checkLines } from '../../kernel/tables/line-limit.ts';
import { tableError } from '../../kernel/tables/table.errors.ts';
import { spooled } from '../files/index.ts';
import { openWorkbook } from './workbook.ts';

export const FORMATS = ['csv', 'xlsx'] as const;
export type Format = (typeof FORMATS)[number];

/** What the reader found out about the file, so that a person can say otherwise. */
export interface TableFacts {
  readonly encoding?: Encoding;
  readonly delimiter?: Delimiter;
  readonly sheet?: string;
  readonly sheets?: readonly { readonly name: string; readonly hidden: boolean }[];
  readonly notes: readonly string[];
}

/** A file as lines of cells, read as often as is asked, in pieces of bounded size. */
export interface Table {
  readonly facts: TableFacts;
  readonly lines: number;
  readonly date1904: boolean;
  rows(): AsyncIterable<Row>;
  close(): Promise<void>;
}

export interface TableChoice {
  readonly encoding?: Encoding | undefined;
  readonly delimiter?: Delimiter | undefined;
  readonly sheet?: string | undefined;
}

export function openTable(file: FileHandle, format: Format, choice: TableChoice): Promise<Table> {
  return format === 'xlsx' ? openWorkbook(file, choice.sheet) : openCsv(file, choice);
}

const HEAD_CHARACTERS = 32_768;
const LF = 0x0a;
const CR = 0x0d;

async function openCsv(file: FileHandle, choice: TableChoice): Promise<Table> {
  const probe = new EncodingProbe();
  let lines = 1;
  let last = 0;
  for await (const chunk of spooled(file)) {
    probe.take(chunk);
    for (const byte of chunk) {
      if (byte === LF ? last !== CR : byte === CR) lines += 1;
      if (byte !== 0) last = byte;
    }
  }
  checkLines(lines);
  const detected = probe.finish();
  const encoding = choice.encoding ?? detected?.encoding;
  if (encoding === undefined) {
    throw tableError('import_file_unreadable', {
      message:
        'the encoding of the file cannot be told: it is neither UTF-8, UTF-16 nor Windows-874; save it as CSV UTF-8',
    });
  }
  const delimiter = choice.delimiter ?? detectDelimiter(await headOf(file, encoding));
  const because = choice.encoding ? 'the mapping says so' : (detected?.because ?? '');
  return {
    facts: { encoding, delimiter, notes: [`read as ${encoding}: ${because}`] },
    lines,
    date1904: false,
    rows: () => csvRows(file, encoding, delimiter),
    close: async () => {},
  };
}

async function headOf(file: FileHandle, encoding: Encoding): Promise<string> {
  let head = '';
  for await (const text of textOf(file, encoding)) {
    head += text;
    if (head.length >= HEAD_CHARACTERS) break;
  }
  return head.slice(0, HEAD_CHARACTERS);
}

async function* csvRows(file: FileHandle, encoding: Encoding, delimiter: Delimiter): AsyncGenerator<Row> {
  const reader = new CsvReader(delimiter);
  for await (const text of textOf(file, encoding)) yield* reader.push(text);
  yield* reader.end();
}

async function* textOf(file: FileHandle, encoding: Encoding): AsyncGenerator<string> {
  // Windows-874 has a character for each byte or none; of the others a broken one is no text at all.
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of spooled(file)) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw tableError('import_file_unreadable', {
      message: `the file is not ${encoding}; leave the encoding out to have it detected, or save it as CSV UTF-8`,
      cause: error,
    });
  }
}
