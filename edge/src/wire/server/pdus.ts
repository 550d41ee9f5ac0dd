import type { Request } from '../request.ts';

/** What a request PDU asks for; null where it is of another function or makes no sense. */
export function readRequestPdu(unit: number, pdu: Uint8Array): Request | null {
  const code = pdu[0];
  const address = wordAt(pdu, 1);
  const word = wordAt(pdu, 3);
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
      if (pdu.length !== 5 || word < 1 || word > (code <= 2 ? 2000 : 125)) return null;
      return { function: code, unit, address, count: word } as Request;
    case 5:
      if (pdu.length !== 5 || (word !== 0 && word !== 0xff00)) return null;
      return { function: 5, unit, address, on: word === 0xff00 };
    case 6:
      return pdu.length === 5 ? { function: 6, unit, address, word } : null;
    case 15:
      if (!holds(pdu, Math.ceil(word / 8)) || word < 1 || word > 1968) return null;
      return { function: 15, unit, address, bits: Array.from({ length: word }, (_, i) => bitAt(pdu, 6, i)) };
    case 16:
      if (!holds(pdu, 2 * word) || word < 1 || word > 123) return null;
      return {
        function: 16,
        unit,
        address,
        words: Array.from({ length: word }, (_, i) => wordAt(pdu, 6 + 2 * i)),
      };
    case 43:
      return identify(unit, pdu);
    default:
      return null;
  }
}

function identify(unit: number, pdu: Uint8Array): Request | null {
  const level = pdu[2] ?? 0;
  if (pdu.length !== 4 || pdu[1] !== 0x0e || level < 1 || level > 4) return null;
  return { function: 43, unit, level: level as 1 | 2 | 3 | 4, object: pdu[3] ?? 0 };
}

export function wordsPdu(code: 3 | 4, words: readonly number[]): Uint8Array {
  const pdu = new Uint8Array(2 + 2 * words.length);
  pdu[0] = code;
  pdu[1] = 2 * words.length;
  words.forEach((word, i) => {
    pdu[2 + 2 * i] = (word >>> 8) & 0xff;
    pdu[3 + 2 * i] = word & 0xff;
  });
  return pdu;
}

export function bitsPdu(code: 1 | 2, bits: readonly boolean[]): Uint8Array {
  const bytes = Math.ceil(bits.length / 8);
  const pdu = new Uint8Array(2 + bytes);
  pdu[0] = code;
  pdu[1] = bytes;
  bits.forEach((on, i) => {
    const at = 2 + (i >>> 3);
    if (on) pdu[at] = (pdu[at] ?? 0) | (1 << (i & 7));
  });
  return pdu;
}

/** The confirmation of functions 5, 6, 15 and 16: address and value, or address and count. */
export function writtenPdu(request: Uint8Array): Uint8Array {
  return request.slice(0, 5);
}

export function identityPdu(level: number, objects: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const body = [...objects].flatMap(([id, value]) => [id, value.length, ...value]);
  return Uint8Array.from([43, 0x0e, level, 0x81, 0, 0, objects.size, ...body]);
}

export function exceptionPdu(code: number, exception: number): Uint8Array {
  return Uint8Array.of((code | 0x80) & 0xff, exception);
}

function holds(pdu: Uint8Array, bytes: number): boolean {
  return pdu[5] === bytes && pdu.length === 6 + bytes;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function bitAt(bytes: Uint8Array, from: number, i: number): boolean {
  return (((bytes[from + (i >>> 3)] ?? 0) >>> (i & 7)) & 1) === 1;
}
