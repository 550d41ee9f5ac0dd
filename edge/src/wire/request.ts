export interface ReadBits {
  /** 1 coils, 2 discrete inputs */
  readonly function: 1 | 2;
  readonly unit: number;
  readonly address: number;
  readonly count: number;
}

export interface ReadRegisters {
  /** 3 holding registers, 4 input registers */
  readonly function: 3 | 4;
  readonly unit: number;
  readonly address: number;
  readonly count: number;
}

export interface WriteCoil {
  readonly function: 5;
  readonly unit: number;
  readonly address: number;
  readonly on: boolean;
}

export interface WriteRegister {
  readonly function: 6;
  readonly unit: number;
  readonly address: number;
  readonly word: number;
}

export interface WriteCoils {
  readonly function: 15;
  readonly unit: number;
  readonly address: number;
  readonly bits: readonly boolean[];
}

export interface WriteRegisters {
  readonly function: 16;
  readonly unit: number;
  readonly address: number;
  readonly words: readonly number[];
}

/** 43/14, read device identification: 1 basic, 2 regular, 3 extended, 4 one object. */
export interface Identify {
  readonly function: 43;
  readonly unit: number;
  readonly level: 1 | 2 | 3 | 4;
  readonly object: number;
}

export type Request =
  | ReadBits
  | ReadRegisters
  | WriteCoil
  | WriteRegister
  | WriteCoils
  | WriteRegisters
  | Identify;

export class RequestError extends Error {
  readonly code = 'wire_request_invalid';
  readonly retryable = false;
  override readonly name = 'RequestError';
}

export const IDENTIFICATION = 0x0e;

/** Limits of the protocol (Modbus Application Protocol 1.1b3); a meter's own are in its profile. */
const MOST = { bits: 2000, registers: 125, coilsWritten: 1968, registersWritten: 123 };

/** Function and data, without unit and checksum. */
export function requestPdu(request: Request): Uint8Array {
  switch (request.function) {
    case 1:
    case 2:
      return head(request, between('count', request.count, 1, MOST.bits));
    case 3:
    case 4:
      return head(request, between('count', request.count, 1, MOST.registers));
    case 5:
      return head(request, request.on ? 0xff00 : 0, 1);
    case 6:
      return head(request, between('word', request.word, 0, 0xffff), 1);
    case 15:
      return withData(request, request.bits.length, packBits(request.bits));
    case 16:
      return withData(request, request.words.length, packWords(request.words));
    case 43:
      between('object', request.object, 0, 255);
      between('level', request.level, 1, 4);
      return Uint8Array.of(43, IDENTIFICATION, request.level, request.object);
  }
}

/** Throws where the request could not be meant: such a request never reaches a wire. */
export function checkRequest(request: Request, framing: 'rtu' | 'mbap'): void {
  // A broadcast (unit 0) would switch or erase every meter of a bus at once and is answered by none.
  if (framing === 'rtu') between('unit', request.unit, 1, 247);
  else between('unit', request.unit, 0, 255);
  requestPdu(request);
}

/** Reading twice does no harm; writing twice may. */
export function isRead(request: Request): boolean {
  return request.function <= 4 || request.function === 43;
}

function head(
  request: { function: number; address: number },
  word: number,
  span = word,
  extra = 0,
): Uint8Array {
  between('address', request.address, 0, 0xffff);
  if (request.address + span > 0x10000) {
    throw new RequestError(`address ${request.address} and ${span} more lie beyond 65535`);
  }
  const pdu = new Uint8Array(5 + extra);
  pdu[0] = request.function;
  pdu[1] = request.address >>> 8;
  pdu[2] = request.address & 0xff;
  pdu[3] = word >>> 8;
  pdu[4] = word & 0xff;
  return pdu;
}

function withData(request: WriteCoils | WriteRegisters, count: number, data: Uint8Array): Uint8Array {
  between('count', count, 1, request.function === 15 ? MOST.coilsWritten : MOST.registersWritten);
  const pdu = head(request, count, count, 1 + data.length);
  pdu[5] = data.length;
  pdu.set(data, 6);
  return pdu;
}

function packBits(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((on, i) => {
    if (on) bytes[i >>> 3] = (bytes[i >>> 3] ?? 0) | (1 << (i & 7));
  });
  return bytes;
}

function packWords(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 2);
  words.forEach((word, i) => {
    between('word', word, 0, 0xffff);
    bytes[2 * i] = word >>> 8;
    bytes[2 * i + 1] = word & 0xff;
  });
  return bytes;
}

function between(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new RequestError(`${name} ${value} is not a whole number from ${low} to ${high}`);
}
