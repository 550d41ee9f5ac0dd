import { expect, it } from 'vitest';
import { cellAddress, isDateFormat, mergedRange } from './sheet-cells.ts';

it.each([
  ['A1', { column: 0, row: 1 }],
  ['Z9', { column: 25, row: 9 }],
  ['AA10', { column: 26, row: 10 }],
  ['XFD1048576', { column: 16_383, row: 1_048_576 }],
  ['$B$2', { column: 1, row: 2 }],
  ['A0', undefined],
  ['1A', undefined],
  ['', undefined],
])('%s', (reference, expected) => expect(cellAddress(reference)).toEqual(expected));

it.each([
  ['A1:B3', { top: 1, left: 0, bottom: 3, right: 1 }],
  ['A1:XFD1', { top: 1, left: 0, bottom: 1, right: 199 }],
  ['C4', { top: 4, left: 2, bottom: 4, right: 2 }],
  ['B3:A1', undefined],
  ['x', undefined],
])('merged %s', (reference, expected) => expect(mergedRange(reference)).toEqual(expected));

it.each<[number, string | undefined, boolean]>([
  [0, undefined, false],
  [2, undefined, false],
  [14, undefined, true],
  [22, undefined, true],
  [46, undefined, true],
  [71, undefined, true],
  [164, 'd/m/yyyy', true],
  [165, '[$-D07041E]d\\ mmm\\ yyyy;@', true],
  [166, '[h]:mm', true],
  [167, 'B2d/m/yy', true],
  [168, '#,##0.00" m³/day"', false],
  [169, '0.00 "kWh"', false],
  [170, '[Red]0.00', false],
  [171, 'General', false],
  [172, '0.00\\ \\d', false],
])('format %i %s', (id, code, expected) => expect(isDateFormat(id, code)).toBe(expected));
