import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameScanner } from './frame-scanner.ts';

function lengthOf(length: number): number[] {
  const digits: number[] = [];
  for (let rest = length; ; ) {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    digits.push(rest > 0 ? digit | 0x80 : digit);
    if (rest === 0) return digits;
  }
}

const frame = (type: number, length: number) =>
  Buffer.concat([Buffer.of(type << 4, ...lengthOf(length)), Buffer.alloc(length, 0xff)]);

function scan(chunks: readonly Uint8Array[], most = Number.POSITIVE_INFINITY) {
  const scanner = new FrameScanner();
  const begun: [number, number][] = [];
  let whole = 0;
  const ok = chunks.every((chunk) =>
    scanner.scan(
      chunk,
      (type, bytes) => {
        begun.push([type, bytes]);
        return bytes <= most;
      },
      () => {
        whole += 1;
      },
    ),
  );
  return { ok, begun, whole, pending: scanner.pending };
}

describe('a scanner of frames', () => {
  it('sees the same frames however the stream is cut', () => {
    const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 20_000 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 5_000 }), (list, size) => {
        const stream = Buffer.concat(list.map(([type, length]) => frame(type, length)));
        const chunks: Buffer[] = [];
        for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
        expect(scan(chunks)).toEqual({ ok: true, begun: list, whole: list.length, pending: false });
      }),
    );
  });

  it.each([
    ['four digits', [0x30, 0xff, 0xff, 0xff, 0x7f], true],
    ['a fifth digit', [0x30, 0xff, 0xff, 0xff, 0xff], false],
  ])('%s', (_, bytes, ok) => expect(scan([Buffer.from(bytes)]).ok).toBe(ok));

  it('stops at what is too large before a byte of it came', () => {
    const found = scan([Buffer.of(0x30, ...lengthOf(200_000_000))], 1_000);
    expect(found).toMatchObject({ ok: false, begun: [[3, 200_000_000]], whole: 0 });
  });

  it('knows when a frame is not whole yet', () => {
    expect(scan([Buffer.of(0x30)]).pending).toBe(true);
    expect(scan([Buffer.of(0x30, 2, 1)]).pending).toBe(true);
    expect(scan([Buffer.of(0xc0, 0)]).pending).toBe(false);
  });
});
