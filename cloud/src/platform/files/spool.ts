import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import { fromFileSystem } from './file-error.ts';

/** A temporary file without a name: whatever ends the process, nothing stays behind. */
export async function withSpool<T>(use: (spool: FileHandle) => Promise<T>): Promise<T> {
  const path = join(tmpdir(), `meterline-upload-${randomUUID()}`);
  let spool: FileHandle | undefined;
  try {
    spool = await open(path, 'wx+', 0o600);
    await unlink(path);
    return await use(spool);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw fromFileSystem(error, 'Buffering an upload');
  } finally {
    await spool?.close();
  }
}
