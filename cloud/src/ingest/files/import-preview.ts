import type { FileHandle } from 'node:fs/promises';
import { isBlank, plain, type Row } from '../../kernel/tables/cell.ts';
import { headerOf, openTable, type Table, type TableFacts } from '../../platform/tables/index.ts';
import { type Hint, mustBeConfirmed } from '../manual/domain/plausibility.ts';
import type { Directory } from './domain/directory.ts';
import { type Fault, faultAt } from './domain/faults.ts';
import { proposeMapping, type SaidBefore } from './domain/header.ts';
import { type Mapping, resolveColumns } from './domain/mapping.ts';
import { Openings } from './domain/openings.ts';
import type { RowReading } from './domain/row-reader.ts';
import type { JudgedLine } from './file-judgement.ts';
import type { ImportRun, SavedMapping } from './imports.types.ts';
import { openFor, rowReader, yearOf } from './opened-import.ts';

/** A look, not a judgement: the dry run goes through all lines. */
const LINES_LOOKED_AT = 1_000;
const LINES_SHOWN = 20;
const FAULTS_SHOWN = 100;
const SHOWN_CELL = 80;

export interface PreviewLine {
  readonly line: number;
  readonly cells: readonly string[];
  readonly readings: readonly RowReading[];
  readonly faults: readonly Fault[];
}

export interface ImportPreview {
  readonly run: ImportRun;
  readonly facts: TableFacts;
  readonly totalLines: number;
  readonly header: readonly string[];
  /** The one that was given, or the one that is proposed. */
  readonly mapping: Mapping;
  readonly proposed: boolean;
  readonly notes: readonly string[];
  /** What the mapping lacks for this file: as long as there is any, no line can be read. */
  readonly problems: readonly string[];
  readonly lines: readonly PreviewLine[];
  readonly linesLookedAt: number;
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  /** Saved mappings whose columns are all there. */
  readonly fitting: readonly string[];
  /** An import that has brought in this very file. */
  readonly earlier: string | undefined;
  /** Good readings that do not fit their neighbours, in the file or stored: to be looked at, no faults. */
  readonly hints: readonly HintedLine[];
  readonly hintCount: number;
}

export interface HintedLine extends Pick<RowReading, 'line' | 'column' | 'point' | 'at' | 'count'> {
  readonly hints: readonly Hint[];
}

export interface PreviewInput {
  readonly file: FileHandle;
  readonly run: ImportRun;
  readonly directory: Directory;
  readonly saved: readonly SavedMapping[];
  readonly earlier: string | undefined;
  readonly mapping: Mapping | undefined;
  readonly said?: SaidBefore | undefined;
  readonly judge: (readings: readonly RowReading[]) => Promise<readonly JudgedLine<RowReading>[]>;
}

export async function previewOf(input: PreviewInput): Promise<ImportPreview> {
  const { file, run, mapping: given, earlier } = input;
  const table = given ? await openFor(file, run, given) : await openTable(file, run.format, {});
  const rows = await firstRows(table);
  const proposal = given ? undefined : proposeMapping(rows, yearOf(run), input.said);
  const mapping = given ?? proposal?.mapping ?? NOTHING;
  const header = await headerOf(table, mapping.headerLine);
  const resolved = resolveColumns(mapping, header);
  const body = rows.filter((row) => row.line > mapping.headerLine && !isBlank(row));
  const read = resolved.ok ? await readAll(input, table, mapping, body) : { lines: [], faults: [] };
  const openings = new Openings();
  for (const each of read.lines.flatMap(({ readings }) => readings)) openings.add(each);
  const settled = read.lines.map((line) => ({
    ...line,
    readings: line.readings.map((each) => openings.settled(each)),
  }));
  const judged = await input.judge(settled.flatMap(({ readings }) => readings));
  const refused = judged.flatMap(({ reading, notOpening }) =>
    notOpening === undefined ? [] : [faultAt(reading, 'opening_refused', reading.text, notOpening)],
  );
  const lines = settled.map((line) => ({
    ...line,
    faults: [...line.faults, ...refused.filter((fault) => fault.line === line.line)],
  }));
  const hinted = judged.filter(({ hints }) => mustBeConfirmed(hints));
  const faults = [...read.faults, ...refused];
  return {
    run,
    facts: table.facts,
    totalLines: table.lines,
    header: header.map(({ text }) => plain(text).slice(0, SHOWN_CELL)),
    mapping,
    proposed: given === undefined,
    notes: [...table.facts.notes, ...(proposal?.notes ?? []), ...(openings.others > 0 ? [ONE_OPENING] : [])],
    problems: resolved.ok ? [] : resolved.error,
    lines: resolved.ok ? lines.slice(0, LINES_SHOWN) : body.slice(0, LINES_SHOWN).map(unread),
    linesLookedAt: body.length,
    faults: faults.slice(0, FAULTS_SHOWN),
    faultCount: faults.length,
    hints: hinted.slice(0, FAULTS_SHOWN).map(({ reading, hints }) => ({ ...hintedOf(reading), hints })),
    hintCount: hinted.length,
    fitting: await fitting(input, table),
    earlier,
  };
}

const hintedOf = ({ line, column, point, at, count }: RowReading) => ({ line, column, point, at, count });

const ONE_OPENING =
  'a meter begins once: of its readings the earliest is the opening, the others come in as readings';

const NOTHING: Mapping = {
  headerLine: 0,
  columns: {},
  values: [],
  dates: { order: 'dmy', era: 'either' },
  decimal: '.',
  formulas: 'refuse',
  opening: false,
};

async function firstRows(table: Table): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of table.rows()) {
    rows.push(row);
    if (rows.length >= LINES_LOOKED_AT) break;
  }
  return rows;
}

async function readAll(
  { run, directory }: PreviewInput,
  table: Table,
  mapping: Mapping,
  body: readonly Row[],
) {
  const reader = await rowReader(run, table, mapping, directory);
  const lines: PreviewLine[] = [];
  const faults: Fault[] = [];
  for (const row of body) {
    const read = reader.read(row);
    lines.push({ ...unread(row), readings: read.readings, faults: read.faults });
    faults.push(...read.faults);
  }
  return { lines, faults };
}

function unread({ line, cells }: Row): PreviewLine {
  return { line, cells: cells.map(({ text }) => plain(text).slice(0, SHOWN_CELL)), readings: [], faults: [] };
}

async function fitting({ saved }: PreviewInput, table: Table): Promise<string[]> {
  const names: string[] = [];
  for (const { name, mapping } of saved) {
    if (mapping.headerLine > 0 && resolveColumns(mapping, await headerOf(table, mapping.headerLine)).ok)
      names.push(name);
  }
  return names;
}
