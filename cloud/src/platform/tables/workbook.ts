import type { FileHandle } from 'node:fs/promises';
import { checkLines } from '../../kernel/tables/line-limit.ts';
import { isDateFormat, type MergedRange } from '../../kernel/tables/sheet-cells.ts';
import { tableError } from '../../kernel/tables/table.errors.ts';
import { scanSheet, sheetRows } from './sheet.ts';
import type { Table } from './table.ts';
import { type XmlHandlers, xmlEvents } from './xml-events.ts';
import { ZipArchive } from './zip-archive.ts';

const PART_BYTES = 16 * 1024 * 1024;
const STRINGS_BYTES = 128 * 1024 * 1024;
const MAX_STRINGS = 500_000;
const MAX_STRING_CHARACTERS = 16 * 1024 * 1024;
const MAX_SHEETS = 500;
const MAX_FORMATS = 70_000;

interface Sheet {
  readonly name: string;
  readonly hidden: boolean;
  readonly part: string;
}

/** What a sheet needs to be read. */
export interface SheetContext {
  readonly archive: ZipArchive;
  readonly part: string;
  /** Texts that cells share, by number. */
  readonly strings: readonly string[];
  /** Is a cell of this style a date? */
  readonly isDate: readonly boolean[];
  readonly merged: readonly MergedRange[];
}

/** XLSX (ECMA-376): the parts that hold values, and nothing that computes, links or runs. */
export async function openWorkbook(file: FileHandle, wanted: string | undefined): Promise<Table> {
  const archive = await ZipArchive.open(file);
  const { sheets, date1904 } = await readWorkbook(archive);
  const sheet = chooseSheet(sheets, wanted);
  const [strings, isDate] = [await readStrings(archive), await readStyles(archive)];
  const context = { archive, part: sheet.part, strings, isDate };
  // Which cells are merged stands behind the cells, so a sheet is gone through twice.
  const { merged, lines, hiddenRows } = await scanSheet(context);
  checkLines(lines);
  const others = sheets.filter((it) => it !== sheet && !it.hidden);
  const notes = [
    ...(sheet.hidden ? [`the sheet "${sheet.name}" is hidden`] : []),
    ...(others.length > 0 && wanted === undefined
      ? [`of ${others.length + 1} sheets the first, "${sheet.name}", is read; say sheet for another`]
      : []),
    ...(hiddenRows > 0 ? [`${hiddenRows} hidden lines are read as well`] : []),
    ...(merged.length > 0 ? [`${merged.length} merged cells: each stands for all lines that it covers`] : []),
  ];
  return {
    facts: { sheet: sheet.name, sheets: sheets.map(({ name, hidden }) => ({ name, hidden })), notes },
    lines,
    date1904,
    rows: () => sheetRows({ ...context, merged }),
    close: async () => {},
  };
}

function chooseSheet(sheets: readonly Sheet[], wanted: string | undefined): Sheet {
  const named = wanted === undefined ? undefined : sheets.find(({ name }) => name === wanted);
  const chosen = wanted === undefined ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0]) : named;
  if (chosen) return chosen;
  const names = sheets.map(({ name }) => `"${name.slice(0, 40)}"`).slice(0, 20);
  throw tableError('import_mapping_invalid', {
    message:
      sheets.length === 0
        ? 'the workbook has no sheets'
        : `there is no sheet "${wanted}"; the workbook has ${names.join(', ')}`,
  });
}

async function readWorkbook(archive: ZipArchive): Promise<{ sheets: Sheet[]; date1904: boolean }> {
  if (!archive.has('xl/workbook.xml')) {
    throw tableError('import_file_unreadable', {
      message: 'the file is no workbook of the kind .xlsx; save it as .xlsx or CSV',
    });
  }
  const found: { name: string; hidden: boolean; id: string }[] = [];
  let date1904 = false;
  await readPart(archive, 'xl/workbook.xml', {
    open(name, attributes) {
      if (name === 'workbookPr') date1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
      if (name !== 'sheet' || found.length >= MAX_SHEETS) return;
      const hidden = attributes.state !== undefined && attributes.state !== 'visible';
      const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
      found.push({ name: (attributes.name ?? '').slice(0, 100), hidden, id });
    },
  });
  const parts = new Map<string, string>();
  await readPart(archive, 'xl/_rels/workbook.xml.rels', {
    open(name, { Id = '', Target = '', Type = '' }) {
      // Sheets of charts and dialogs hold no cells.
      if (name === 'Relationship' && Type.endsWith('/worksheet')) parts.set(Id, partOf(Target));
    },
  });
  const sheets = found.flatMap(({ id, ...sheet }) => {
    const part = parts.get(id);
    return part !== undefined && archive.has(part) ? [{ ...sheet, part }] : [];
  });
  return { sheets, date1904 };
}

const partOf = (target: string): string =>
  target.startsWith('/') ? target.slice(1) : `xl/${target.replace(/^\.\//, '')}`;

async function readStrings(archive: ZipArchive): Promise<readonly string[]> {
  const part = 'xl/sharedStrings.xml';
  if (!archive.has(part)) return [];
  const strings: string[] = [];
  let current = '';
  let characters = 0;
  let inText = false;
  let phonetic = 0;
  const handlers: XmlHandlers = {
    open(name) {
      if (name === 'si') current = '';
      if (name === 'rPh') phonetic += 1;
      inText = name === 't' && phonetic === 0;
    },
    text(text) {
      if (!inText) return;
      characters += text.length;
      if (characters > MAX_STRING_CHARACTERS) throw tooManyStrings();
      current += text;
    },
    close(name) {
      if (name === 't') inText = false;
      if (name === 'rPh') phonetic -= 1;
      if (name !== 'si') return;
      strings.push(current);
      if (strings.length > MAX_STRINGS) throw tooManyStrings();
    },
  };
  for await (const _ of xmlEvents(archive.read(part, STRINGS_BYTES), handlers));
  return strings;
}

const tooManyStrings = () =>
  tableError('import_file_too_large', {
    message: 'the workbook holds too much text; save the sheet as CSV',
  });

async function readStyles(archive: ZipArchive): Promise<readonly boolean[]> {
  const part = 'xl/styles.xml';
  if (!archive.has(part)) return [];
  const codes = new Map<number, string>();
  const isDate: boolean[] = [];
  let inCellFormats = false;
  await readPart(archive, part, {
    open(name, attributes) {
      if (name === 'numFmt' && codes.size < MAX_FORMATS)
        codes.set(Number(attributes.numFmtId), (attributes.formatCode ?? '').slice(0, 255));
      if (name === 'cellXfs') inCellFormats = true;
      if (name !== 'xf' || !inCellFormats || isDate.length >= MAX_FORMATS) return;
      const id = Number(attributes.numFmtId ?? 0);
      isDate.push(isDateFormat(id, codes.get(id)));
    },
    close(name) {
      if (name === 'cellXfs') inCellFormats = false;
    },
  });
  return isDate;
}

async function readPart(archive: ZipArchive, part: string, handlers: XmlHandlers): Promise<void> {
  for await (const _ of xmlEvents(archive.read(part, PART_BYTES), handlers));
}
