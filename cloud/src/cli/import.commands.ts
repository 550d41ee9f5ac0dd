import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ImportPreview, ImportRun, Mapping } from '../ingest/index.ts';
import { isAppError } from '../kernel/errors.ts';
import type { DoorsAtHand } from '../roles/doors.ts';
import type { CommandContext } from './context.ts';
import { type AskedHere, withDoors } from './doors.context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { DATE_ORDER, dateOrderOf } from './option-values.ts';
import { printRows } from './output.ts';
import { chooseBuilding } from './site-choice.ts';
import { BUILDING, CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

interface ImportOptions extends InOrganisation {
  readonly building?: string;
  readonly mapping?: string;
  readonly proposed?: boolean;
  readonly saveMapping?: string;
  readonly dateOrder?: string;
  readonly dateOnlyAt?: string;
  readonly at?: string[];
  readonly opening?: boolean;
  readonly dryRun?: boolean;
  readonly keepGood?: boolean;
  readonly faults?: string;
}

export function addImportCommand(readings: Command, context: CommandContext): void {
  readings
    .command('import')
    .summary('bring in a CSV file or a workbook: all of it or, with a fault in it, nothing')
    .argument('<file>', 'CSV (UTF-8, UTF-16, Windows-874) or .xlsx')
    .option('--mapping <name or @file>', 'a saved mapping of columns, or a JSON file that holds one')
    .option('--proposed', 'take the mapping that is proposed from the names of the columns')
    .option('--save-mapping <name>', 'keep the mapping under this name')
    .option(...DATE_ORDER)
    .option('--date-only-at <hh:mm>', "local time of dates that say none, in the building's zone")
    .option('--at <column=date...>', 'date of all values of a column that has none')
    .option('--opening', 'the meters began with these readings')
    .option('--dry-run', 'judge every line, store nothing')
    .option('--keep-good', 'store the good lines although others have faults')
    .option('--faults <file>', 'write all faults into this CSV file')
    .option(...ORGANISATION)
    .option(...BUILDING)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action((file: string, options: ImportOptions) =>
      withDoors(context, options, (at, asked) => importFile(context, at, asked, file, options)),
    );
}

async function importFile(
  context: CommandContext,
  at: DoorsAtHand,
  asked: AskedHere,
  file: string,
  options: ImportOptions,
): Promise<void> {
  const building = await chooseBuilding(at, asked.organisation, options.building);
  const received = await at.imports.receive(asked, building, basename(file), opened(file));
  const mapping = await mappingOf(context, at, asked, received, options);
  if (options.saveMapping !== undefined) await at.imports.saveMapping(asked, options.saveMapping, mapping);
  const { dryRun = false, keepGood = false } = options;
  const begun = dryRun ? undefined : await at.imports.unfinished(asked, received, mapping, keepGood);
  const { id } = begun ?? (await at.imports.start(asked, received.id, { mapping, dryRun, keepGood }));
  if (begun) context.terminal.err(`meterline: goes on with the import ${id} of the same file`);
  const run = await toItsEnd(context, at, asked, id);
  if (options.faults !== undefined) await writeFaults(at, asked, id, options.faults);
  await tell(context, at, asked, run, options);
}

function opened(file: string): Readable {
  const stream = createReadStream(file);
  // What is wrong with the file is wrong with the command line, not with the hub.
  const checked = async function* () {
    try {
      yield* stream;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandError(`${file} cannot be read: ${reason}`, EXIT.data);
    }
  };
  return Readable.from(checked());
}

async function mappingOf(
  context: CommandContext,
  at: DoorsAtHand,
  asked: AskedHere,
  run: ImportRun,
  options: ImportOptions,
): Promise<Mapping> {
  const named = options.mapping === undefined ? undefined : await givenMapping(at, asked, options.mapping);
  const { dateOnlyAt, at: dated = [] } = options;
  const dateOrder = dateOrderOf(options.dateOrder);
  if (dateOnlyAt !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(dateOnlyAt))
    throw new CommandError(
      `--date-only-at must be a time of day, as 08:00; "${dateOnlyAt}" is not`,
      EXIT.usage,
    );
  const said = { dateOrder, dateOnlyAt, isDated: dated.length > 0 };
  const preview = await at.imports.preview(asked, run.id, named && changed(named, options), said);
  for (const note of preview.notes) context.terminal.err(`note: ${note}`);
  for (const { line, count, hints } of preview.hints)
    context.terminal.err(`note: line ${line}: ${count} does not fit its neighbours (${hints.join(', ')})`);
  if (preview.hintCount > preview.hints.length)
    context.terminal.err(`note: ${preview.hintCount - preview.hints.length} more lines do not fit`);
  if (preview.earlier !== undefined)
    context.terminal.err(`note: this very file came in before, by the import ${preview.earlier}`);
  const mapping = named ? preview.mapping : changed(preview.mapping, options);
  if (named || options.proposed) return mapping;
  throw new CommandError(unmapped(preview, mapping), EXIT.usage);
}

function unmapped({ fitting, problems }: ImportPreview, mapping: Mapping): string {
  const saved = fitting.length === 0 ? '' : `; saved mappings that fit: ${fitting.join(', ')}`;
  const lacking = problems.map((problem) => `\nit lacks: ${problem}`).join('');
  return `say --mapping, or --proposed to take this one${saved}:${lacking}\n${JSON.stringify(mapping, undefined, 2)}`;
}

async function givenMapping(at: DoorsAtHand, asked: AskedHere, given: string): Promise<Mapping> {
  if (!given.startsWith('@')) return (await at.imports.mapping(asked, given)).mapping;
  const { parseMapping } = await import('../ingest/index.ts');
  try {
    return parseMapping(JSON.parse(readFileSync(given.slice(1), 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 500) : String(error);
    throw new CommandError(`--mapping: ${given.slice(1)} holds no mapping: ${reason}`, EXIT.data);
  }
}

/** What changes from month to month, while the mapping stays. */
function changed(mapping: Mapping, { dateOnlyAt, at = [], opening, ...options }: ImportOptions): Mapping {
  const dateOrder = dateOrderOf(options.dateOrder);
  const dates = new Map(at.map(columnAndDate));
  const unknown = [...dates.keys()].filter(
    (name) => !mapping.values.some(({ column }) => String(column) === name),
  );
  if (unknown.length > 0)
    throw new CommandError(`--at: the mapping has no values "${unknown[0]}"`, EXIT.usage);
  return {
    ...mapping,
    dates: {
      ...mapping.dates,
      ...(dateOrder !== undefined && { order: dateOrder }),
      ...(dateOnlyAt !== undefined && { dateOnlyAt }),
    },
    opening: opening ?? mapping.opening,
    values: mapping.values.map((value) => {
      const date = dates.get(String(value.column));
      return date === undefined ? value : { ...value, at: date };
    }),
  };
}

function columnAndDate(text: string): [string, string] {
  const split = text.lastIndexOf('=');
  if (split < 1) throw new CommandError(`--at: "${text}" is not of the form column=date`, EXIT.usage);
  return [text.slice(0, split), text.slice(split + 1)];
}

const LOOK_EVERY_MS = 1_000;

/** A hub that runs may have taken it already: then it is watched. */
async function toItsEnd(
  { terminal }: CommandContext,
  { imports, runner }: DoorsAtHand,
  asked: AskedHere,
  id: string,
): Promise<ImportRun> {
  const work = new AbortController();
  const watch = async (): Promise<void> => {
    for (let told = ''; !work.signal.aborted; ) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: work.signal }).catch(() => {});
      if (work.signal.aborted) return;
      const line = progressOf(await imports.show(asked, id));
      if (line !== told) terminal.err(line);
      told = line;
    }
  };
  const watching = watch();
  try {
    for (;;) {
      try {
        return await runner.run(asked.organisation, id, work.signal);
      } catch (error) {
        if (!isAppError(error, 'import_busy')) throw error;
        await sleep(LOOK_EVERY_MS);
      }
    }
  } finally {
    work.abort();
    await watching;
  }
}

function progressOf({ state, lines, totalLines, stored, readings, faults }: ImportRun): string {
  if (state === 'storing') return `storing: ${stored} of ${readings} readings`;
  return `${state}: line ${lines} of ${totalLines ?? '?'}, ${faults} faults`;
}

async function writeFaults(
  { imports }: DoorsAtHand,
  asked: AskedHere,
  id: string,
  path: string,
): Promise<void> {
  const { faultTable } = await import('../platform/tables/index.ts');
  const pages = (after: number, limit: number) => imports.faults(asked, id, after, limit);
  await pipeline(Readable.from(faultTable(pages)), createWriteStream(path));
}

const FAULTS_TOLD = 20;
const columns = (stored: string) => [
  ...['id', 'state', 'readings', stored],
  ...['repeats', 'conflicts', 'held', 'faults'],
];

async function tell(
  { terminal }: CommandContext,
  { imports }: DoorsAtHand,
  asked: AskedHere,
  run: ImportRun,
  options: ImportOptions,
): Promise<void> {
  const { faultSentence } = await import('../kernel/tables/faults.ts');
  const faults = await imports.faults(asked, run.id, 0, FAULTS_TOLD);
  for (const fault of faults) terminal.err(faultSentence(fault));
  if (run.faults > faults.length) {
    const where = options.faults ?? 'say --faults FILE for all of them';
    terminal.err(`… and ${run.faults - faults.length} more faults: ${where}`);
  }
  // A dry run has counted what would be stored.
  const names = columns(run.dryRun ? 'wouldBeStored' : 'stored');
  const row = { ...run, wouldBeStored: run.stored };
  printRows(
    terminal,
    [Object.fromEntries(names.map((name) => [name, Reflect.get(row, name)]))],
    names,
    options,
  );
  const isFine = run.state === 'done' || (run.state === 'checked' && run.faults === 0);
  if (isFine) return;
  throw new CommandError(run.error ?? `the import is ${run.state}: nothing of the file is stored`, EXIT.data);
}
