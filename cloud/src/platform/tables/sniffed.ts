import { Readable } from 'node:stream';
import { tableError } from '../../kernel/tables/table.errors.ts';
import type { Format } from './table.ts';

interface Sniffed {
  readonly format: Format;
  readonly contentType: string;
  readonly content: Readable;
}

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
/** Compound files: workbooks before 2007, and those under a password. */
const OLD_WORKBOOK = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** What it is shows in its first bytes: names and types that browsers give to tables are wrong half of the time. */
export async function sniffed(body: Readable): Promise<Sniffed> {
  const pieces = body.iterator({ destroyOnReturn: false });
  let head = Buffer.alloc(0);
  while (head.length < OLD_WORKBOOK.length) {
    const { value, done } = (await pieces.next()) as IteratorResult<Buffer, undefined>;
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  if (head.subarray(0, OLD_WORKBOOK.length).equals(OLD_WORKBOOK)) {
    body.destroy();
    throw tableError('import_file_unreadable', {
      message:
        'the file is a workbook of the old kind (.xls) or has a password; save it as .xlsx without one, or as CSV',
    });
  }
  const isZip = head.subarray(0, 4).equals(Buffer.from('PK\x03\x04'));
  return {
    format: isZip ? 'xlsx' : 'csv',
    contentType: isZip ? XLSX : 'text/csv',
    content: Readable.from(rejoined(head, pieces)),
  };
}

async function* rejoined(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}
