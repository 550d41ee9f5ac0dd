import type { AppError } from '../../kernel/errors.ts';
import { type ContentType, isContentType } from './content-type.ts';
import { fileError } from './file-error.ts';

/**
 * A stored file is its content followed by 512 bytes that describe it: JSON, spaces, a mark. One file and so one
 * rename: content and description cannot come apart, and a file cut short shows.
 */
export const TRAILER_BYTES = 512;
const MARK = '\nMLFILE1\n';

export interface Trailer {
  readonly contentType: ContentType;
  readonly size: number;
  readonly sha256: string;
}

export function encodeTrailer({ contentType, size, sha256 }: Trailer): Buffer {
  const json = JSON.stringify({ contentType, size, sha256 });
  return Buffer.from(`\n${json.padEnd(TRAILER_BYTES - MARK.length - 1)}${MARK}`, 'latin1');
}

export function decodeTrailer(bytes: Buffer, contentBytes: number): Trailer {
  const text = bytes.toString('latin1');
  if (bytes.length !== TRAILER_BYTES || !text.endsWith(MARK)) throw damaged('its description is missing');
  const described: unknown = parse(text.slice(0, -MARK.length));
  if (!isTrailer(described)) throw damaged('its description cannot be read');
  if (described.size !== contentBytes) throw damaged(`${contentBytes} bytes instead of ${described.size}`);
  return { contentType: described.contentType, size: described.size, sha256: described.sha256 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTrailer(value: unknown): value is Trailer {
  if (typeof value !== 'object' || value === null) return false;
  const { contentType, size, sha256 } = value as Record<string, unknown>;
  return (
    typeof contentType === 'string' &&
    isContentType(contentType) &&
    Number.isSafeInteger(size) &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

function damaged(why: string): AppError {
  return fileError('files_damaged', { message: `A stored file is damaged: ${why}` });
}
