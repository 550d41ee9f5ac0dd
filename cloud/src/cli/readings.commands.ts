import type { Command } from 'commander';
import type { Partition, RetentionOptions } from '../readings/index.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { addImportCommand } from './import.commands.ts';
import { addManualCommands } from './manual.commands.ts';
import { type OutputOptions, printRows } from './output.ts';

interface Options extends ConfigOptions, OutputOptions {
  readonly dryRun?: boolean;
}

const CONFIG = ['--config <file>', 'YAML file with the configuration'] as const;

export function addReadingsCommands(program: Command, context: CommandContext): void {
  const group = program.command('readings').summary('bring in, correct and look after raw readings');
  addImportCommand(group, context);
  addManualCommands(group, context);
  group
    .command('list')
    .summary('partitions, or chunks of TimescaleDB, each with its times and its size')
    .option(...CONFIG)
    .option('--json', 'one JSON object a line')
    .action(async (options: Options) => {
      const { partitions } = await import('../readings/index.ts');
      const rows = await withReadings(context, options, ({ everybody }) => partitions(everybody));
      printRows(context.terminal, rows.map(shown), ['class', 'name', 'from', 'to', 'megabytes'], options);
    });
  group
    .command('expire')
    .summary('let go of what is past its time, as the hub does every night')
    .option('--dry-run', 'only say what would go')
    .option(...CONFIG)
    .option('--json', 'one JSON object a line')
    .action(async (options: Options) => {
      if (options.dryRun) await showExpiring(context, options);
      else await expire(context, options);
    });
}

async function showExpiring(context: CommandContext, options: Options): Promise<void> {
  const { expiring } = await import('../readings/index.ts');
  const rows = await withReadings(context, options, expiring);
  printRows(context.terminal, rows.map(shown), ['class', 'name', 'from', 'to', 'megabytes'], options);
}

async function expire(context: CommandContext, options: Options): Promise<void> {
  const { expireReadings } = await import('../readings/index.ts');
  const stop = new AbortController();
  const done = await withReadings(context, options, (parts) => expireReadings(parts, stop.signal));
  const rows = done.map(({ class: type, cutoff, dropped, rows: deleted }) => ({
    class: type,
    before: cutoff.toString({ smallestUnit: 'second' }),
    partitions: dropped.length,
    rows: deleted,
  }));
  printRows(context.terminal, rows, ['class', 'before', 'partitions', 'rows'], options);
  const busy = done.filter((each) => each.busy).map((each) => each.class);
  if (busy.length === 0) return;
  const message = `${busy.join(', ')}: readings are in use that should go; try again, or wait for the night`;
  throw new CommandError(message, EXIT.unavailable);
}

const shown = ({ class: type, name, fromAt, toAt, bytes }: Partition) => ({
  class: type,
  name,
  from: fromAt.toString(),
  to: toAt.toString(),
  megabytes: (Number(bytes) / 1e6).toFixed(1),
});

async function withReadings<T>(
  context: CommandContext,
  options: ConfigOptions,
  work: (parts: RetentionOptions) => Promise<T>,
): Promise<T> {
  const config = context.load(options);
  if (config.database.workerUrl === undefined) {
    const message =
      'database.workerUrl is needed: only the role that serves all organisations sees where readings lie';
    throw new CommandError(message, EXIT.config);
  }
  const roles = await import('../roles/readings.ts');
  return roles.withReadings(config, work);
}
