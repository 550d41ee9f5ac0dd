import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Temporal } from 'temporal-polyfill';
import type { RecordsService } from '../ingest/index.ts';
import { PLATFORM } from '../platform/db/index.ts';
import type { CommandContext } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { dayOf, limitOf, oneOf, reasonOf, wholeNumberOf } from './option-values.ts';
import { printRows } from './output.ts';
import {
  BY,
  CONFIG,
  type InOrganisation,
  inOrganisation,
  JSON_OPTION,
  ORGANISATION,
} from './sites.commands.ts';

type Asked = Parameters<RecordsService['gaps']>[0];

interface ListOptions extends InOrganisation {
  readonly state: string;
  readonly limit: string;
  readonly unclaimed?: boolean;
}

const LETTER_STATES = ['open', 'replay', 'replayed', 'discarded'] as const;
const CONFLICT_STATES = ['open', 'dismissed'] as const;
const UNCLAIMED = ['--unclaimed', 'those of nobody: no gateway of that id is registered'] as const;

export function addIngestCommands(program: Command, context: CommandContext): void {
  const group = program
    .command('ingest')
    .summary('what came in and is no reading, and how complete the rest is');
  addLetters(group.command('dead-letters').summary('messages that were not believed'), context);
  addConflicts(group.command('conflicts').summary('readings that contradict what is stored'), context);
  addLists(group, context);
}

/** One service, one organisation; letters of nobody belong to the platform. */
function inRecords<T>(
  context: CommandContext,
  options: InOrganisation & { readonly unclaimed?: boolean },
  work: (records: RecordsService, asked: Asked) => Promise<T>,
): Promise<T> {
  return inOrganisation(context, options, async ({ db }, organisation) => {
    const [{ RecordsService: Service }, { systemClock }] = await Promise.all([
      import('../ingest/index.ts'),
      import('../kernel/clock.ts'),
    ]);
    const whose = options.unclaimed ? PLATFORM : organisation;
    return work(new Service({ db, clock: systemClock }), { ...BY, organisation: whose });
  });
}

function addLetters(group: Command, context: CommandContext): void {
  group
    .command('list')
    .summary('list them, the newest first')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...UNCLAIMED)
    .option('--state <state>', 'open, replay (asked for), replayed or discarded', 'open')
    .option('--limit <n>', 'how many', '50')
    .option(...JSON_OPTION)
    .action(async (options: ListOptions) => {
      const state = oneOf(LETTER_STATES, options.state, '--state');
      const limit = limitOf(options.limit);
      const rows = await inRecords(context, options, (records, asked) =>
        records.letters(asked, { state, limit }),
      );
      printRows(
        context.terminal,
        rows,
        ['id', 'gateway', 'reason', 'count', 'size', 'lastAt', 'detail'],
        options,
      );
    });
  group
    .command('show')
    .summary('its bytes, as they came; binary ones in base64')
    .argument('<id>', 'of the letter', idOf)
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...UNCLAIMED)
    .action(async (id: string, options: InOrganisation) => {
      const bytes = await inRecords(context, options, (records, asked) => records.letterBytes(asked, id));
      context.terminal.out(printable(bytes));
    });
  group
    .command('replay')
    .summary('take it in again, as if it had just come; needs a running hub')
    .argument('<id...>', 'of the letters')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...UNCLAIMED)
    .action((ids: string[], options: InOrganisation) =>
      each(context, options, ids, 'taken in', async (records, asked, id) => {
        await records.replay(asked, id);
        await takenIn(records, asked, id);
      }),
    );
  group
    .command('discard')
    .summary('give it up for good')
    .argument('<id...>', 'of the letters')
    .requiredOption('--reason <text>', 'why it may be lost; stands in the audit log')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...UNCLAIMED)
    .action((ids: string[], options: InOrganisation & { reason: string }) => {
      const reason = reasonOf(options.reason);
      return each(context, options, ids, 'discarded', (records, asked, id) =>
        records.discard(asked, id, reason),
      );
    });
}

function addConflicts(group: Command, context: CommandContext): void {
  group
    .command('list')
    .summary('list them, the newest first')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option('--state <state>', 'open or dismissed', 'open')
    .option('--limit <n>', 'how many', '50')
    .option(...JSON_OPTION)
    .action(async (options: ListOptions) => {
      const state = oneOf(CONFLICT_STATES, options.state, '--state');
      const limit = limitOf(options.limit);
      const rows = await inRecords(context, options, (records, asked) =>
        records.conflicts(asked, { state, limit }),
      );
      printRows(
        context.terminal,
        rows,
        ['id', 'kind', 'point', 'at', 'stored', 'offered', 'detail'],
        options,
      );
    });
  group
    .command('dismiss')
    .summary('somebody has looked: what is stored stands')
    .argument('<id...>', 'of the conflicts')
    .requiredOption('--reason <text>', 'what was found; stands in the audit log')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .action((ids: string[], options: InOrganisation & { reason: string }) => {
      const reason = reasonOf(options.reason);
      return each(context, options, ids, 'dismissed', (records, asked, id) =>
        records.dismissConflict(asked, id, reason),
      );
    });
}

function addLists(group: Command, context: CommandContext): void {
  group
    .command('gaps')
    .summary('journals with records that are not here')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation) => {
      const rows = await inRecords(context, options, (records, asked) => records.gaps(asked));
      printRows(context.terminal, rows, ['gateway', 'journal', 'missing', 'since', 'ranges'], options);
    });
  group
    .command('held')
    .summary('readings that wait, and why')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation) => {
      const rows = await inRecords(context, options, (records, asked) => records.held(asked));
      printRows(context.terminal, rows, ['reason', 'gateway', 'readings', 'first', 'last'], options);
    });
  group
    .command('refused')
    .summary('how many messages were refused, by gateway and reason')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...UNCLAIMED)
    .option('--hours <n>', 'of the last hours', '24')
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation & { hours: string }) => {
      const since = Temporal.Now.instant().subtract({
        hours: wholeNumberOf(options.hours, '--hours', 1, 2_160),
      });
      const rows = await inRecords(context, options, (records, asked) => records.refused(asked, since));
      printRows(context.terminal, rows, ['gateway', 'reason', 'messages', 'bytes'], options);
    });
  group
    .command('completeness')
    .summary('quarter hours that are there, by meter and day')
    .requiredOption('--from <day>', 'first day, as 2026-11-01, in the zone of the building')
    .requiredOption('--to <day>', 'last day')
    .option('--meter <id>', 'of one meter only')
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...JSON_OPTION)
    .action(async (options: InOrganisation & { from: string; to: string; meter?: string }) => {
      const period = {
        from: dayOf(options.from, '--from'),
        to: dayOf(options.to, '--to'),
        meter: options.meter,
      };
      const rows = await inRecords(context, options, (records, asked) => records.completeness(asked, period));
      const shown = rows.map((row) => ({ ...row, share: shareOf(row) }));
      printRows(
        context.terminal,
        options.json ? rows : shown,
        ['label', 'day', 'present', 'expected', 'share'],
        options,
      );
    });
}

const shareOf = ({ rhythm, share }: { readonly rhythm: string; readonly share: number | null }): string =>
  rhythm === 'by-hand' ? 'by hand' : share === null ? '' : `${share / 100} %`;

const REPLAY_WAIT_MS = 15_000;

/** A running hub takes it in within a second or two; what it says of it this time is what is asked for. */
async function takenIn(records: RecordsService, asked: Asked, id: string): Promise<void> {
  for (const until = Date.now() + REPLAY_WAIT_MS; ; await sleep(250)) {
    const { state, reason, detail } = await records.letterState(asked, id);
    if (state === 'replayed') return;
    if (state !== 'replay') throw new Error(`it was refused again (${reason}): ${detail}`);
    if (Date.now() > until) throw new Error('it waits for a hub that runs: no hub has taken it in yet');
  }
}

/** One that fails does not keep the others from being done; all failures are told. */
async function each(
  context: CommandContext,
  options: InOrganisation,
  ids: readonly string[],
  done: string,
  act: (records: RecordsService, asked: Asked, id: string) => Promise<void>,
): Promise<void> {
  const failures = await inRecords(context, options, async (records, asked) => {
    const messages: string[] = [];
    for (const id of ids) {
      try {
        await act(records, asked, idOf(id));
        context.terminal.out(`${done} ${id}`);
      } catch (error) {
        messages.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return messages;
  });
  if (failures.length > 0) throw new CommandError(failures.join('\n'), EXIT.data);
}

function idOf(text: string): string {
  if (/^[1-9][0-9]{0,17}$/.test(text)) return text;
  throw new CommandError(`"${text.slice(0, 40)}" is no number of the list`, EXIT.usage);
}

/** Text of a stranger goes to a terminal: only when nothing in it could steer that. */
function printable(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return /^[\x20-\x7e\n]*$/.test(text) ? text : bytes.toString('base64');
}
