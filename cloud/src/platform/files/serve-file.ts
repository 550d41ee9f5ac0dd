import type { Readable } from 'node:stream';
import { mayShowInline } from './content-type.ts';
import { fileError, isFileError } from './file-error.ts';
import type { ByteRange, FileInfo, FileStore } from './file-store.ts';
import { contentDisposition, matchesEtag, parseRange } from './http-headers.ts';
import type { FileLinks, VerifiedLink } from './links.ts';

export interface FileRequest {
  readonly method: 'GET' | 'HEAD';
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface FileResponse {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readable;
}

/** A browser must neither guess the type, nor run anything in it, nor let other sites embed or read it. */
const SAFETY = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
} as const;
const MAX_CACHE_SECONDS = 300;

/** Answers a request for a signed link; refusals are thrown as FileError. */
export async function serveFile(
  store: FileStore,
  links: FileLinks,
  request: FileRequest,
): Promise<FileResponse> {
  const link = links.verify(request.key, request.query);
  try {
    return await answer(store, link, request);
  } catch (error) {
    // Replaced between looking and reading; the second look sees the new content.
    if (isFileError(error, 'files_changed')) return answer(store, link, request);
    throw error;
  }
}

async function answer(store: FileStore, link: VerifiedLink, request: FileRequest): Promise<FileResponse> {
  const info = await store.stat(link.key);
  const etag = `"${info.sha256.slice(0, 32)}"`;
  const headers = { ...SAFETY, ...describe(info, link), etag };
  if (matchesEtag(header(request, 'if-none-match'), etag)) return { status: 304, headers };

  const range = askedRange(request, info, etag);
  if (range === 'unsatisfiable') {
    return {
      status: 416,
      headers: { ...SAFETY, 'content-range': `bytes */${info.size}`, 'content-length': '0' },
    };
  }
  const status = range ? 206 : 200;
  const sized = { ...headers, 'content-type': typeHeader(info), ...extent(info, range) };
  if (request.method === 'HEAD') return { status, headers: sized };
  const { stream } = await store.get(link.key, { sha256: info.sha256, ...(range && { range }) });
  return { status, headers: sized, body: stream };
}

function askedRange(
  request: FileRequest,
  info: FileInfo,
  etag: string,
): ByteRange | 'unsatisfiable' | undefined {
  const condition = header(request, 'if-range');
  // If-Range compares strongly, and by date only to the second, which is too coarse to trust.
  if (condition !== undefined && condition !== etag) return undefined;
  return parseRange(header(request, 'range'), info.size);
}

function describe(info: FileInfo, link: VerifiedLink): Record<string, string> {
  const disposition = mayShowInline(info.contentType) ? link.disposition : 'attachment';
  return {
    'content-disposition': contentDisposition(disposition, link.downloadName),
    'cache-control': `private, max-age=${Math.min(MAX_CACHE_SECONDS, link.secondsLeft)}`,
    'last-modified': info.modifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
  };
}

function extent(info: FileInfo, range: ByteRange | undefined): Record<string, string> {
  if (!range) return { 'content-length': String(info.size) };
  return {
    'content-length': String(range.end - range.start + 1),
    'content-range': `bytes ${range.start}-${range.end}/${info.size}`,
  };
}

function typeHeader({ contentType }: FileInfo): string {
  // Shown in place, Thai text without a stated encoding comes out as rubbish.
  return contentType === 'text/plain' ? 'text/plain; charset=utf-8' : contentType;
}

function header({ headers }: FileRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** For callers that parse a whole path: what follows the mount point, unescaped; the key grammar judges the rest. */
export function keyFromPath(rest: string): string {
  try {
    return decodeURIComponent(rest);
  } catch {
    throw fileError('files_key_invalid', { message: 'This is not a file' });
  }
}
