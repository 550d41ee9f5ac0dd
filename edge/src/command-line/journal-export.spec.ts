import { describe, expect, it } from 'vitest';
import { csvCell, sequenceOption, timeOption } from './journal-export.ts';

describe('a time', () => {
  it.each([
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T07:00', '2026-11-01T07:00:00.000Z'],
    ['2026-11-01T07:00:30.5', '2026-11-01T07:00:30.500Z'],
    ['2026-11-01T07:00Z', '2026-11-01T07:00:00.000Z'],
    ['2026-11-01T07:00+07:00', '2026-11-01T00:00:00.000Z'],
  ])('%s is %s', (text, time) => expect(new Date(timeOption(text)).toISOString()).toBe(time));

  it.each(['', '2026', '2026-11', '11/01/2026', '2026-02-30T99:00', 'now', '2026-11-01 07:00'])(
    '"%s" is none',
    (text) => expect(() => timeOption(text)).toThrow('a time is such as'),
  );
});

describe('a range of numbers', () => {
  it.each([
    ['7', { from: 7, to: 7 }],
    ['7-9', { from: 7, to: 9 }],
    ['7-', { from: 7 }],
  ])('%s', (text, range) => expect(sequenceOption(text)).toEqual(range));

  it.each(['', '-', '-7', '0', '9-7', '1,2', 'a', '1-2-3'])('"%s" is none', (text) =>
    expect(() => sequenceOption(text)).toThrow('a range of numbers is such as'),
  );
});

describe('a cell', () => {
  it.each([
    [null, ''],
    ['', ''],
    ['Room 1', 'Room 1'],
    ['a,b', '"a,b"'],
    ['a "b"', '"a ""b"""'],
    ['a\nb', '"a\nb"'],
    [{ a: 1 }, '"{""a"":1}"'],
    [12, '12'],
    ['-12', '-12'],
    ['=1+1', "'=1+1"],
    ['+66', "'+66"],
    ['-1+1', "'-1+1"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
  ])('%j is %s', (value, cell) => expect(csvCell(value)).toBe(cell));
});
