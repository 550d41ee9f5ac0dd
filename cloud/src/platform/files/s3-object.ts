import { Readable } from 'node:stream';
import { isContentType } from './content-type.ts';
import { fileError } from './file-error.ts';
import type { ByteRange, FileInfo } from './file-store.ts';

/** The part of an S3 answer that describes an object. */
interface ObjectHead {
  readonly ContentType?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
  readonly LastModified?: Date | undefined;
}

export function infoFrom(key: string, head: ObjectHead, size: number | undefined): FileInfo {
  const { ContentType: contentType = '', Metadata: { sha256 = '' } = {}, LastModified: modifiedAt } = head;
  if (
    size === undefined ||
    modifiedAt === undefined ||
    !isContentType(contentType) ||
    !/^[0-9a-f]{64}$/.test(sha256)
  ) {
    throw fileError('files_damaged', { message: 'An object in the bucket is not as the hub stores them' });
  }
  return { key, size, contentType, sha256, modifiedAt };
}

/** Some S3-compatible servers answer with more than the range that was asked for, or with the whole object. */
export function cutTo(
  { start, end }: ByteRange,
  stream: Readable,
  contentRange: string | undefined,
): Readable {
  if (contentRange?.startsWith(`bytes ${start}-${end}/`)) return stream;
  const first = Number(/^bytes (\d+)-/.exec(contentRange ?? '')?.[1] ?? 0);
  async function* cut(): AsyncGenerator<Buffer> {
    let position = first;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const wanted = chunk.subarray(Math.max(0, start - position), end + 1 - position);
      if (wanted.length > 0) yield wanted;
      position += chunk.length;
      if (position > end) return;
    }
  }
  return Readable.from(cut(), { objectMode: false });
}
