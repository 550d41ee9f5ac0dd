import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareNatural, foldText, nameKey, searchKey, sortKey } from './plain-text.ts';

describe('one name, however it is typed', () => {
  test.each([
    ['digits of either script', 'ห้อง ๑๐๑', 'ห้อง 101'],
    ['with and without a space', 'ห้อง 101', 'ห้อง101'],
    ['zero-width space', 'ห้อง\u200b101', 'ห้อง101'],
    ['full width', 'Ａ１０１', 'a101'],
    ['case', 'Kamar 12A', 'kamar 12a'],
    ['spaces around', '  Lantai  2 ', 'lantai 2'],
    ['am as one sign or as two', 'ห้องน้ำ', 'ห้องน้\u0e4dา'],
    ['the tone before or after the dot of am', 'น\u0e49\u0e4dา', 'น\u0e4d\u0e49า'],
    ['an accent as one sign or as two', 'Caf\u00e9', 'cafe\u0301'],
  ])('%s', (_what, one, other) => expect(nameKey(one)).toBe(nameKey(other)));

  test.each([
    ['two numbers and one', 'Blok 1 1', 'Blok 11'],
    ['a tone', 'ป่า', 'ป้า'],
    ['an accent', 'Café', 'Cafe'],
    ['a dash', 'A-1', 'A1'],
  ])('but not %s', (_what, one, other) => expect(nameKey(one)).not.toBe(nameKey(other)));
});

describe('words as a search compares them', () => {
  test.each([
    ['ห้อง ๑๐๑', 'หอง 101'],
    ['ห้อง101', 'หอง 101'],
    ['A-101', 'a 101'],
    ['a101', 'a 101'],
    ['SN12AB/34', 'sn 12 ab 34'],
    ['Jl. Sudirman No. 5, Jakarta', 'jl sudirman no 5 jakarta'],
    ['น้ำ', 'นา'],
    ['Đặng Thị Ánh', 'đang thi anh'],
    ['สมชาย ใจดี', 'สมชาย ใจดี'],
    ['Σοφός', 'σοφοσ'],
    ['İstanbul', 'istanbul'],
    ['฿100', '100'],
    ['-- … --', ''],
    ['%_\\', ''],
  ])('%s', (text, folded) => expect(foldText(text)).toBe(folded));

  test('what is folded is folded for good, and has nothing that a pattern reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aZé9๑ กำน้ำ-_%\\.\u200bA') }), (text) => {
        const folded = foldText(text);
        expect(foldText(folded)).toBe(folded);
        expect(folded).not.toMatch(/[%_\\]|^ | $| {2}/);
      }),
    );
  });

  test('the key has a line a name, and again without the spaces that Thai may have or not', () => {
    expect(searchKey('สมชาย ใจดี', null, 'Somchai Jaidee')).toBe(
      '\nสมชาย ใจดี\nsomchai jaidee\nสมชายใจดี\nsomchai jaidee\n',
    );
  });
});

describe('sorted as people do', () => {
  test.each([
    ['numbers by value', ['2', '10', '101', '1001']],
    ['numbers of either script', ['ห้อง 2', 'ห้อง ๑๐', 'ห้อง 11']],
    ['numbers within', ['A2', 'A10', 'B1']],
    ['parts of a number', ['1-2', '1-10', '2-1']],
    ['leading vowels after their consonant', ['กา', 'เกาะ', 'ขา', 'แขก', 'ไม้']],
    ['tones say nothing', ['ขา', 'ข่าว', 'ขาวๆ']],
    ['leading zeros', ['001', '2', '010']],
  ])('%s', (_what, sorted) => {
    expect([...sorted].reverse().sort(compareNatural)).toEqual(sorted);
  });

  test('what sorts alike still has an order, the same each time', () => {
    expect(sortKey('A1')).toBe(sortKey('a-1'));
    expect(compareNatural('A1', 'a-1')).toBe(-compareNatural('a-1', 'A1'));
    expect(compareNatural('A1', 'A1')).toBe(0);
  });

  test('numbers of up to twelve digits by their value, however they are written', () => {
    const number = fc.bigInt({ min: 0n, max: 999_999_999_999n });
    fc.assert(
      fc.property(number, number, fc.integer({ min: 0, max: 3 }), (a, b, zeros) => {
        const [one, other] = [`ห้อง ${'0'.repeat(zeros)}${a}`, `ห้อง ${b}`];
        if (a !== b && `${'0'.repeat(zeros)}${a}`.length <= 12)
          expect(compareNatural(one, other)).toBe(a < b ? -1 : 1);
      }),
    );
  });
});
