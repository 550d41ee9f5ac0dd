import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadRow } from './content.ts';
import { betweenPoints, fittingColumns, fittingLines } from './run.ts';

const row = (point: number, mono: number, value = '1'): ReadRow => ({
  seq: mono + 2,
  boot: 1,
  mono,
  wall: 0,
  series: point,
  value,
  text: null,
  crc: 0,
  key: { class: 'billing', point: `point ${point}`, detail: 'a@1/b' },
  note: { raw: '0001' },
});
const same = (mono: number): number => mono;

describe('a sweep is divided', () => {
  it.each([
    ['as late as it can be', [1, 2, 3, 4], 3, 3],
    ['between points', [1, 1, 2, 2, 3, 3], 5, 4],
    ['within a main meter only, whose lines span it all', [1, 2, 3, 1], 2, 2],
    ['after one line at the least', [1, 1], 0, 1],
  ])('%s', (_, points, most, end) => {
    expect(
      betweenPoints(
        points.map((point, i) => row(point, i)),
        most,
      ),
    ).toBe(end);
  });

  it('with no point on both sides, wherever that can be', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { minLength: 2, maxLength: 30 }), fc.nat(30), (points, at) => {
        const most = 1 + (at % points.length);
        const rows = points.map((point, i) => row(point, i));
        const clean = (end: number) => !points.slice(end).some((one) => points.slice(0, end).includes(one));
        const best = Array.from({ length: most }, (_, i) => most - i).find(clean);
        expect(betweenPoints(rows, most)).toBe(best ?? most);
      }),
    );
  });
});

describe('the longest beginning that one batch can hold', () => {
  it('has two lines of a point at the most, the second later', () => {
    const lines = [row(1, 10), row(2, 20), row(1, 30)];
    expect(fittingLines(lines, same)).toBe(3);
    expect(fittingLines([...lines, row(1, 40)], same)).toBe(3);
    expect(fittingLines([...lines, row(2, 20)], same)).toBe(3);
    // By its clock, which was corrected in between.
    expect(fittingLines(lines, (mono) => (mono === 30 ? 5 : mono))).toBe(2);
  });

  it('has one value of a point at one time, and one register', () => {
    const rows = [row(1, 10), row(2, 20), row(1, 30)];
    expect(fittingColumns([...rows, row(1, 10), row(1, 40)], same)).toBe(5);
    expect(fittingColumns([...rows, row(1, 10, '2'), row(1, 40)], same)).toBe(3);
    expect(fittingColumns([...rows, { ...row(2, 50), series: 9 }], same)).toBe(3);
    expect(fittingColumns([...rows, { ...row(1, 30), note: { raw: '0002' } }], same)).toBe(3);
  });

  it('always has a row', () => {
    const reading = fc.tuple(fc.nat(3), fc.nat(5), fc.constantFrom('1', '2'));
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 20 }), (readings) => {
        const rows = readings.map(([point, mono, value]) => row(point, mono, value));
        for (const fitting of [fittingLines, fittingColumns]) {
          const end = fitting(rows, same);
          expect(end).toBeGreaterThan(0);
          expect(fitting(rows.slice(0, end), same)).toBe(end);
        }
      }),
    );
  });
});
