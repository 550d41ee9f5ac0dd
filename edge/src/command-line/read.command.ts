import type { MeterProfile } from '@meterline/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../clock.ts';
import { crossCheck } from '../meters/plausible.ts';
import { loadProfiles, parseProfile, profileFaultLine } from '../meters/profile-store.ts';
import { isBilling } from '../meters/wanted.ts';
import { type ReadOnce, readOnce, timingOf } from '../poll/index.ts';
import { formatPortUrl, openBus, type PortAddress } from '../wire/index.ts';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';
import { interruptible, portOption, wholeOption } from './port-option.ts';
import { nearOnes } from './profiles.command.ts';
import { forPeople, shownValue } from './values.ts';

interface ReadOptions {
  readonly profile: string;
  readonly port: PortAddress;
  readonly unit: number;
  readonly json?: boolean;
  readonly timeout?: number;
  readonly profiles?: string;
}

type Result = Extract<ReadOnce, { kind: 'read' }>;

export function addRead(program: Command, io: Io): void {
  program
    .command('read')
    .description('read all registers of one meter, now')
    .requiredOption('--profile <id>', 'the model: an id of profiles, or a file', profileOption)
    .requiredOption(
      '--port <url>',
      'serial:///dev/…?baud=9600&parity=none&stop=1, tcp://host:port or rtu+tcp://host:port',
      portOption,
    )
    .requiredOption('--unit <n>', 'the number of the meter on the line', wholeOption('a unit', 1, 247))
    .option('--json', 'one JSON object')
    .option('--timeout <ms>', 'how long an answer is waited for', wholeOption('a time-out', 10, 10_000))
    .option('--profiles <folder>', 'a folder with models of your own')
    .action((options: ReadOptions) => read(options, io));
}

function profileOption(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('a profile is an id such as eastron-sdm120m.');
}

async function read(options: ReadOptions, io: Io): Promise<void> {
  const profile = await profileOf(options, io);
  const { unit, port, timeout } = options;
  const name = formatPortUrl(port);
  const line = timingOf(name);
  const cost = { characterUs: line.characterUs, gapUs: line.t35Us, turnaroundUs: 20_000 };
  const bus = openBus(port, systemClock());
  const stop = interruptible();
  try {
    const { signal } = stop;
    const result = await readOnce(bus, { unit, profile, cost, timeoutMs: timeout, signal });
    const at = new Date();
    if (signal.aborted) throw new Failure('interrupted', EXIT.faulty);
    if (result.kind === 'port') throw new Failure(result.reason, EXIT.unavailable);
    if (result.kind === 'silent') throw new Failure(silentText(unit, name, result.reason), EXIT.unanswered);
    if (options.json) io.out(JSON.stringify(asJson(profile, unit, at, result)));
    else for (const text of asText(profile, { unit, name, at }, result)) io.out(text);
    const missing = result.problems.filter(({ optional }) => !optional);
    if (missing.length > 0) {
      throw new Failure(
        `${missing.length} registers that this model must have could not be read`,
        EXIT.faulty,
      );
    }
  } finally {
    stop.release();
    await bus.stop();
  }
}

function silentText(unit: number, name: string, reason: string): string {
  const heard = reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason.replace(/^.*: /, '');
  return `unit ${unit} does not answer on ${name} (${heard}); check number, speed, parity and wires, or run scan`;
}

/** An id, or a file. What is wrong with it is said in one line. */
async function profileOf({ profile: wanted, profiles: own }: ReadOptions, io: Io): Promise<MeterProfile> {
  if (/[/\\]|\.ya?ml$/.test(wanted)) {
    const parsed = parseProfile((await readOrFail(io, wanted)).toString('utf8'), wanted);
    if (parsed.ok) return parsed.loaded.profile;
    const [first, ...rest] = parsed.faults.map(profileFaultLine);
    const more = rest.length > 0 ? ` (and ${rest.length} more: run profiles check)` : '';
    throw new Failure(`${first}${more}`, EXIT.faulty);
  }
  const { profiles, faults } = loadProfiles(own === undefined ? {} : { own });
  const fault = faults.find(
    ({ file }) => file.endsWith(`${wanted}.yaml`) || file.endsWith(`${wanted}.yml`) || file === own,
  );
  if (fault) throw new Failure(profileFaultLine(fault), EXIT.faulty);
  const [id = '', version] = wanted.split('@');
  const found = profiles.get(id);
  if (!found) throw new Failure(`there is no profile ${wanted}${nearOnes(id, profiles)}`, EXIT.usage);
  if (version !== undefined && found.ref !== wanted)
    throw new Failure(`${wanted} is not here, but ${found.ref}`, EXIT.usage);
  return found.profile;
}

function asJson({ id }: MeterProfile, unit: number, at: Date, { readings, problems }: Result): object {
  const values = readings.map(shownValue);
  const none = readings.flatMap(({ register, decoded }) =>
    decoded.kind === 'no-value' ? [{ name: register.name, error: `no value: ${decoded.reason}` }] : [],
  );
  const errors = problems.map(({ name, problem, optional }) => ({ name, error: problem, optional }));
  return { profile: id, unit, at: at.toISOString(), values, errors: [...errors, ...none] };
}

function asText(
  profile: MeterProfile,
  { unit, name, at }: { unit: number; name: string; at: Date },
  { readings, problems }: Result,
): string[] {
  const rows = readings.map((reading) => {
    const shown = shownValue(reading);
    const { value, unit: of } = forPeople(shown);
    const note = reading.decoded.kind === 'no-value' ? `no value: ${reading.decoded.reason}` : '';
    return [shown.name, value, of, shown.raw, isBilling(reading.register) ? 'billed' : note] as const;
  });
  const wide = (i: 0 | 1 | 2 | 3) => Math.max(0, ...rows.map((row) => row[i].length));
  const [names, values, units, raws] = [wide(0), wide(1), wide(2), wide(3)];
  return [
    `${profile.vendor} ${profile.models[0]} (${profile.id}@${profile.version}), unit ${unit} on ${name}`,
    at.toISOString(),
    '',
    ...rows.map(([label, value, of, raw, note]) =>
      `  ${label.padEnd(names)}  ${value.padStart(values)} ${of.padEnd(units)}  ${raw.padEnd(raws)}  ${note}`.trimEnd(),
    ),
    ...section(
      'Not read',
      problems.map(
        ({ name: label, problem, optional }) =>
          `${label}: ${problem}${optional ? ' (not every variant has it)' : ''}`,
      ),
    ),
    ...section(
      'Does not fit together',
      crossCheck(profile, readings)
        .filter(({ holds }) => !holds)
        .map(({ check, evidence }) => `${check}: ${evidence}`),
    ),
    ...section('Verify before billing', profile.confidence === 'high' ? [] : (profile.verify ?? [])),
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
