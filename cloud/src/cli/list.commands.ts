import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { Language, ListKind, ListResult } from '../onboarding/index.ts';
import type { CommandContext } from './context.ts';
import { withDoors } from './doors.context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { DATE_ORDER, dateOrderOf } from './option-values.ts';
import { printRows } from './output.ts';
import { chooseBuilding } from './site-choice.ts';
import { BUILDING, CONFIG, type InOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

interface ListOptions extends InOrganisation {
  readonly building?: string;
  readonly dryRun?: boolean;
  readonly mapping?: string;
  readonly since?: string;
  readonly dateOrder?: string;
  readonly faults?: string;
}

const SUMMARIES: Readonly<Record<ListKind, string>> = {
  rooms: 'bring in a list of rooms and common areas, with their floors',
  meters: 'bring in a list of meters, and where they hang',
  tenants: 'bring in a list of tenants with their leases',
};

export function addListCommands(program: Command, context: CommandContext): void {
  const group = program
    .command('import')
    .summary('lists of rooms, meters and tenants: all of a list or, with a fault in it, nothing');
  for (const kind of Object.keys(SUMMARIES) as ListKind[]) {
    const command = group
      .command(kind)
      .summary(SUMMARIES[kind])
      .argument('<file>', 'CSV (UTF-8, UTF-16, Windows-874) or .xlsx')
      .option('--dry-run', 'judge every line and say what it would do, store nothing')
      .option(
        '--mapping <file>',
        'JSON that says which column is what; proposed from the names of the columns',
      )
      .option('--faults <file>', 'write all faults into this CSV file');
    if (kind === 'meters')
      command.option('--since <date>', 'since when meters hang there whose line does not say, as 2026-01-31');
    if (kind !== 'rooms') command.option(...DATE_ORDER);
    command
      .option(...BUILDING)
      .option(...ORGANISATION)
      .option(...CONFIG)
      .option(...JSON_OPTION)
      .action((file: string, options: ListOptions) => bring(context, kind, file, options));
  }
  addTemplate(group, context);
}

function addTemplate(group: Command, context: CommandContext): void {
  group
    .command('template')
    .summary('print a file to fill in, with the names of its columns')
    .argument('<kind>', 'rooms, meters or tenants')
    .option('--language <language>', 'en, th or id', 'en')
    .action(async (kind: string, { language }: { language: string }) => {
      const { LANGUAGES, LIST_KINDS, template } = await import('../onboarding/index.ts');
      const of = oneOf<ListKind>(LIST_KINDS, kind, 'a kind of list');
      const into = oneOf<Language>(LANGUAGES, language, '--language');
      context.terminal.out(template(of, into).trimEnd());
    });
}

function oneOf<T extends string>(list: readonly T[], text: string, what: string): T {
  const found = list.find((each) => each === text);
  if (found !== undefined) return found;
  throw new CommandError(`${what} is one of ${list.join(', ')}; "${text.slice(0, 40)}" is not`, EXIT.usage);
}

async function bring(
  context: CommandContext,
  kind: ListKind,
  file: string,
  options: ListOptions,
): Promise<void> {
  const mapping = options.mapping === undefined ? undefined : await mappingOf(options.mapping);
  const { dryRun = false, since } = options;
  const dateOrder = dateOrderOf(options.dateOrder);
  if (since !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(since))
    throw new CommandError(`--since: "${since.slice(0, 40)}" is no date, as 2026-01-31`, EXIT.usage);
  const result = await withDoors(context, options, async (at, asked) => {
    const building = await chooseBuilding(at, asked.organisation, options.building);
    const given = { fileName: basename(file), dryRun, mapping, since, dateOrder };
    return at.onboarding.bring(asked, kind, building, opened(file), given);
  });
  if (options.faults !== undefined) await writeFaults(result, options.faults);
  await tell(context, result, options);
}

async function mappingOf(path: string) {
  const { parseListMapping } = await import('../onboarding/index.ts');
  try {
    return parseListMapping(JSON.parse(readFileSync(path.replace(/^@/, ''), 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 500) : String(error);
    throw new CommandError(`--mapping: ${path} holds no mapping: ${reason}`, EXIT.data);
  }
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

async function writeFaults({ faults }: ListResult, path: string): Promise<void> {
  const { faultTable } = await import('../platform/tables/index.ts');
  const numbered = faults.map((fault, index) => ({ ...fault, no: index + 1 }));
  const page = async (after: number, limit: number) => numbered.slice(after, after + limit);
  await pipeline(Readable.from(faultTable(page)), createWriteStream(path));
}

const TOLD = 50;
const COLUMNS = ['state', 'lines', 'added', 'changed', 'same', 'faults'];

async function tell({ terminal }: CommandContext, result: ListResult, options: ListOptions): Promise<void> {
  const { faultSentence } = await import('../kernel/tables/faults.ts');
  for (const note of result.notes) terminal.err(`note: ${note}`);
  if (result.earlier !== undefined)
    terminal.err(
      `note: this very file came in before, ${result.earlier.toString({ smallestUnit: 'second' })}`,
    );
  for (const problem of result.problems) terminal.err(problem);
  for (const { line, name, fields } of result.changes
    .filter(({ what }) => what === 'changed')
    .slice(0, TOLD)) {
    const said = fields.map(
      ({ field, before, after }) => `${field} ${before ?? 'none'} → ${after ?? 'none'}`,
    );
    terminal.err(`line ${line}, ${name}: ${said.join(', ')}`);
  }
  const shown = result.faults.slice(0, TOLD);
  for (const fault of shown) terminal.err(faultSentence(fault));
  if (result.faults.length > shown.length) {
    const where = options.faults ?? 'say --faults FILE for all of them';
    terminal.err(`… and ${result.faults.length - shown.length} more faults: ${where}`);
  }
  const counts = { ...result, faults: result.faults.length };
  printRows(
    terminal,
    [Object.fromEntries(COLUMNS.map((column) => [column, Reflect.get(counts, column)]))],
    COLUMNS,
    options,
  );
  if (result.faults.length === 0 && result.problems.length === 0) return;
  throw new CommandError('the list has faults: nothing of it is stored', EXIT.data);
}
