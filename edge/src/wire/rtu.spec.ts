import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyRequest, replyPduOf, truth } from '../../test/wire/samples.ts';
import { crc16, crcHolds } from './crc.ts';
import { checkRequest, type Request, RequestError, requestPdu } from './request.ts';
import { readRtu, rtuFrame, rtuReplyBytes, rtuRequest } from './rtu.ts';
import { exceptionPdu, readRequestPdu } from './server/pdus.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const read3: Request = { function: 3, unit: 17, address: 0x6b, count: 3 };

describe('crc', () => {
  it('has the published check value', () => {
    expect(crc16(new TextEncoder().encode('123456789'))).toBe(0x4b37);
  });

  it('finds every flipped bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 250 }), fc.nat(), (body, at) => {
        const frame = rtuFrame(1, body);
        const bit = at % (frame.length * 8);
        frame[bit >>> 3] = (frame[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
        return !crcHolds(frame);
      }),
    );
  });
});

describe('requests', () => {
  it.each<[Request, string]>([
    // the examples of the protocol's specification
    [{ function: 1, unit: 17, address: 0x13, count: 0x25 }, '11 01 0013 0025 0e84'],
    [{ function: 2, unit: 17, address: 0xc4, count: 0x16 }, '11 02 00c4 0016 baa9'],
    [read3, '11 03 006b 0003 7687'],
    [{ function: 4, unit: 17, address: 8, count: 1 }, '11 04 0008 0001 b298'],
    [{ function: 5, unit: 17, address: 0xac, on: true }, '11 05 00ac ff00 4e8b'],
    [{ function: 6, unit: 17, address: 1, word: 3 }, '11 06 0001 0003 9a9b'],
    [{ function: 16, unit: 17, address: 1, words: [0x0a, 0x0102] }, '11 10 0001 0002 04 000a 0102 c6f0'],
    [
      {
        function: 15,
        unit: 17,
        address: 0x13,
        bits: [true, false, true, true, false, false, true, true, true, false],
      },
      '11 0f 0013 000a 02 cd01 bf0b',
    ],
    [{ function: 43, unit: 1, level: 1, object: 0 }, '01 2b 0e 01 00 7077'],
  ])('%j', (request, bytes) => {
    expect(Buffer.from(rtuRequest(request)).toString('hex')).toBe(bytes.replaceAll(' ', ''));
  });

  it.each<[Request, RegExp]>([
    [{ function: 3, unit: 0, address: 0, count: 1 }, /unit 0/],
    [{ function: 3, unit: 248, address: 0, count: 1 }, /unit 248/],
    [{ function: 3, unit: 1, address: 0, count: 126 }, /count 126/],
    [{ function: 3, unit: 1, address: 0, count: 0 }, /count 0/],
    [{ function: 4, unit: 1, address: 65_535, count: 2 }, /beyond 65535/],
    [{ function: 4, unit: 1, address: -1, count: 2 }, /address -1/],
    [{ function: 3, unit: 1, address: 1.5, count: 2 }, /address 1.5/],
    [{ function: 6, unit: 1, address: 0, word: 65_536 }, /word 65536/],
    [{ function: 16, unit: 1, address: 0, words: [] }, /count 0/],
    [{ function: 16, unit: 1, address: 0, words: Array(124).fill(0) }, /count 124/],
    [{ function: 15, unit: 1, address: 0, bits: Array(1969).fill(true) }, /count 1969/],
  ])('refuses %j', (request, why) => {
    expect(() => checkRequest(request, 'rtu')).toThrow(RequestError);
    expect(() => checkRequest(request, 'rtu')).toThrow(why);
  });

  it('lets Modbus TCP devices have the units that they use', () => {
    expect(() => checkRequest({ ...read3, unit: 255 }, 'mbap')).not.toThrow();
    expect(() => checkRequest({ ...read3, unit: 0 }, 'mbap')).not.toThrow();
  });

  it('are read back by the other side as they were meant', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(readRequestPdu(request.unit, requestPdu(request))).toEqual(request);
      }),
    );
  });
});

describe('replies', () => {
  it('carry what was asked, whatever follows them', () => {
    fc.assert(
      fc.property(anyRequest, fc.nat(), fc.uint8Array({ maxLength: 20 }), (request, seed, rest) => {
        const frame = rtuFrame(request.unit, replyPduOf(request, seed));
        const parsed = readRtu(request, Uint8Array.from([...frame, ...rest]));
        expect(parsed).toEqual({ kind: 'reply', length: frame.length, body: truth(request, seed) });
        if (request.function !== 43) expect(frame.length).toBe(rtuReplyBytes(request));
      }),
    );
  });

  it('are waited for until the last byte', () => {
    fc.assert(
      fc.property(anyRequest, fc.nat(), (request, seed) => {
        const frame = rtuFrame(request.unit, replyPduOf(request, seed));
        for (let length = 0; length < frame.length; length++) {
          expect(readRtu(request, frame.subarray(0, length))).toEqual({ kind: 'more' });
        }
      }),
    );
  });

  it('may be exceptions, which are five bytes long', () => {
    fc.assert(
      fc.property(anyRequest, fc.integer({ min: 1, max: 255 }), (request, exception) => {
        const frame = rtuFrame(request.unit, exceptionPdu(request.function, exception));
        expect(readRtu(request, frame)).toEqual({ kind: 'exception', length: 5, exception });
      }),
    );
  });

  it.each([
    ['another unit', '12 03 06 022b 0000 0064 0000', 'unit'],
    ['another function', '11 04 06 022b 0000 0064 0000', 'function'],
    ['an exception to another function', '11 84 02 c2c1', 'function'],
    ['another byte count', '11 03 04 022b 0000 0000', 'length'],
    ['a bad checksum', '11 03 06 022b 0000 0064 0000', 'crc'],
    ['an exception with a bad checksum', '11 83 02 0000', 'crc'],
  ])('are refused: %s', (_, bytes, fault) => {
    expect(readRtu(read3, hex(bytes))).toEqual({ kind: 'bad', fault });
  });

  it.each<[Request, string]>([
    [{ function: 6, unit: 17, address: 1, word: 3 }, '06 0001 0004'],
    [{ function: 6, unit: 17, address: 1, word: 3 }, '06 0002 0003'],
    [{ function: 5, unit: 17, address: 1, on: true }, '05 0001 0000'],
    [{ function: 16, unit: 17, address: 1, words: [1, 2] }, '10 0001 0001'],
  ])('of a write repeat address and value: %j', (request, pdu) => {
    expect(readRtu(request, rtuFrame(17, hex(pdu)))).toEqual({ kind: 'bad', fault: 'echo' });
  });
});
