import type { Command } from 'commander';
import type { Log } from '../agent/log.ts';
import type { Agent } from '../agent.ts';
import { systemClock } from '../clock.ts';
import { LocalIdsError } from '../desired/index.ts';
import { readIdentity } from '../enrol/identity.ts';
import { claimSheet, IdentityError, openIdentity } from '../enrol/index.ts';
import { buildAgent, FaultyConfig, type RunOptions } from '../main.ts';
import { loadProfiles, profileFaultLine } from '../meters/profile-store.ts';
import { JournalError } from '../store/index.ts';
import { EXIT, Failure, type Io } from './io.ts';
import { endWithParent, parentOption } from './port-option.ts';
import { stateOption } from './state-option.ts';

interface Options {
  readonly state: string;
  readonly config?: string;
  readonly profiles?: string;
  readonly trustClock?: boolean;
  readonly exitWithParent?: boolean;
}

export function addRun(program: Command, io: Io, agent: string): void {
  program
    .command('run')
    .description('read the meters, keep every reading, and send it to the hub, until it is told to stop')
    .addOption(stateOption())
    .option(
      '--config <file>',
      'buses, meters and broker as written here (YAML), in place of those of the hub',
    )
    .option('--profiles <folder>', 'a folder with models of your own')
    .option(
      '--trust-clock',
      'believe the clock of this machine although neither timesyncd nor chrony vouches for it',
    )
    .addOption(parentOption())
    .addHelpText('after', SIGNALS)
    .action((options: Options) => run(options, io, agent));
}

const SIGNALS = `
SIGHUP reads --config again; SIGTERM and Ctrl-C stop it in order, a second one at once.
What is read before the time is known goes out with bounds and is never billed on.`;

async function run(asked: Options, io: Io, agent: string): Promise<void> {
  const { state, config, profiles: own, trustClock = false } = asked;
  const clock = systemClock();
  const log: Log = (level, line) =>
    io.out(`${new Date(clock.wallMs()).toISOString()} ${level.padEnd(4)} ${line}`);
  const profiles = loadProfiles(own === undefined ? {} : { own });
  for (const fault of profiles.faults) log('warn', profileFaultLine(fault));
  const options = { state, config: config ?? null, agent, profiles, clock, trustClock, log };
  const running = openOrFail(options, io);
  await running.start();
  endWithParent(asked.exitWithParent);
  log('info', 'running');
  const why = await untilToldToStop(running, log);
  log('info', `stopping (${why})`);
  await running.stop();
}

function openOrFail(options: RunOptions, io: Io): Agent {
  const { state, clock } = options;
  try {
    if (!readIdentity(state)) {
      const identity = openIdentity(state, { wallMs: () => clock.wallMs() });
      for (const line of claimSheet(identity)) io.out(line);
    }
    return buildAgent(options);
  } catch (error) {
    throw expected(error, state);
  }
}

function expected(error: unknown, state: string): unknown {
  if (!(error instanceof Error)) return error;
  const fail = (line: string, exit: (typeof EXIT)[keyof typeof EXIT]) =>
    new Failure(line, exit, { cause: error });
  if (error instanceof FaultyConfig) return fail(error.message, EXIT.faulty);
  if (error instanceof IdentityError || error instanceof LocalIdsError)
    return fail(error.message, EXIT.faulty);
  if (error instanceof JournalError && error.code === 'journal-in-use') {
    return fail(`another agent runs on ${state} already`, EXIT.unavailable);
  }
  if (error instanceof JournalError) return fail(error.message, EXIT.unavailable);
  const code = 'code' in error ? String(error.code) : '';
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code)) {
    return fail(`${state} cannot be written by this user; try sudo, or another --state`, EXIT.unreadable);
  }
  return error;
}

/** The first signal asks, the second one insists. */
function untilToldToStop(agent: Agent, log: Log): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(EXIT.unavailable);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('SIGHUP', () => {
      log('info', 'reading the configuration again');
      agent.reload().catch((error: unknown) => {
        log('warn', `reload: ${error instanceof Error ? error.message : String(error)}`);
      });
    });
  });
}
