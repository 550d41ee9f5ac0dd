import { fileError } from './file-error.ts';
import { isFileKey } from './file-key.ts';

const MAX_PAGE = 1000;

export function pageLimit(asked: number | undefined): number {
  if (asked === undefined || !Number.isFinite(asked)) return MAX_PAGE;
  return Math.min(MAX_PAGE, Math.max(1, Math.trunc(asked)));
}

/** The cursor is the last key of the page before, so it outlives restarts and works on every backend. */
export function encodePosition(key: string): string {
  return Buffer.from(key).toString('base64url');
}

export function decodePosition(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const key = Buffer.from(cursor, 'base64url').toString();
  if (!isFileKey(key))
    throw fileError('files_key_invalid', { message: 'This cursor does not come from a listing' });
  return key;
}
