import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Row } from '../kernel/tables/cell.ts';
import type { DateOrder } from '../kernel/tables/date.ts';
import { tableError } from '../kernel/tables/table.errors.ts';
import {
  bodyOf,
  type Format,
  headerOf,
  openTable,
  sniffed,
  type TableFacts,
} from '../platform/tables/index.ts';
import type { ListKind } from './domain/list-columns.ts';
import {
  type FileSurroundings,
  type ListMapping,
  proposeMapping,
  type ResolvedColumns,
  resolveColumns,
} from './domain/list-mapping.ts';

/** Of one list, which is held in memory and written in one transaction. */
export const MOST_LINES = 10_000;
const MOST_BYTES = 16 * 1024 * 1024;
const LINES_SAMPLED = 500;

export interface Received {
  readonly format: Format;
  readonly sha256: string;
  readonly size: number;
}

/** The file beside the process, nameless: workbooks are read from their end. */
export async function receive(spool: FileHandle, body: Readable): Promise<Received> {
  const { format, content } = await sniffed(body);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of content) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MOST_BYTES) {
      content.destroy();
      throw tableError('import_file_too_large', {
        message: `the file has more than ${MOST_BYTES / 1024 / 1024} MB; split it`,
      });
    }
    hash.update(bytes);
    await spool.writeFile(bytes);
  }
  return { format, sha256: hash.digest('hex'), size };
}

/** A list as it lies there: what it is made of, and its lines, none of them judged. */
export interface OpenedList {
  readonly facts: TableFacts;
  readonly date1904: boolean;
  readonly mapping: ListMapping;
  readonly proposed: boolean;
  readonly notes: readonly string[];
  readonly problems: readonly string[];
  readonly columns: ResolvedColumns;
  readonly rows: readonly Row[];
}

const NO_COLUMNS: ResolvedColumns = { roles: new Map(), names: [] };

export async function openList(
  file: FileHandle,
  format: Format,
  kind: ListKind,
  given: ListMapping | undefined,
  surroundings: FileSurroundings,
): Promise<OpenedList> {
  const table = await openTable(file, format, given ?? {});
  try {
    const all: Row[] = [];
    for await (const row of bodyOf(table, 0)) {
      all.push(row);
      if (all.length > MOST_LINES + LINES_SAMPLED) throw tooLong();
    }
    const proposal = given ? undefined : proposeMapping(kind, all.slice(0, LINES_SAMPLED), surroundings);
    const mapping = given ? inOrder(given, surroundings.dateOrder) : proposal?.mapping;
    if (mapping === undefined) throw new TypeError('a mapping is given or proposed');
    const rows = all.filter(({ line }) => line > mapping.headerLine);
    if (rows.length > MOST_LINES) throw tooLong();
    const columns = resolveColumns(kind, mapping, await headerOf(table, mapping.headerLine));
    const empty = columns.ok && rows.length === 0 ? ['the file holds no lines below its header'] : [];
    return {
      facts: table.facts,
      date1904: table.date1904,
      mapping,
      proposed: given === undefined,
      notes: [...table.facts.notes, ...(proposal?.notes ?? [])],
      problems: columns.ok ? empty : columns.error,
      columns: columns.ok ? columns.value : NO_COLUMNS,
      rows: columns.ok ? rows : [],
    };
  } finally {
    await table.close();
  }
}

const inOrder = (mapping: ListMapping, order: DateOrder = mapping.dates.order): ListMapping => ({
  ...mapping,
  dates: { ...mapping.dates, order },
});

const tooLong = () =>
  tableError('import_file_too_large', { message: `the list has more than ${MOST_LINES} lines; split it` });
