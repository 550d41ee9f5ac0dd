import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sheetRow, type TestWorkbook, workbook, workbookParts, zip } from '../../../test/support/workbook.ts';
import type { Row } from '../../kernel/tables/cell.ts';
import { type Format, openTable, type TableChoice } from './table.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterline-table-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: Buffer, format: Format, choice: TableChoice = {}) {
  const path = join(folder, 'file');
  await writeFile(path, content);
  const file = await open(path, 'r');
  try {
    const table = await openTable(file, format, choice);
    const rows: Row[] = [];
    for await (const row of table.rows()) rows.push(row);
    return { facts: table.facts, lines: table.lines, date1904: table.date1904, rows };
  } finally {
    await file.close();
  }
}
const texts = (rows: readonly Row[]) =>
  rows.map(({ line, cells }) => [line, ...cells.map(({ text }) => text)]);

const THAI = 'ห้อง,วันที่,หน่วย\r\n๑๐๑,๑/๒/๒๕๖๙,"๑,๒๓๔"\r\n';
const THAI_ROWS = [
  [1, 'ห้อง', 'วันที่', 'หน่วย'],
  [2, '๑๐๑', '๑/๒/๒๕๖๙', '๑,๒๓๔'],
];
/** Windows-874 by its rule: Thai letters stand in one row, 0xA0 above the Latin ones. */
const in874 = (text: string) =>
  Buffer.from(
    [...text].map((it) => (it >= 'ก' && it <= '๛' ? it.charCodeAt(0) - 0x0e00 + 0xa0 : it.charCodeAt(0))),
  );

describe('a CSV file', () => {
  it.each([
    ['UTF-8', Buffer.from(THAI), 'utf-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${THAI}`), 'utf-8'],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${THAI}`, 'utf16le'), 'utf-16le'],
    ['Windows-874', in874(THAI), 'windows-874'],
  ])('in %s', async (_name, content, encoding) => {
    const { rows, facts, lines } = await read(content, 'csv');
    expect(texts(rows)).toEqual(THAI_ROWS);
    expect(facts).toMatchObject({ encoding, delimiter: ',' });
    expect(lines).toBe(3);
  });

  it('is read as the mapping says', async () => {
    const { rows } = await read(Buffer.from('a;b,c\n'), 'csv', { delimiter: ';', encoding: 'utf-8' });
    expect(texts(rows)).toEqual([[1, 'a', 'b,c']]);
  });

  it.each([
    [
      'of no encoding',
      Buffer.from([0x41, 0xff, 0xfe, 0xdb, 0x0a]),
      {},
      'the encoding of the file cannot be told',
    ],
    [
      'that is not what the mapping says',
      in874(THAI),
      { encoding: 'utf-8' } as const,
      'the file is not utf-8',
    ],
  ])('%s is refused', async (_what, content, choice, message) => {
    await expect(read(content, 'csv', choice)).rejects.toThrow(message);
  });

  it('of any size is read in pieces, wherever they end', async () => {
    const line = (i: number) => `ห้อง ${i},"๑,${i}"`;
    const count = 60_000;
    const content = Buffer.from(Array.from({ length: count }, (_, i) => `${line(i)}\n`).join(''));
    const { rows, lines } = await read(content, 'csv');
    expect(rows).toHaveLength(count);
    expect(lines).toBe(count + 1);
    expect(rows.every(({ cells }, i) => cells[0]?.text === `ห้อง ${i}` && cells[1]?.text === `๑,${i}`)).toBe(
      true,
    );
  });
});

describe('a workbook', () => {
  const one = (data: string, more: Partial<TestWorkbook> & { after?: string } = {}) =>
    workbook({ sheets: [{ name: 'S', data, ...(more.after && { after: more.after }) }], ...more });

  it('gives texts, numbers, dates, formulas and errors', async () => {
    const data =
      '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" s="1"><v>46054.5</v></c><c r="D2" s="2"><v>12.5</v></c></row>' +
      '<row r="5"><c r="A5" t="s"><v>1</v></c><c r="B5"><f>A1*2</f><v>7</v></c><c r="C5" t="str"><f>x()</f><v>t</v></c><c r="D5" t="e"><v>#REF!</v></c><c r="E5" t="b"><v>1</v></c><c r="F5" t="inlineStr"><is><t>in</t></is></c><c r="G5" t="d"><v>2026-02-01</v></c><c r="H5" s="1"/></row>';
    const rich = '<r><t>ห้อง </t></r><r><rPr><b/></rPr><t>101</t></r><rPh sb="0" eb="1"><t>zzz</t></rPh>';
    const { rows, lines } = await read(one(data, { strings: ['a &amp; b', rich] }), 'xlsx');
    expect(lines).toBe(5);
    expect(rows).toEqual([
      {
        line: 2,
        cells: [
          { kind: 'text', text: 'a & b' },
          { kind: 'text', text: '' },
          { kind: 'date', text: '46054.5' },
          { kind: 'number', text: '12.5' },
        ],
      },
      {
        line: 5,
        cells: [
          { kind: 'text', text: 'ห้อง 101' },
          { kind: 'number', text: '7', from: 'formula' },
          { kind: 'text', text: 't', from: 'formula' },
          { kind: 'error', text: '#REF!' },
          { kind: 'text', text: 'TRUE' },
          { kind: 'text', text: 'in' },
          { kind: 'text', text: '2026-02-01' },
        ],
      },
    ]);
  });

  it('of the first sheet that is not hidden, or of the one that is named', async () => {
    const sheet = (name: string, state?: 'hidden' | 'veryHidden') => ({
      name,
      data: sheetRow(1, [name]),
      ...(state && { state }),
    });
    const content = workbook({
      sheets: [sheet('old', 'hidden'), sheet('secret', 'veryHidden'), sheet('ม.ค.'), sheet('b')],
    });
    const first = await read(content, 'xlsx');
    expect(texts(first.rows)).toEqual([[1, 'ม.ค.']]);
    expect(first.facts.sheets?.map(({ name, hidden }) => `${name} ${hidden}`)).toEqual([
      'old true',
      'secret true',
      'ม.ค. false',
      'b false',
    ]);
    expect(first.facts.notes).toEqual(['of 2 sheets the first, "ม.ค.", is read; say sheet for another']);
    const hidden = await read(content, 'xlsx', { sheet: 'old' });
    expect(hidden.facts.notes).toEqual(['the sheet "old" is hidden']);
    await expect(read(content, 'xlsx', { sheet: 'x' })).rejects.toThrow(
      'there is no sheet "x"; the workbook has "old"',
    );
  });

  it('merged cells stand for all lines they cover', async () => {
    const data =
      sheetRow(1, ['101', 'ไฟ', 5]) +
      sheetRow(2, ['', 'น้ำ', 6]).replace('<c r="A2" t="inlineStr"><is><t></t></is></c>', '') +
      sheetRow(3, ['102', 'ไฟ', 7]);
    const { rows, facts } = await read(
      one(data, { after: '<mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>' }),
      'xlsx',
    );
    expect(rows.map(({ cells }) => cells[0])).toEqual([
      { kind: 'text', text: '101' },
      { kind: 'text', text: '101', from: 'merged' },
      { kind: 'text', text: '102' },
    ]);
    expect(facts.notes).toEqual(['1 merged cells: each stands for all lines that it covers']);
  });

  it('of 1904, with a namespace prefix, with cells that have no address', async () => {
    const data =
      '<x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row><x:row hidden="1"><x:c><x:v>3</x:v></x:c></x:row>';
    const { rows, date1904, facts } = await read(one(data, { date1904: true, prefix: 'x' }), 'xlsx');
    expect(texts(rows)).toEqual([
      [1, '1', '2'],
      [2, '3'],
    ]);
    expect(date1904).toBe(true);
    expect(facts.notes).toEqual(['1 hidden lines are read as well']);
  });

  const bomb = () => {
    const parts = workbookParts({ sheets: [{ name: 'S', data: sheetRow(1, ['x']) }] });
    const sheet = 'xl/worksheets/sheet1.xml';
    return { parts, sheet };
  };

  it('that bursts is refused before it does', async () => {
    const { parts, sheet } = bomb();
    const burst = zip({ ...parts, [sheet]: Buffer.alloc(40_000_000, 0x20) });
    expect(burst.length).toBeLessThan(60_000);
    await expect(read(burst, 'xlsx')).rejects.toThrow(/unpacks to \d+ times its size/);
    const huge = zip(parts, { size: { [sheet]: 3_000_000_000 } });
    await expect(read(huge, 'xlsx')).rejects.toThrow('save the sheet as CSV');
  });

  it('that unpacks to more than it says is cut off', async () => {
    const { parts, sheet } = bomb();
    const lying = zip(
      { ...parts, [sheet]: `<worksheet>${' '.repeat(1_000_000)}</worksheet>` },
      { size: { [sheet]: 100 } },
    );
    await expect(read(lying, 'xlsx')).rejects.toThrow('the workbook cannot be read');
  });

  it.each<[string, () => Buffer, string]>([
    ['a zip of something else', () => zip({ 'a.txt': 'x' }), 'no workbook of the kind .xlsx'],
    ['no zip', () => Buffer.from('hello'), 'the workbook cannot be read'],
    ['half a zip', () => one(sheetRow(1, ['x'])).subarray(0, 400), 'the workbook cannot be read'],
    ['with a password', () => zip(bomb().parts, { encrypted: true }), 'protected by a password'],
    ['no sheets', () => workbook({ sheets: [] }), 'the workbook has no sheets'],
    [
      'broken XML',
      () => zip({ ...bomb().parts, 'xl/workbook.xml': '<workbook><sheets></workbook>' }),
      'the workbook cannot be read: ',
    ],
    [
      'entities that unfold',
      () =>
        zip({
          ...bomb().parts,
          'xl/sharedStrings.xml': '<!DOCTYPE sst [<!ENTITY a "aaaa">]><sst><si><t>&a;</t></si></sst>',
        }),
      'it declares a document type',
    ],
    ['lines out of order', () => one('<row r="5"/><row r="3"/>'), 'line 5 is followed by line 3'],
    ['lines without end', () => one('<row r="99999999"/>'), 'line 0 is followed by'],
    ['too deep', () => zip({ ...bomb().parts, 'xl/workbook.xml': '<a>'.repeat(100) }), 'nested too deep'],
    [
      'a cell far to the right',
      () => one('<row r="1"><c r="XFD1"><v>1</v></c></row>'),
      'more than 200 cells',
    ],
    [
      'a cell without end',
      () => one(`<row r="1"><c r="A1" t="str"><v>${'x'.repeat(70_000)}</v></c></row>`),
      'more than 65536 characters',
    ],
  ])('%s is refused', async (_what, make, message) => {
    await expect(read(make(), 'xlsx')).rejects.toThrow(message);
  });
});
