import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameGuard } from './frame-guard.ts';

function packet(length: number): Buffer {
  const digits: number[] = [];
  let rest = length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    digits.push(rest > 0 ? digit + 128 : digit);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([0x30, ...digits]), Buffer.alloc(length, 0xff)]);
}

it('lets packets pass however they are cut, and stops the first that is too long', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }),
      (lengths, cuts) => {
        const bytes = Buffer.concat(lengths.map(packet));
        const guard = new FrameGuard(10_000);
        let [at, n, passed] = [0, 0, true];
        while (at < bytes.length && passed) {
          const end = at + (cuts[n % cuts.length] ?? 1);
          passed = guard.pass(bytes.subarray(at, end));
          [at, n] = [end, n + 1];
        }
        expect(passed).toBe(lengths.every((length) => length <= 10_000));
      },
    ),
  );
});

it('stops at a length that never ends', () => {
  expect(new FrameGuard(1e9).pass(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]))).toBe(false);
});
