import { IDENTIFICATION, type Identify, type ReadBits, type ReadRegisters, type Request } from './request.ts';

export interface Words {
  readonly words: readonly number[];
}
export interface Bits {
  readonly bits: readonly boolean[];
}
/** Object id → bytes; `next` is the object to ask for when the device has more to say. */
export interface Identity {
  readonly objects: ReadonlyMap<number, Uint8Array>;
  readonly conformity: number;
  readonly next: number | null;
}
export interface Written {
  readonly written: true;
}

export type ReplyTo<R extends Request> = R extends ReadRegisters
  ? Words
  : R extends ReadBits
    ? Bits
    : R extends Identify
      ? Identity
      : Written;

export type Body = Words | Bits | Identity | Written;

/** What the bytes so far say. `length` counts the bytes of the whole PDU or frame. */
export type Parsed =
  | { readonly kind: 'more' }
  | { readonly kind: 'reply'; readonly length: number; readonly body: Body }
  | { readonly kind: 'exception'; readonly length: number; readonly exception: number }
  | { readonly kind: 'bad'; readonly fault: 'unit' | 'function' | 'length' | 'echo' | 'crc' | 'protocol' };

export const MORE: Parsed = { kind: 'more' };
const EXCEPTION_LENGTH = 2;

/** Bytes of the reply's PDU if the request is granted; for 43/14 the shortest possible. */
export function replyPduLength(request: Request): number {
  switch (request.function) {
    case 1:
    case 2:
      return 2 + Math.ceil(request.count / 8);
    case 3:
    case 4:
      return 2 + 2 * request.count;
    case 43:
      return 7;
    default:
      return 5;
  }
}

/**
 * Length of the PDU that begins at `at`, as soon as it can be known; null while it cannot. Only the header is judged:
 * the content is believed once the checksum holds.
 */
export function pduLength(request: Request, bytes: Uint8Array, at: number): number | null | Parsed {
  const code = bytes[at];
  if (code === undefined) return null;
  if (code === (request.function | 0x80)) return EXCEPTION_LENGTH;
  if (code !== request.function) return { kind: 'bad', fault: 'function' };
  if (request.function === 43) return identityLength(request, bytes, at);
  const expected = replyPduLength(request);
  if (request.function > 4) return expected;
  const told = bytes[at + 1];
  if (told === undefined) return null;
  return told === expected - 2 ? expected : { kind: 'bad', fault: 'length' };
}

function identityLength(request: Identify, bytes: Uint8Array, at: number): number | null | Parsed {
  const bad: Parsed = { kind: 'bad', fault: 'length' };
  if (bytes.length > at + 1 && bytes[at + 1] !== IDENTIFICATION) return bad;
  if (bytes.length > at + 2 && bytes[at + 2] !== request.level) return { kind: 'bad', fault: 'echo' };
  const objects = bytes[at + 6];
  if (objects === undefined) return null;
  let end = at + 7;
  for (let i = 0; i < objects; i++) {
    const length = bytes[end + 1];
    if (length === undefined) return null;
    end += 2 + length;
    if (end - at > 253) return bad;
  }
  return end - at;
}

/** The content of a complete PDU of known length. */
export function parsePdu(request: Request, pdu: Uint8Array): Parsed {
  const length = pduLength(request, pdu, 0);
  if (length === null) return { kind: 'bad', fault: 'length' };
  if (typeof length !== 'number') return length;
  if (length !== pdu.length) return { kind: 'bad', fault: 'length' };
  if (pdu[0] === (request.function | 0x80)) {
    const exception = pdu[1] ?? 0;
    return exception === 0 ? { kind: 'bad', fault: 'length' } : { kind: 'exception', length, exception };
  }
  const body = bodyOf(request, pdu);
  return body === null ? { kind: 'bad', fault: 'echo' } : { kind: 'reply', length, body };
}

function bodyOf(request: Request, pdu: Uint8Array): Body | null {
  switch (request.function) {
    case 1:
    case 2:
      return { bits: Array.from({ length: request.count }, (_, i) => bitOf(pdu, i)) };
    case 3:
    case 4:
      return { words: Array.from({ length: request.count }, (_, i) => wordAt(pdu, 2 + 2 * i)) };
    case 5:
      return written(pdu, request.address, request.on ? 0xff00 : 0);
    case 6:
      return written(pdu, request.address, request.word);
    case 15:
      return written(pdu, request.address, request.bits.length);
    case 16:
      return written(pdu, request.address, request.words.length);
    case 43:
      return identityOf(pdu);
  }
}

function written(pdu: Uint8Array, address: number, word: number): Written | null {
  return wordAt(pdu, 1) === address && wordAt(pdu, 3) === word ? { written: true } : null;
}

function identityOf(pdu: Uint8Array): Identity {
  const objects = new Map<number, Uint8Array>();
  let at = 7;
  for (let i = 0; i < (pdu[6] ?? 0); i++) {
    const length = pdu[at + 1] ?? 0;
    objects.set(pdu[at] ?? 0, pdu.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return { objects, conformity: pdu[3] ?? 0, next: pdu[4] === 0xff ? (pdu[5] ?? 0) : null };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function bitOf(pdu: Uint8Array, i: number): boolean {
  return (((pdu[2 + (i >>> 3)] ?? 0) >>> (i & 7)) & 1) === 1;
}
