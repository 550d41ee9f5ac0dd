import type { FileHandle } from 'node:fs/promises';
import { WallClock } from '../../kernel/local-time.ts';
import { type FileStore, withSpool } from '../../platform/files/index.ts';
import { type Cell, isBlank, type Row } from './domain/cell.ts';
import type { Directory } from './domain/directory.ts';
import { importError } from './domain/file.errors.ts';
import { type Mapping, resolveColumns } from './domain/mapping.ts';
import { RowReader } from './domain/row-reader.ts';
import type { ImportRun } from './imports.types.ts';
import { openTable, type Table } from './table.ts';

/** The stored file beside the process, nameless: workbooks are read from their end, and tables twice. */
export function withFile<T>(
  files: FileStore,
  { fileKey, sha256 }: Pick<ImportRun, 'fileKey' | 'sha256'>,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  return withSpool(async (spool) => {
    const { stream } = await files.get(fileKey, { sha256 });
    for await (const chunk of stream) await spool.writeFile(chunk as Buffer);
    return use(spool);
  });
}

/** The lines of the table that are to be readings: below the header, and not empty. */
export async function* bodyOf(table: Table, { headerLine }: Mapping): AsyncGenerator<Row> {
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

/** In the calendar of the building: next year is the last that a reading can be of. */
export function yearOf(run: Pick<ImportRun, 'createdAt' | 'zone'>): number {
  return run.createdAt.toZonedDateTimeISO(run.zone).year;
}

/** Throws with everything that the mapping lacks, in one go. */
export async function rowReader(
  run: Pick<ImportRun, 'createdAt' | 'zone'>,
  table: Table,
  mapping: Mapping,
  directory: Directory,
): Promise<RowReader> {
  const columns = resolveColumns(mapping, await headerOf(table, mapping.headerLine));
  if (!columns.ok) {
    throw importError('import_mapping_invalid', {
      message: columns.error.join('; '),
      details: { problems: columns.error },
    });
  }
  const clock = new WallClock(run.zone);
  return new RowReader({
    mapping,
    columns: columns.value,
    directory,
    instantOf: (date, seconds) => clock.instant(date, seconds),
    referenceYear: yearOf(run),
    date1904: table.date1904,
  });
}

export const openFor = (file: FileHandle, run: Pick<ImportRun, 'format'>, mapping: Mapping): Promise<Table> =>
  openTable(file, run.format, mapping);
