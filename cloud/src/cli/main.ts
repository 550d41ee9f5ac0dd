import { Command, CommanderError } from 'commander';
import { buildInfo } from '../roles/build-info.ts';
import { addAuditCommands } from './audit.commands.ts';
import { addBuildingCommands } from './building.commands.ts';
import { CommandContext } from './context.ts';
import { addDatabaseCommands } from './database.commands.ts';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';
import { addGatewayCommands } from './gateway.commands.ts';
import { addHubCommand } from './hub.command.ts';
import { addIngestCommands } from './ingest.commands.ts';
import { addLeaseCommands } from './leases.commands.ts';
import { addListCommands } from './list.commands.ts';
import { addMeterCommands } from './meter.commands.ts';
import { addMeteringCommands } from './metering.commands.ts';
import { addMqttCommands } from './mqtt.commands.ts';
import { addOperationsCommands } from './operations.commands.ts';
import { addPartyCommands } from './parties.commands.ts';
import { addNoticeCommands } from './person-data.commands.ts';
import { addPlaceCommands } from './place.commands.ts';
import { addReadingsCommands } from './readings.commands.ts';
import { addReferenceCommands } from './reference.commands.ts';
import { addSearchCommand } from './search.command.ts';
import { addSitesCommands } from './sites.commands.ts';
import { reportFailure, type Terminal } from './terminal.ts';
import { addUserCommands } from './user.commands.ts';
import { addWebhookCommands } from './webhook.commands.ts';

/** Runs one command line and says how it ended; nothing is thrown. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const context = new CommandContext(terminal, { verbose: args.includes('--verbose') });
  const program = createProgram(context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has already said what was wrong, or shown what was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportFailure(terminal, error, context);
  }
}

function createProgram(context: CommandContext): Command {
  const { version, commit } = buildInfo();
  const program = new Command('meterline')
    .description('The hub of Meterline: readings in, charts, alerts and provable bills out.')
    .version(commit === undefined ? version : `${version} (${commit})`, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--verbose', 'show the stack of an error')
    .addHelpText('after', `\n${exitCodes()}`)
    .addHelpText('after', EXAMPLES);
  program.commandsGroup('Run:');
  addHubCommand(program, context);
  program.commandsGroup('Database:');
  addDatabaseCommands(program, context);
  program.commandsGroup('Buildings:');
  addSitesCommands(program, context);
  addBuildingCommands(program, context);
  addPlaceCommands(program, context);
  addMeterCommands(program, context);
  addSearchCommand(program, context);
  addListCommands(program, context);
  addGatewayCommands(program, context);
  addIngestCommands(program, context);
  addMeteringCommands(program, context);
  addMqttCommands(program, context);
  program.commandsGroup('People:');
  addUserCommands(program, context);
  addNoticeCommands(program, context);
  addPartyCommands(program, context);
  addLeaseCommands(program, context);
  program.commandsGroup('Look after:');
  addAuditCommands(program, context);
  addOperationsCommands(program, context);
  addReadingsCommands(program, context);
  addWebhookCommands(program, context);
  program.commandsGroup('Reference:');
  addReferenceCommands(program, context);
  for (const command of everyCommand(program)) prepare(command, context);
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function prepare(command: Command, { terminal }: CommandContext): void {
  command.exitOverride().showSuggestionAfterError();
  if (command.parent) command.option('--verbose', 'show the stack of an error');
  command.configureOutput({
    writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
    writeErr: (text) => terminal.err(text.replace(/\n$/, '')),
    outputError: (text, write) => write(oneLine(text, command)),
  });
}

/** `error: unknown option '--prot'\n(Did you mean --port?)` becomes one line that says where to look. */
function oneLine(text: string, command: Command): string {
  const said = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
  const name = [...parentsOf(command), command.name()].join(' ');
  return `meterline: ${said}; see ${name} --help\n`;
}

const parentsOf = (command: Command): string[] =>
  command.parent ? [...parentsOf(command.parent), command.parent.name()] : [];

function exitCodes(): string {
  const lines = EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`);
  return ['Exit codes:', ...lines, '  128+n  ended at once by a second signal n'].join('\n');
}

const EXAMPLES = `
Examples:
  meterline hub --config hub.yaml --check-config
  meterline database provision --config hub.yaml && meterline migrate --config hub.yaml
  meterline hub --config hub.yaml
  meterline jobs failed --config hub.yaml`;
