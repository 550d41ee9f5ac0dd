import { expect, it } from 'vitest';
import { citedIn, QUALITIES, unpackReadings } from './packed.ts';

const row = (microseconds: bigint, count: bigint, quality: number, register = -1): Buffer => {
  const bytes = Buffer.alloc(22);
  bytes.writeBigInt64BE(microseconds, 0);
  bytes.writeBigInt64BE(count, 8);
  bytes.writeInt16BE(quality, 16);
  bytes.writeInt32BE(register, 18);
  return bytes;
};

it('readings come out as they went in', () => {
  const packed = Buffer.concat([row(0n, -5n, 0), row(820_540_800_123_000n, 9_007_199_254_740_993n, 5, 7)]);
  expect(unpackReadings(packed, new Map([[7, 'm@1/energy']]))).toEqual([
    { at: Date.UTC(2000, 0, 1), count: -5n, quality: 'good' },
    { at: Date.UTC(2026, 0, 1) + 123, count: 9_007_199_254_740_993n, quality: 'stale', cites: 'm@1/energy' },
  ]);
  expect(unpackReadings(row(0n, 1n, 0, 0), new Map())[0]?.cites).toBeNull();
  const cited = new Set<number>();
  citedIn(packed, cited);
  citedIn(null, cited);
  expect([...cited]).toEqual([7]);
  expect(unpackReadings(null, new Map())).toEqual([]);
  expect(QUALITIES[9]).toBe('swapped');
});

it('a quality that this version does not know is no evidence', () => {
  expect(unpackReadings(row(0n, 1n, 99), new Map())[0]?.quality).toBe('unsteady');
});
