import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE_LIMITS } from './cell.ts';
import { CsvReader, DELIMITERS, type Delimiter, detectDelimiter } from './csv.ts';

function readAll(text: string, delimiter: Delimiter = ',', pieces: readonly number[] = []): string[][] {
  const reader = new CsvReader(delimiter);
  const rows = [];
  let from = 0;
  for (const length of pieces) {
    rows.push(...reader.push(text.slice(from, from + length)));
    from += length;
  }
  rows.push(...reader.push(text.slice(from)), ...reader.end());
  return rows.map(({ cells }) => cells.map((cell) => cell.text));
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

describe('a CSV file', () => {
  it.each<[string, string, string[][]]>([
    ['nothing', '', []],
    ['one line without an end', 'a,b', [['a', 'b']]],
    ['LF, CRLF and CR', 'a\nb\r\nc\rd', [['a'], ['b'], ['c'], ['d']]],
    [
      'empty cells',
      ',\n,,',
      [
        ['', ''],
        ['', '', ''],
      ],
    ],
    ['an empty line', 'a\n\nb', [['a'], [''], ['b']]],
    ['quotes', '"a,b","say ""hi""",""\n', [['a,b', 'say "hi"', '']]],
    ['a line end in quotes', '"a\r\nb",c\n', [['a\r\nb', 'c']]],
    ['a quote in the middle is a character', '5" pipe,b\n', [['5" pipe', 'b']]],
    ['text behind a closing quote', '"a"b,c', [['ab', 'c']]],
  ])('%s', (_what, text, rows) => expect(readAll(text)).toEqual(rows));

  it('numbers records by the line they begin on', () => {
    const reader = new CsvReader(',');
    const rows = [...reader.push('head\n"two\r\nlines",x\nlast'), ...reader.end()];
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it('comes back as it was written, in whatever pieces it arrives', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '1', ' ', '"', ',', ';', '\t', '|', '\n', 'ก', '\r\n'),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...DELIMITERS),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 60 }),
        (rows, delimiter, lineEnd, pieces) => {
          const text = rows.map((cells) => cells.map(quoted).join(delimiter) + lineEnd).join('');
          expect(readAll(text, delimiter, pieces)).toEqual(rows);
        },
      ),
    );
  });

  it('unquoted cells come back as well', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '1', '.', ' ', 'ก', '-') });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 60 }),
        (rows, pieces) => {
          const text = rows.map((cells) => `${cells.join(';')}\n`).join('');
          expect(readAll(text, ';', pieces)).toEqual(rows);
        },
      ),
    );
  });

  it('a quote that never closes is named by the line it began on, without reading on for ever', () => {
    expect(() => readAll('a\nb,"open\nmore')).toThrow('line 2: a quoted cell begins and does not end');
    const endless = `a\n"${'x\n'.repeat(FILE_LIMITS.recordLines + 5)}`;
    expect(() => new CsvReader(',').push(endless)).toThrow('line 2: a quoted cell begins');
    expect(() => new CsvReader(',').push(`"${'x'.repeat(FILE_LIMITS.rowCharacters + 1)}`)).toThrow('line 1');
  });

  it('refuses what is no table', () => {
    expect(() => new CsvReader(',').push('x'.repeat(FILE_LIMITS.rowCharacters + 1))).toThrow('characters');
    expect(() => new CsvReader(',').push(','.repeat(FILE_LIMITS.columns + 1))).toThrow('more than 200 cells');
  });
});

it.each<[Delimiter, string]>([
  [',', 'room,date,kWh\n101,1/2/69,"1,234"\n102,1/2/69,12\n'],
  [';', 'room;date;kWh\n101;1/2/69;1234,5\n102;1/2/69;12,5\n103;1/2/69;7,25\n'],
  ['\t', 'room\tdate\tkWh\n101\t1, 2\t5\n'],
  ['|', 'room|kWh\n101|5\n'],
  [',', 'only\none\ncolumn\n'],
  [',', ''],
])('the delimiter %j is seen', (delimiter, head) => expect(detectDelimiter(head)).toBe(delimiter));
