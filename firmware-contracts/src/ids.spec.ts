import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idsFrom, pointId, uuid7 } from './ids.ts';

describe('uuid7', () => {
  it('carries its time first, so that ids sort by their making', () => {
    const source = { nowMs: () => 0x0198_c0de_0000, random: (n: number) => new Uint8Array(n) };
    expect(uuid7(source)).toBe('0198c0de-0000-7000-8000-000000000000');
  });

  it('is a valid id whatever clock and randomness say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        (now, bytes) => {
          const id = idsFrom({ nowMs: () => now, random: () => bytes }).point();
          expect(pointId.safeParse(id).success).toBe(true);
          expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now);
        },
      ),
    );
  });

  it.each([Number.NaN, -1, 2 ** 48])('refuses the time %d', (now) => {
    expect(() => uuid7({ nowMs: () => now, random: (n) => new Uint8Array(n) })).toThrow(RangeError);
  });

  it('refuses a source that gives too little randomness', () => {
    expect(() => uuid7({ nowMs: () => 0, random: () => new Uint8Array(3) })).toThrow('got 3');
  });
});

describe('an id', () => {
  it.each([
    ['upper case', '0198C0DE-0000-7000-8000-000000000000'],
    ['version 4', '0198c0de-0000-4000-8000-000000000000'],
    ['foreign variant', '0198c0de-0000-7000-0000-000000000000'],
    ['no dashes', '0198c0de000070008000000000000000'],
    ['a line end', '0198c0de-0000-7000-8000-000000000000\n'],
    ['a wildcard', '+'],
  ])('refuses %s', (_, id) => {
    expect(pointId.safeParse(id).success).toBe(false);
  });
});
