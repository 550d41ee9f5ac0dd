import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SeenReadings } from './seen-readings.ts';

it('answers as a map would', () => {
  const reading = fc.tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_050 })),
    fc.bigInt({ min: 0n, max: 3n }),
  );
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 200 }), (readings) => {
      const seen = new SeenReadings();
      const map = new Map<string, { line: number; count: bigint }>();
      for (const [index, [point, at, count]] of readings.entries()) {
        const before = map.get(`${point} ${at}`);
        const expected = before && { line: before.line, same: before.count === count };
        expect(seen.add(point, at, count, index + 1)).toEqual(expected);
        if (!before) map.set(`${point} ${at}`, { line: index + 1, count });
      }
      expect(seen.size).toBe(map.size);
    }),
  );
});

it('grows, and forgets nothing', () => {
  const seen = new SeenReadings();
  const quarter = (i: number) => Date.UTC(2026, 0, 1) + i * 900_000;
  for (let i = 0; i < 50_000; i++) seen.add(`p${i % 7}`, quarter(i), BigInt(i), i + 1);
  for (let i = 0; i < 50_000; i += 997)
    expect(seen.add(`p${i % 7}`, quarter(i), BigInt(i), 0)).toEqual({ line: i + 1, same: true });
  expect(seen.size).toBe(50_000);
});
