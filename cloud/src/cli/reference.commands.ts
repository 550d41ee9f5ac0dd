import type { Command } from 'commander';
import { configKeys, defaultText, valueText } from '../config/index.ts';
import type { CommandContext } from './context.ts';
import { type OutputOptions, printRows } from './output.ts';

export function addReferenceCommands(program: Command, context: CommandContext): void {
  const config = program.command('config').summary('what can be configured');
  config
    .command('keys')
    .summary('every key with its variable, default and meaning')
    .option('--json', 'one JSON object a line')
    .action((options: OutputOptions) => {
      const rows = configKeys.map((key) => ({
        key: key.name,
        variable: key.env,
        value: plain(valueText(key)),
        default: plain(defaultText(key)),
        meaning: plain(key.description),
      }));
      printRows(context.terminal, rows, ['key', 'variable', 'default', 'meaning'], options);
    });

  program
    .command('openapi')
    .summary('the document of the API, as OpenAPI 3.1')
    .action(async () => {
      const { emitOpenApi } = await import('../roles/openapi.ts');
      context.terminal.out((await emitOpenApi()).trimEnd());
    });
}

/** The reference is written for Markdown; a terminal shows none. */
const plain = (text: string): string => text.replace(/[`*]/g, '');
