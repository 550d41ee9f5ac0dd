import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { wholeOf } from './option-values.ts';
import { printRows } from './output.ts';
import { CONFIG, type InOrganisation, inOrganisation, JSON_OPTION, ORGANISATION } from './sites.commands.ts';

const DEFAULT_LIMIT = 20;

export function addSearchCommand(program: Command, context: CommandContext): void {
  program
    .command('search')
    .summary('find rooms, meters, gateways, people and leases by their names, in Thai or Latin script')
    .argument('<words...>', 'each must be found, wherever it stands')
    .option('--limit <number>', 'how many at most', String(DEFAULT_LIMIT))
    .option(...ORGANISATION)
    .option(...CONFIG)
    .option(...JSON_OPTION)
    .action(async (words: readonly string[], options: InOrganisation & { limit: string }) => {
      const limit = wholeOf(options.limit, '--limit') ?? DEFAULT_LIMIT;
      const rows = await inOrganisation(context, options, ({ search }, organisation) =>
        search.search(organisation, words.join(' '), limit),
      );
      printRows(context.terminal, rows, ['kind', 'name', 'otherName', 'detail', 'id'], options);
    });
}
