import { fileTypeFromBuffer } from 'file-type';
import type { AppError } from '../../kernel/errors.ts';
import { fileError } from './file-error.ts';

interface TypeRule {
  /** Types that the first bytes may prove; none: text, which has no signature. */
  readonly proofs: readonly string[];
  /** May a browser show it in place? Never what can carry script: SVG, HTML. */
  readonly inline: boolean;
}

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Every type that can be stored. */
const TYPES = {
  'application/pdf': { proofs: ['application/pdf'], inline: true },
  'image/png': { proofs: ['image/png'], inline: true },
  'image/jpeg': { proofs: ['image/jpeg'], inline: true },
  'image/webp': { proofs: ['image/webp'], inline: true },
  'image/gif': { proofs: ['image/gif'], inline: true },
  'image/heic': { proofs: ['image/heic', 'image/heif', 'image/heic-sequence'], inline: true },
  'application/zip': { proofs: ['application/zip'], inline: false },
  'application/gzip': { proofs: ['application/gzip'], inline: false },
  // A workbook is a zip whose telling entry may lie beyond the bytes looked at.
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
    proofs: [XLSX, 'application/zip'],
    inline: false,
  },
  'text/plain': { proofs: [], inline: true },
  'text/csv': { proofs: [], inline: false },
  'application/json': { proofs: [], inline: false },
  'image/svg+xml': { proofs: [], inline: false },
  'text/html': { proofs: [], inline: false },
} as const satisfies Record<string, TypeRule>;

export type ContentType = keyof typeof TYPES;
export const CONTENT_TYPES = Object.keys(TYPES) as readonly ContentType[];

/** Enough for every signature, and for the first entries of a workbook. */
export const HEAD_BYTES = 65_536;

export function isContentType(value: string): value is ContentType {
  return Object.hasOwn(TYPES, value);
}

/** `Text/CSV; charset=windows-874` → `text/csv`; throws `files_type_refused`. */
export function parseContentType(claimed: string): ContentType {
  const essence = claimed.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const canonical = essence === 'image/jpg' ? 'image/jpeg' : essence;
  if (!isContentType(canonical)) {
    throw fileError('files_type_refused', {
      message: `Files of this type are not stored. Stored are: ${CONTENT_TYPES.join(', ')}`,
    });
  }
  return canonical;
}

export function mayShowInline(type: ContentType): boolean {
  return TYPES[type].inline;
}

export function isText(type: ContentType): boolean {
  return TYPES[type].proofs.length === 0;
}

/** Does the beginning of the content bear out the claimed type? Throws `files_type_refused`. */
export async function proveContentType(claimed: ContentType, head: Uint8Array): Promise<void> {
  const found = (await fileTypeFromBuffer(head))?.mime;
  if (isText(claimed)) {
    const harmless = found === undefined || found === 'application/xml';
    if (!harmless) throw refused(claimed, found);
    return;
  }
  const proofs: readonly string[] = TYPES[claimed].proofs;
  if (found === undefined || !proofs.includes(found)) throw refused(claimed, found);
}

/** UTF-16, as spreadsheets export it, is full of zero bytes; any other text has none. */
export function startsAsUtf16(head: Uint8Array): boolean {
  return (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
}

export function refused(claimed: ContentType, found: string | undefined): AppError {
  return fileError('files_type_refused', {
    message: `The content is not ${claimed} but ${found ?? 'something else'}`,
  });
}
