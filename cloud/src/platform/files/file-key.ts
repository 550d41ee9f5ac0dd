import { fileError } from './file-error.ts';

/**
 * Folders, then a name with one ending: `invoices/2026/0198c2.pdf`.
 * Lower-case ASCII alone, so that no file system's case folding or Unicode normalisation can make two keys one.
 * Folders carry no dot and names carry exactly one, so a key is never another key's folder, and `..` cannot be said.
 */
const FOLDER = /^[a-z0-9][a-z0-9_-]{0,99}$/;
const NAME = /^[a-z0-9][a-z0-9_-]{0,99}\.[a-z0-9]{1,10}$/;
const MAX_LENGTH = 512;
const MAX_SEGMENTS = 16;

export function isFileKey(key: string): boolean {
  if (key.length > MAX_LENGTH) return false;
  const folders = key.split('/');
  const name = folders.pop();
  return (
    name !== undefined &&
    NAME.test(name) &&
    folders.length < MAX_SEGMENTS &&
    folders.every((folder) => FOLDER.test(folder))
  );
}

/** The key's segments; throws `files_key_invalid`. The key itself is not repeated: it may hold anything. */
export function keySegments(key: string): { folders: string[]; name: string } {
  if (!isFileKey(key)) {
    throw fileError('files_key_invalid', {
      message: 'A file key is lower-case folders and a name with one ending',
    });
  }
  const folders = key.split('/');
  const name = folders.pop() ?? '';
  return { folders, name };
}

/** A listing's prefix is empty or whole folders with a closing slash: `invoices/2026/`. */
export function prefixFolders(prefix: string): string[] {
  if (prefix === '') return [];
  const folders = prefix.split('/');
  const closing = folders.pop();
  if (closing !== '' || folders.length >= MAX_SEGMENTS || !folders.every((folder) => FOLDER.test(folder))) {
    throw fileError('files_key_invalid', { message: 'A prefix is empty, or folders with a closing slash' });
  }
  return folders;
}
