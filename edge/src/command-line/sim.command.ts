import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultLine } from '@meterline/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import { writeDurably } from '../durable-file.ts';
import { loadProfiles, profileFaultLine } from '../meters/profile-store.ts';
import {
  type Building,
  type BuildingConfig,
  buildBuilding,
  durationOf,
  gatewayFile,
  installationOf,
  LineError,
  parseBuilding,
  type RunningBus,
  SimClock,
  Simulation,
  shownTime,
  TruthFileError,
  type TruthLine,
  toldBy,
} from '../simulator/index.ts';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';
import { endWithParent, parentOption } from './port-option.ts';

interface SimOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly duration?: number;
  readonly gateway?: string;
  readonly exitWithParent?: boolean;
}

export function addSim(program: Command, io: Io): void {
  program
    .command('sim')
    .description('a virtual building: meters on buses that can be slow, dead, noisy or late')
    .requiredOption('--config <file>', 'the building as YAML')
    .option('--json', 'one JSON object a line: buses, events, and how it goes')
    .option('--duration <time>', 'end after so much real time, such as 90s, 15m or 2h', durationOption)
    .option('--gateway <file>', 'write the configuration of a gateway that reads this building')
    .addOption(parentOption())
    .action((options: SimOptions) => simulate(options, io));
}

function durationOption(value: string): number {
  const ms = durationOf(value);
  if (!(ms > 0)) throw new InvalidArgumentError('a duration is such as 90s, 15m or 2h.');
  return ms;
}

async function simulate(asked: SimOptions, io: Io): Promise<void> {
  const { config: file, json = false, duration, gateway } = asked;
  endWithParent(asked.exitWithParent);
  const config = await readConfig(file, io);
  const folder = dirname(resolve(file));
  const truthPath = config.truth === undefined ? undefined : resolve(folder, config.truth);
  // A story that has its own beginning is told anew each time; real life goes on.
  const goesOn = config.time.start === undefined;
  const told = goesOn && truthPath !== undefined ? toldBy(truthPath) : undefined;
  const start = beginning(config, told?.until);
  const building = build(config, told?.begun ?? start, folder, file, io);
  const wire = systemClock();
  const clock = new SimClock(wire, start, config.time.speed);
  const say = json ? jsonSpeaker(io) : textSpeaker(building, io);
  const simulation = new Simulation({
    ...{ building, clock, wire, folder, truthPath, goesOn },
    heard: say.heard,
    opened: (buses) => {
      if (gateway !== undefined) writeGateway(gateway, building, clock, buses);
      say.started(buses, clock);
    },
  });
  const stop = untilStopped(duration);
  try {
    await simulation.start();
    await watchOver(simulation, clock, say, stop.signal);
  } catch (error) {
    if (error instanceof LineError || error instanceof TruthFileError) {
      throw new Failure(error.message, EXIT.unavailable, { cause: error });
    }
    throw error;
  } finally {
    stop.release();
    await simulation.stop();
  }
  say.ended(clock);
}

function writeGateway(file: string, building: Building, clock: SimClock, buses: readonly RunningBus[]): void {
  const urls = new Map(buses.map(({ id, url }) => [id, url]));
  try {
    writeDurably(resolve(file), gatewayFile(installationOf(building, clock.now(), urls)), 0o644);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure(`${file} cannot be written (${code})`, EXIT.unavailable, { cause: error });
  }
}

/** Faster than real time it runs ahead of the clock: the next run goes on where the last one ended. */
function beginning({ time }: BuildingConfig, until: number | undefined): number {
  if (time.start !== undefined) return Date.parse(time.start);
  return time.speed === 1 ? Date.now() : Math.max(Date.now(), until ?? 0);
}

async function readConfig(file: string, io: Io): Promise<BuildingConfig> {
  const parsed = parseBuilding((await readOrFail(io, file)).toString('utf8'));
  if (parsed.ok) return parsed.value;
  for (const fault of parsed.faults) io.out(`${file}: ${faultLine(fault)}`);
  throw new Failure(`${file} is faulty`, EXIT.faulty);
}

function build(config: BuildingConfig, startedAt: number, folder: string, file: string, io: Io): Building {
  const own = config.profiles === undefined ? {} : { own: resolve(folder, config.profiles) };
  const profiles = loadProfiles(own);
  for (const fault of profiles.faults) io.out(profileFaultLine(fault));
  const built = buildBuilding(config, startedAt, profiles);
  if (built.ok) return built.value;
  for (const fault of built.faults) io.out(`${file}: ${faultLine(fault)}`);
  throw new Failure(`${file} is faulty`, EXIT.faulty);
}

/** A signal, or the end of the time. */
function untilStopped(duration: number | undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const timer = duration === undefined ? undefined : setTimeout(stop, duration);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const release = (): void => {
    clearTimeout(timer);
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  return { signal: controller.signal, release };
}

const STATUS_MS = 10_000;

async function watchOver(
  simulation: Simulation,
  clock: SimClock,
  say: Speaker,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(STATUS_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) say.status(simulation, clock);
  }
}

interface Speaker {
  started(buses: readonly RunningBus[], clock: SimClock): void;
  heard(line: TruthLine): void;
  status(simulation: Simulation, clock: SimClock): void;
  ended(clock: SimClock): void;
}

const sumOf = (buses: readonly RunningBus[], of: (bus: RunningBus) => number): number =>
  buses.reduce((sum, bus) => sum + of(bus), 0);

function jsonSpeaker(io: Io): Speaker {
  const say = (line: object): void => io.out(JSON.stringify(line));
  return {
    started: (buses, { start, speed }) => say({ kind: 'started', at: start, speed, buses }),
    heard: say,
    status: (simulation, clock) =>
      say({ kind: 'status', at: clock.now(), faults: simulation.faultsNow, buses: simulation.buses }),
    ended: (clock) => say({ kind: 'stopped', at: clock.now() }),
  };
}

function textSpeaker({ calendar, config, points }: Building, io: Io): Speaker {
  const stamp = (ms: number): string => shownTime(calendar, ms);
  return {
    started: (buses, { start, speed }) => {
      io.out(`${config.name}: ${points.length} billed registers, from ${stamp(start)}, ${speed} × real time`);
      const widest = Math.max(...buses.map(({ id }) => id.length));
      for (const { id, url, meters } of buses) {
        io.out(`  ${id.padEnd(widest)}  ${String(meters).padStart(3)} meters  ${url}`);
      }
      io.out('Ctrl-C ends it.');
    },
    heard: (line) => {
      const text = sentence(line);
      if (text !== undefined && 'at' in line) io.out(`${stamp(line.at)}  ${text}`);
    },
    status: (simulation, clock) => {
      const { buses, faultsNow } = simulation;
      const [asked, answered] = [sumOf(buses, (bus) => bus.requests), sumOf(buses, (bus) => bus.replies)];
      io.out(`${stamp(clock.now())}  ${asked} requests, ${answered} replies, ${faultsNow} faults now`);
    },
    ended: (clock) => io.out(`${stamp(clock.now())}  ended`),
  };
}

function sentence(line: TruthLine): string | undefined {
  switch (line.kind) {
    case 'fault':
      return `${line.meter ?? line.bus}: ${line.fault} ${line.what}`;
    case 'counter':
      return `${line.meter}: ${line.event}, ${line.closing} → ${line.opening}`;
    case 'switch':
      return `${line.meter}: ${line.control} ${line.state}`;
    case 'harm':
      return `${line.meter}: ${line.effect} by a write (${line.why})`;
    default:
      return undefined;
  }
}
