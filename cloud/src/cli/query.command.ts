import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { printRows } from './output.ts';
import { CONFIG, type InOrganisation, inOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

interface QueryOptions extends InOrganisation {
  readonly asOwner?: boolean;
}

const MOST_ROWS = 1_000;

export function addQueryCommand(database: Command, context: CommandContext): void {
  database
    .command('query')
    .summary('ask the database, read only')
    .description(
      'Runs one select as meterline_readonly, under the policies of one organisation, and writes nothing. Values are as PostgreSQL writes them, times in UTC.',
    )
    .argument('<select>', 'the query')
    .option(
      '--as-owner',
      'as meterline_owner: also readings, notes and events, which no policy shows to anybody',
    )
    .option(...CONFIG)
    .option(...ORGANISATION)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\nExample:\n  meterline database query "select id, no, register from point order by no limit 5"`,
    )
    .action(async (text: string, options: QueryOptions) => {
      const { database: settings } = context.load(options);
      const [secret, setting] = options.asOwner
        ? [settings.ownerUrl, 'database.ownerUrl']
        : [settings.readOnlyUrl, 'database.readOnlyUrl'];
      if (!secret) throw new CommandError(`config: ${setting} is required for --as-owner`, EXIT.config);
      const organisation = await inOrganisation(context, options, async (_, id) => id);
      const { ask } = await import('../platform/db/index.ts');
      const timeoutMs = settings.statementTimeoutMs;
      const asked = { url: secret.reveal(), setting, text, organisation, timeoutMs, most: MOST_ROWS };
      const { columns, rows, isCut } = await ask(asked).catch((error: unknown) => {
        throw refusalOf(error);
      });
      const objects = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
      printRows(context.terminal, objects, columns, options);
      if (isCut) context.terminal.err(`only the first ${MOST_ROWS} rows; put a limit or a condition into it`);
    });
}

/** What PostgreSQL says of a query is the answer that its writer needs. */
function refusalOf(error: unknown): unknown {
  const isSaid = error instanceof Error && 'severity' in error && 'code' in error;
  return isSaid ? new CommandError(`the query was refused: ${error.message}`, EXIT.data) : error;
}
