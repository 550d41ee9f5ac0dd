import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { PAGE_BYTES } from './schema.ts';

/** SQLite file format §1.6: a leaf page of a table. */
const TABLE_LEAF = 0x0d;
const FILE_HEADER = 100;
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
const FRAME = FRAME_HEADER + PAGE_BYTES;

export type Value = number | bigint | string | Buffer | null;
export interface Carved {
  readonly rowid: number;
  readonly values: readonly Value[];
  readonly at: Place;
}

/** Where a record was found, to read it once more: all payloads of a month do not fit into memory. */
export interface Place {
  readonly frame: number | undefined;
  readonly page: number;
  readonly cell: number;
  readonly newest: boolean;
}

/** The pages of a database file and of its WAL, read without SQLite, which refuses a file as a whole. */
export class Pages {
  private readonly files: number[] = [];
  private readonly main: number | undefined;
  private readonly wal: number | undefined;
  private readonly mainPages: number = 0;
  private readonly frames: number = 0;
  /** Newest frame of each page. */
  private readonly newest = new Map<number, number>();

  constructor(path: string) {
    this.main = this.open(path);
    this.wal = this.open(`${path}-wal`);
    // A last page that is cut off is read as far as it goes.
    this.mainPages = this.main === undefined ? 0 : Math.ceil(fstatSync(this.main).size / PAGE_BYTES);
    const walBytes = this.wal === undefined ? 0 : fstatSync(this.wal).size;
    this.frames = Math.max(0, Math.ceil((walBytes - WAL_HEADER) / FRAME));
    for (let frame = 0; frame < this.frames; frame += 1) {
      this.newest.set(this.read(this.wal, WAL_HEADER + frame * FRAME, 4).readUInt32BE(0), frame);
    }
  }

  private open(path: string): number | undefined {
    if (!existsSync(path)) return undefined;
    const file = openSync(path, 'r');
    this.files.push(file);
    return file;
  }

  close(): void {
    for (const file of this.files) closeSync(file);
  }

  private read(file: number | undefined, at: number, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    try {
      if (file !== undefined) readSync(file, buffer, 0, bytes, at);
    } catch (error) {
      // A block that the medium does not give back any more: the rest may still be read.
      if (!(error instanceof Error && 'code' in error && error.code === 'EIO')) throw error;
    }
    return buffer;
  }

  private mainPage = (number: number): Buffer => this.read(this.main, (number - 1) * PAGE_BYTES, PAGE_BYTES);

  private framePage = (frame: number): Buffer =>
    this.read(this.wal, WAL_HEADER + frame * FRAME + FRAME_HEADER, PAGE_BYTES);

  private newestPage = (number: number): Buffer => {
    const frame = this.newest.get(number);
    return frame === undefined ? this.mainPage(number) : this.framePage(frame);
  };

  /** Every record of every table leaf, old versions included: whoever takes one must be able to check it. */
  *records(): Generator<Carved> {
    for (let page = 1; page <= this.mainPages; page += 1) {
      yield* this.leaf(this.mainPage(page), { frame: undefined, page });
    }
    for (let frame = 0; frame < this.frames; frame += 1) {
      yield* this.leaf(this.framePage(frame), { frame, page: 0 });
    }
  }

  /** The same record again. */
  again({ frame, page, cell, newest }: Place): readonly Value[] | undefined {
    const bytes = frame === undefined ? this.mainPage(page) : this.framePage(frame);
    return carve(bytes, cell, newest ? this.newestPage : this.mainPage)?.values;
  }

  private *leaf(page: Buffer, where: Pick<Place, 'frame' | 'page'>): Generator<Carved> {
    const offset = where.page === 1 ? FILE_HEADER : 0;
    if (page[offset] !== TABLE_LEAF) return;
    const cells = Math.min(page.readUInt16BE(offset + 3), (PAGE_BYTES - 8) >> 1);
    for (let n = 0; n < cells; n += 1) {
      const slot = offset + 8 + 2 * n;
      if (slot + 2 > PAGE_BYTES) return;
      const cell = page.readUInt16BE(slot);
      if (cell < 8 || cell >= PAGE_BYTES) continue;
      for (const newest of [true, false]) {
        const carved = carve(page, cell, newest ? this.newestPage : this.mainPage);
        if (carved) yield { rowid: carved.rowid, values: carved.values, at: { ...where, cell, newest } };
        // Only a record with overflow can read differently the second time.
        if (!carved?.overflowed) break;
      }
    }
  }
}

interface Read {
  readonly rowid: number;
  readonly values: readonly Value[];
  readonly overflowed: boolean;
}

type Resolve = (page: number) => Buffer;

function carve(page: Buffer, at: number, resolve: Resolve): Read | undefined {
  const length = varint(page, at);
  const rowid = length && varint(page, length.next);
  if (!length || !rowid || length.value > 16 << 20) return undefined;
  const whole = payloadOf(page, rowid.next, length.value, resolve);
  const values = whole && valuesOf(whole.bytes);
  if (!whole || !values) return undefined;
  return { rowid: rowid.value, values, overflowed: whole.overflowed };
}

/** §1.6: how much of a payload stays on the leaf, and the chain of pages that holds the rest. */
function payloadOf(
  page: Buffer,
  at: number,
  length: number,
  resolve: Resolve,
): { bytes: Buffer; overflowed: boolean } | undefined {
  const most = PAGE_BYTES - 35;
  if (length <= most) {
    if (at + length > PAGE_BYTES) return undefined;
    return { bytes: page.subarray(at, at + length), overflowed: false };
  }
  const least = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
  const fit = least + ((length - least) % (PAGE_BYTES - 4));
  const local = fit <= most ? fit : least;
  if (at + local + 4 > PAGE_BYTES) return undefined;
  const parts = [page.subarray(at, at + local)];
  let left = length - local;
  let next = page.readUInt32BE(at + local);
  while (left > 0) {
    if (next === 0) return undefined;
    const more = resolve(next);
    const take = Math.min(left, PAGE_BYTES - 4);
    parts.push(more.subarray(4, 4 + take));
    left -= take;
    next = more.readUInt32BE(0);
  }
  return { bytes: Buffer.concat(parts), overflowed: true };
}

/** §2.1: a header of serial types, then the values. */
function valuesOf(payload: Buffer): Value[] | undefined {
  const header = varint(payload, 0);
  if (!header || header.value > payload.length) return undefined;
  const values: Value[] = [];
  let at = header.next;
  let body = header.value;
  while (at < header.value) {
    const type = varint(payload, at);
    if (!type) return undefined;
    at = type.next;
    const bytes = bytesOf(type.value);
    if (bytes === undefined || body + bytes > payload.length) return undefined;
    values.push(decode(type.value, payload.subarray(body, body + bytes)));
    body += bytes;
  }
  return values;
}

const INTEGERS = [0, 1, 2, 3, 4, 6, 8];

function bytesOf(type: number): number | undefined {
  if (type <= 6) return INTEGERS[type];
  if (type === 8 || type === 9) return 0;
  return type >= 12 ? (type - (type % 2 === 0 ? 12 : 13)) / 2 : undefined;
}

function decode(type: number, bytes: Buffer): Value {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 6) {
    const wide = bytes.readBigInt64BE(0);
    return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide;
  }
  if (type < 6) return bytes.readIntBE(0, bytes.length);
  return type % 2 === 0 ? Buffer.from(bytes) : bytes.toString('utf8');
}

function varint(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 9; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    if (i === 8) value = (value << 8n) | BigInt(byte);
    else value = (value << 7n) | BigInt(byte & 0x7f);
    if (i === 8 || byte < 0x80) {
      const number = Number(value);
      return Number.isSafeInteger(number) ? { value: number, next: at + i + 1 } : undefined;
    }
  }
  return undefined;
}

/**
 * Has the WAL lost a commit that was on the medium? SQLite reads up to the first frame that does not fit and is
 * silent about what stands after it. A torn end is normal: it was never acknowledged. A frame that does not fit,
 * with a commit and then a sound frame behind it, is damage: that commit had been synced before the next was begun.
 */
export function walIsDamaged(path: string): boolean {
  if (!existsSync(path)) return false;
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    const bytes = Buffer.alloc(size);
    readSync(file, bytes, 0, size, 0);
    // Either byte order: the bit that tells which may be the one that has changed.
    return isDamaged(bytes, true) || isDamaged(bytes, false);
  } finally {
    closeSync(file);
  }
}

type Sum = readonly [number, number];

function isDamaged(wal: Buffer, big: boolean): boolean {
  const frames = Math.floor((wal.length - WAL_HEADER) / FRAME);
  if (frames < 1) return false;
  const header = checksum(wal.subarray(0, 24), [0, 0], big);
  const sound = wal.readUInt32BE(0) === (big ? 0x377f0683 : 0x377f0682) && same(header, sumAt(wal, 24));
  const salts = sound ? wal.toString('hex', 16, 24) : wal.toString('hex', WAL_HEADER + 8, WAL_HEADER + 16);
  let previous: Sum = sound ? header : [0, 0];
  let broken = !sound;
  let committed = false;
  for (let frame = 0; frame < frames; frame += 1) {
    const at = WAL_HEADER + frame * FRAME;
    const head = checksum(wal.subarray(at, at + 8), previous, big);
    const sum = checksum(wal.subarray(at + FRAME_HEADER, at + FRAME), head, big);
    const current = wal.toString('hex', at + 8, at + 16) === salts;
    const commit = current && wal.readUInt32BE(at + 4) > 0;
    const fits = current && same(sum, sumAt(wal, at + 16));
    if (broken && committed && fits) return true;
    // Behind a frame that does not fit stand old ones of another salt, or nothing: unless the medium has failed.
    if (!fits) broken = true;
    committed ||= broken && (commit || !sound);
    previous = sumAt(wal, at + 16);
  }
  return false;
}

const sumAt = (bytes: Buffer, at: number): Sum => [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
const same = (a: Sum, b: Sum): boolean => a[0] === b[0] && a[1] === b[1];

/** §4.2 of the WAL format. */
function checksum(bytes: Buffer, [a, b]: Sum, big: boolean): Sum {
  let [s0, s1] = [a, b];
  for (let i = 0; i + 8 <= bytes.length; i += 8) {
    s0 = (s0 + (big ? bytes.readUInt32BE(i) : bytes.readUInt32LE(i)) + s1) >>> 0;
    s1 = (s1 + (big ? bytes.readUInt32BE(i + 4) : bytes.readUInt32LE(i + 4)) + s0) >>> 0;
  }
  return [s0, s1];
}
