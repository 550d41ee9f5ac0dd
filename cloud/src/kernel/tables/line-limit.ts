import { FILE_LIMITS } from './cell.ts';
import { tableError } from './table.errors.ts';

export function checkLines(lines: number): void {
  if (lines <= FILE_LIMITS.lines) return;
  throw tableError('import_file_too_large', {
    message: `the file has more than ${FILE_LIMITS.lines} lines; split it`,
  });
}
