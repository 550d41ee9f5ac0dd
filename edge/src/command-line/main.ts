import { Command, CommanderError } from 'commander';
import { EXIT, Failure, type Io, ofThePlace, readOrFail } from './io.ts';

const NAME = 'meterline-edge';

type Add = (program: Command, io: Io, agent: string) => void;

/** In the order of `--help`. Each is loaded when it is asked for: an agent that runs for years carries no other with it. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  profiles: async () => (await import('./profiles.command.ts')).addProfiles,
  batch: async () => (await import('./batch.command.ts')).addBatch,
  read: async () => (await import('./read.command.ts')).addRead,
  scan: async () => (await import('./scan.command.ts')).addScan,
  commission: async () => (await import('./commission.command.ts')).addCommission,
  enrol: async () => (await import('./enrol.command.ts')).addEnrol,
  doctor: async () => (await import('./doctor.command.ts')).addDoctor,
  run: async () => (await import('./run.command.ts')).addRun,
  status: async () => (await import('./status.command.ts')).addStatus,
  journal: async () => (await import('./journal.command.ts')).addJournal,
  sim: async () => (await import('./sim.command.ts')).addSim,
};

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
    const program = await build(args, io);
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

async function build(args: readonly string[], io: Io): Promise<Command> {
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
  const [asked = ''] = args;
  const only = Object.hasOwn(COMMANDS, asked) ? COMMANDS[asked] : undefined;
  for (const load of only ? [only] : Object.values(COMMANDS)) {
    (await load())(program, io, `${NAME} ${agentVersion}`);
  }
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
  const failure = error instanceof Failure ? error : ofThePlace(error);
  io.err(`${NAME}: ${failure?.message ?? (error instanceof Error ? error.message : String(error))}`);
  if (verbose && error instanceof Error) {
    io.err(error.stack ?? '');
    if (error.cause instanceof Error) io.err(`caused by ${error.cause.stack ?? error.cause.message}`);
  }
  return failure?.exitCode ?? EXIT.broken;
}
