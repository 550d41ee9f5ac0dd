import type { ByteRange } from './file-store.ts';
import { cleanName } from './links.ts';

/** RFC 6266 with RFC 5987: an ASCII name for old programs, the real one (Thai, say) in UTF-8 for all others. */
export function contentDisposition(
  disposition: 'attachment' | 'inline',
  downloadName: string | undefined,
): string {
  const name = downloadName === undefined ? '' : cleanName(downloadName);
  if (name === '') return disposition;
  const ascii = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\%]/g, '_');
  const plain = `${disposition}; filename="${ascii}"`;
  return ascii === name ? plain : `${plain}; filename*=UTF-8''${encodeExtended(name)}`;
}

function encodeExtended(name: string): string {
  // attr-char of RFC 5987 is narrower than what encodeURIComponent leaves alone.
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const candidates = header.split(',').map((it) => it.trim());
  return candidates.some((it) => it === '*' || it.replace(/^W\//, '') === etag);
}

/**
 * One range of bytes (RFC 9110, 14.1.2). `undefined`: none asked, several asked, or not understood, and then the
 * whole file is the right answer. `unsatisfiable`: 416.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (!match || (first === '' && last === '')) return undefined;
  if (first === '') {
    const suffix = Number(last);
    if (suffix === 0 || size === 0) return 'unsatisfiable';
    return { start: Math.max(0, size - suffix), end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
