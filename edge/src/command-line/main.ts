import { Command, CommanderError } from 'commander';
import { addBatch } from './batch.command.ts';
import { addCommission } from './commission.command.ts';
import { addDoctor } from './doctor.command.ts';
import { addEnrol } from './enrol.command.ts';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';
import { addJournal } from './journal.command.ts';
import { addProfiles } from './profiles.command.ts';
import { addRead } from './read.command.ts';
import { addRun } from './run.command.ts';
import { addScan } from './scan.command.ts';
import { addSim } from './sim.command.ts';
import { addStatus } from './status.command.ts';

const NAME = 'meterline-edge';

const HELP = `
Examples:
  ${NAME} profiles show eastron-sdm120m
  ${NAME} profiles check profiles/my-meter.yaml
  ${NAME} read --profile eastron-sdm120m --port 'serial:///dev/ttyUSB0?baud=9600' --unit 1
  ${NAME} scan --port serial:///dev/ttyUSB0
  ${NAME} commission --port 'serial:///dev/ttyUSB0?baud=9600' --by tech-7
  ${NAME} enrol --hub https://hub.example.com
  ${NAME} doctor
  ${NAME} run --config gateway.yaml
  ${NAME} status
  ${NAME} journal verify
  ${NAME} journal export --from 2026-11-01 --to 2026-12-01 --out november.csv
  ${NAME} sim --config building.yaml --json
  ${NAME} batch verify sealed.bin --key 434b1d70…7104

Exit codes:
  ${EXIT.ok}   all is well
  ${EXIT.usage}  the command line is wrong
  ${EXIT.faulty}  what was checked is faulty (the faults are printed)
  ${EXIT.unreadable}  a file cannot be read
  ${EXIT.unanswered}  no meter answers
  ${EXIT.unavailable}  a port, tool or file that is needed cannot be had
  ${EXIT.broken}  a fault of this program: run again with --verbose and report it`;

/** Runs one command line and returns its exit code; never throws. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    const program = await build(io);
    if (args.length === 0) {
      io.err(program.helpInformation() + HELP);
      return EXIT.usage;
    }
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return report(error, args.includes('--verbose'), io);
  }
}

async function build(io: Io): Promise<Command> {
  const agentVersion = await version(io);
  const program = new Command(NAME)
    .description('The gateway agent of Meterline: reads meters over RS-485 and never loses a reading')
    .version(agentVersion, '-V, --version', 'print the version')
    .option('--verbose', 'print the stack of an error')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', HELP)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: () => undefined,
    });
  addProfiles(program, io);
  addBatch(program, io);
  addRead(program, io);
  addScan(program, io);
  addCommission(program, io);
  addEnrol(program, io, `${NAME} ${agentVersion}`);
  addDoctor(program, io);
  addRun(program, io, `${NAME} ${agentVersion}`);
  addStatus(program, io);
  addJournal(program, io);
  addSim(program, io);
  return program;
}

async function version(io: Io): Promise<string> {
  const file = await readOrFail(io, new URL('../../package.json', import.meta.url));
  const manifest: unknown = JSON.parse(file.toString('utf8'));
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known ? String(manifest.version) : 'unknown';
}

function report(error: unknown, verbose: boolean, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    // Commander reports a group without its command as help on the error stream.
    const text = error.code === 'commander.help' ? 'a command is missing' : message;
    io.err(`${NAME}: ${text} (see ${NAME} --help)`);
    return EXIT.usage;
  }
  const failure = error instanceof Failure ? error : undefined;
  io.err(`${NAME}: ${error instanceof Error ? error.message : String(error)}`);
  if (verbose && error instanceof Error) {
    io.err(error.stack ?? '');
    if (error.cause instanceof Error) io.err(`caused by ${error.cause.stack ?? error.cause.message}`);
  }
  return failure?.exitCode ?? EXIT.broken;
}
