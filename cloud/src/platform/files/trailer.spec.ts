import { describe, expect, it } from 'vitest';
import { decodeTrailer, encodeTrailer, TRAILER_BYTES } from './trailer.ts';

const trailer = { contentType: 'application/pdf', size: 3, sha256: 'ab'.repeat(32) } as const;
const damaged = expect.objectContaining({ code: 'files_damaged' });

describe('the description after the content', () => {
  it('has one length and reads back', () => {
    const bytes = encodeTrailer(trailer);
    expect(bytes.length).toBe(TRAILER_BYTES);
    expect(decodeTrailer(bytes, 3)).toEqual(trailer);
  });

  it.each([
    ['a content cut short', encodeTrailer(trailer), 2],
    ['a description cut short', encodeTrailer(trailer).subarray(0, 500), 3],
    ['no description', Buffer.alloc(TRAILER_BYTES), 3],
    [
      'a description of an unknown type',
      Buffer.from(encodeTrailer(trailer).toString().replace('pdf', 'exe')),
      3,
    ],
    ['a description that is no JSON', Buffer.from(encodeTrailer(trailer).toString().replace('{', '[')), 3],
  ])('tells %s', (_what, bytes, size) => {
    expect(() => decodeTrailer(bytes, size)).toThrowError(damaged);
  });
});
