import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from './file-error.ts';
import { isFileKey } from './file-key.ts';
import type { FilePage, ListedFile } from './file-store.ts';
import { encodePosition } from './listing.ts';
import { TRAILER_BYTES } from './trailer.ts';

export async function listFolder(
  root: string,
  folders: readonly string[],
  page: { limit: number; after: string },
): Promise<FilePage> {
  const files: ListedFile[] = [];
  const prefix = folders.map((folder) => `${folder}/`).join('');
  for await (const key of keysAfter(root, prefix, page.after)) {
    const stats = await lstat(join(root, key)).catch(ignoreMissing);
    // Deleted since, or no stored file.
    if (!stats?.isFile() || stats.size < TRAILER_BYTES) continue;
    const last = files.at(-1);
    if (last && files.length === page.limit) return { files, cursor: encodePosition(last.key) };
    files.push({ key, size: stats.size - TRAILER_BYTES, modifiedAt: stats.mtime });
  }
  return { files };
}

/** Depth first, a folder sorted as if its slash belonged to the name: the byte order of whole keys, as S3 lists. */
async function* keysAfter(root: string, prefix: string, after: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, prefix), { withFileTypes: true }).catch(ignoreMissing);
  const paths = (entries ?? []).map((entry) => prefix + pathOf(entry)).sort();
  for (const path of paths) {
    if (path.endsWith('/')) {
      const wholeFolderBefore = path < after && !after.startsWith(path);
      if (!wholeFolderBefore) yield* keysAfter(root, path, after);
    } else if (path > after && isFileKey(path)) {
      yield path;
    }
  }
}

function pathOf(entry: Dirent): string {
  // Symbolic links are neither: they count as files here and fall out at lstat.
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}

function ignoreMissing(error: unknown): undefined {
  const code = errno(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
