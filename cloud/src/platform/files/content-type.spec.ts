import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CONTENT_TYPES, mayShowInline, parseContentType, proveContentType } from './content-type.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const PDF = Buffer.from('%PDF-1.7\n%\xe2\xe3\n1 0 obj\n', 'latin1');
const ZIP = Buffer.from('504b0304140000000800', 'hex');
const refusal = expect.objectContaining({ code: 'files_type_refused', retryable: false });

describe('the claimed type', () => {
  it.each([
    ['Text/CSV; charset=windows-874', 'text/csv'],
    ['image/jpg', 'image/jpeg'],
    ['application/pdf', 'application/pdf'],
  ])('%s is %s', (claimed, type) => expect(parseContentType(claimed)).toBe(type));

  it.each(['', 'application/octet-stream', 'application/x-msdownload', 'toString', '__proto__'])(
    '%j is not stored',
    (claimed) => expect(() => parseContentType(claimed)).toThrowError(refusal),
  );
});

describe('the content', () => {
  it.each([
    ['application/pdf', PDF],
    ['image/png', PNG],
    ['application/gzip', gzipSync('a')],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ZIP],
    ['text/csv', Buffer.from('room,kWh\n101,12.5\n')],
    ['text/csv', Buffer.from('\ufeffห้อง,หน่วย\n', 'utf8')],
    // "ห้อง" in Windows-874, as Thai spreadsheets write it.
    ['text/csv', Buffer.from([0xcb, 0xe9, 0xcd, 0xa7, 0x2c, 0x31, 0x0a])],
    ['text/csv', Buffer.alloc(0)],
    ['image/svg+xml', Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['text/html', Buffer.from('<!doctype html><p>')],
  ] as const)('bears out %s', async (type, head) => {
    await expect(proveContentType(type, head)).resolves.toBeUndefined();
  });

  it.each([
    ['an executable called a picture', 'image/png', Buffer.from('7f454c4602010100', 'hex')],
    ['HTML called a PDF', 'application/pdf', Buffer.from('<html><script>alert(1)</script>')],
    ['a picture called text', 'text/plain', PNG],
    ['a PDF called CSV', 'text/csv', PDF],
    ['a PNG called JPEG', 'image/jpeg', PNG],
    ['nothing called a picture', 'image/png', Buffer.alloc(0)],
    ['a picture called a workbook', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', PNG],
  ] as const)('%s is refused', async (_what, type, head) => {
    await expect(proveContentType(type, head)).rejects.toThrowError(refusal);
  });
});

it('what can carry script is never shown in place', () => {
  const shown = CONTENT_TYPES.filter(mayShowInline);
  expect(shown).not.toContain('image/svg+xml');
  expect(shown).not.toContain('text/html');
  expect(shown).toContain('application/pdf');
});
