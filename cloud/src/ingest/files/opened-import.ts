import type { FileHandle } from 'node:fs/promises';
import { WallClock } from '../../kernel/local-time.ts';
import { tableError } from '../../kernel/tables/table.errors.ts';
import { type FileStore, withSpool } from '../../platform/files/index.ts';
import { headerOf, openTable, type Table } from '../../platform/tables/index.ts';
import type { Directory } from './domain/directory.ts';
import { type Mapping, resolveColumns } from './domain/mapping.ts';
import { RowReader } from './domain/row-reader.ts';
import type { ImportRun } from './imports.types.ts';

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
    throw tableError('import_mapping_invalid', {
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
