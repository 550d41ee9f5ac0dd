import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, harmless, pad, widthOf, wrap } from './text-width.ts';

describe('the width of a text', () => {
  it.each([
    ['Room 101', 8],
    ['', 0],
    ['ห้อง 101', 7],
    ['ชั้น 1', 4],
    ['น้ำ', 2],
    ['ที่จอดรถ', 6],
    ['ปั๊มน้ำ', 4],
    ['ตู้เมนใหญ่', 7],
    ['电表 3', 6],
    ['メーター', 8],
    ['각', 2],
    ['kWh – m³', 8],
    ['🔌', 2],
    ['👨‍👩‍👧', 2],
    ['🇹🇭', 2],
    ['e\u0301', 1],
    ['a\u200bb', 2],
  ])('of %s is %i', (text, width) => expect(widthOf(text)).toBe(width));
});

describe('cut', () => {
  it.each([
    ['Room 101', 8, 'Room 101'],
    ['Room 101', 6, 'Room…'],
    ['ห้อง 101', 6, 'ห้อง 1…'],
    ['ห้อง 101', 5, 'ห้อง…'],
    ['น้ำชั้น 1', 3, 'น้ำ…'],
    ['电表 3', 4, '电…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('%s to %i is %s', (text, width, shown) => expect(cut(text, width)).toBe(shown));

  it('keeps the end where that says more', () => {
    expect(cut('eastron-sdm120m', 8, 'end')).toBe('…sdm120m');
    expect(cut('ห้อง น้ำ', 4, 'end')).toBe('…น้ำ');
    expect(cut('abc', 3, 'end')).toBe('abc');
  });

  it('is never wider than it may be, and padded never narrower', () => {
    const text = fc.array(fc.constantFrom('ก', '่', 'ำ', 'ั', 'a', ' ', '电', '🔌', 'é', '\u200d'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 20 }), (characters, width) => {
        const shown = cut(characters.join(''), width);
        expect(widthOf(shown)).toBeLessThanOrEqual(width);
        expect(widthOf(cut(characters.join(''), width, 'end'))).toBeLessThanOrEqual(width);
        expect(widthOf(pad(shown, width))).toBe(width);
        expect(widthOf(pad(shown, width, 'left'))).toBe(width);
      }),
    );
  });
});

describe('wrap', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one', 10, ['one']],
    ['', 10, ['']],
    ['unbreakable', 4, ['unbr', 'eaka', 'ble']],
    ['ห้องน้ำ ชั้นสอง', 6, ['ห้องน้ำ', 'ชั้นสอง']],
  ])('%s at %i', (text, width, lines) => expect(wrap(text, width)).toEqual(lines));

  it('loses nothing but spaces', () => {
    const text = fc.array(fc.constantFrom('a', 'ก', '้', ' ', '电'), { maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 12 }), (characters, width) => {
        const lines = wrap(characters.join(''), width);
        expect(lines.join('').replaceAll(' ', '')).toBe(characters.join('').replaceAll(' ', ''));
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

it('moves no cursor', () => {
  expect(harmless('a\u001b[2Jb\nc\u202ed')).toBe('a [2Jb c d');
});
