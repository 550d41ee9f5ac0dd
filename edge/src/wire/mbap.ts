import { MORE, type Parsed, parsePdu } from './reply.ts';
import type { Request } from './request.ts';

/** Transaction, protocol, length, unit. */
const MBAP_HEADER = 7;
/** Unit and PDU: the shortest is an exception-like pair, the longest 253 bytes of PDU. */
const LENGTH = { least: 3, most: 254 };

export function mbapFrame(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(MBAP_HEADER + pdu.length);
  frame[0] = transaction >>> 8;
  frame[1] = transaction & 0xff;
  frame[4] = (pdu.length + 1) >>> 8;
  frame[5] = (pdu.length + 1) & 0xff;
  frame[6] = unit;
  frame.set(pdu, MBAP_HEADER);
  return frame;
}

/** A frame's place in a stream. `lost`: the stream is out of step, and nothing after this point can be believed. */
export type Mbap =
  | { readonly kind: 'more' }
  | { readonly kind: 'lost'; readonly fault: 'protocol' | 'length' }
  | {
      readonly kind: 'frame';
      readonly transaction: number;
      readonly unit: number;
      readonly pdu: Uint8Array;
      readonly length: number;
    };

export function readMbap(bytes: Uint8Array): Mbap {
  if (bytes.length >= 4 && ((bytes[2] ?? 0) | (bytes[3] ?? 0)) !== 0) {
    return { kind: 'lost', fault: 'protocol' };
  }
  if (bytes.length < 6) return { kind: 'more' };
  const told = ((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0);
  if (told < LENGTH.least || told > LENGTH.most) return { kind: 'lost', fault: 'length' };
  const length = 6 + told;
  if (bytes.length < length) return { kind: 'more' };
  return {
    kind: 'frame',
    transaction: ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0),
    unit: bytes[6] ?? 0,
    pdu: bytes.slice(MBAP_HEADER, length),
    length,
  };
}

/** Reads the reply to one transaction; frames of other transactions are passed over by the caller. */
export function readMbapReply(request: Request, frame: Mbap): Parsed {
  if (frame.kind === 'more') return MORE;
  if (frame.kind === 'lost') return { kind: 'bad', fault: frame.fault };
  if (frame.unit !== request.unit) return { kind: 'bad', fault: 'unit' };
  const parsed = parsePdu(request, frame.pdu);
  return parsed.kind === 'reply' || parsed.kind === 'exception'
    ? { ...parsed, length: frame.length }
    : parsed;
}
