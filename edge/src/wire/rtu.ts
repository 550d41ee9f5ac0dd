import { crc16, crcHolds } from './crc.ts';
import { MORE, type Parsed, parsePdu, pduLength, replyPduLength } from './reply.ts';
import { type Request, requestPdu } from './request.ts';

/** Unit before and CRC after the PDU. */
const AROUND = 3;

export function rtuFrame(unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + AROUND);
  frame[0] = unit;
  frame.set(pdu, 1);
  const crc = crc16(frame, 0, frame.length - 2);
  frame[frame.length - 2] = crc & 0xff;
  frame[frame.length - 1] = crc >>> 8;
  return frame;
}

export function rtuRequest(request: Request): Uint8Array {
  return rtuFrame(request.unit, requestPdu(request));
}

/** Characters of the reply if the request is granted; an exception takes 5. */
export function rtuReplyBytes(request: Request): number {
  return replyPduLength(request) + AROUND;
}

/** Reads the reply at the start of `bytes`; what follows it is not looked at. */
export function readRtu(request: Request, bytes: Uint8Array): Parsed {
  if (bytes.length === 0) return MORE;
  if (bytes[0] !== request.unit) return { kind: 'bad', fault: 'unit' };
  const pdu = pduLength(request, bytes, 1);
  if (pdu === null) return MORE;
  if (typeof pdu !== 'number') return pdu;
  const length = pdu + AROUND;
  if (bytes.length < length) return MORE;
  if (!crcHolds(bytes, length)) return { kind: 'bad', fault: 'crc' };
  const parsed = parsePdu(request, bytes.subarray(1, length - 2));
  return parsed.kind === 'reply' || parsed.kind === 'exception' ? { ...parsed, length } : parsed;
}
