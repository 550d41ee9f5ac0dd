import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import { fromFileSystem } from './file-error.ts';

const SPOOL_CHUNK = 256 * 1024;

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

/** By position, and without taking the handle over as its own streams do: a repetition needs it again. */
export async function* spooled(spool: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await spool.read(Buffer.allocUnsafe(SPOOL_CHUNK), 0, SPOOL_CHUNK, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
