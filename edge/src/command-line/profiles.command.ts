import type { MeterProfile } from '@meterline/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import {
  loadProfiles,
  type ProfileFault,
  type ProfileSet,
  parseProfile,
  profileFaultLine,
} from '../meters/profile-store.ts';
import { kindText, profileSheet, switchingText } from '../meters/profile-text.ts';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';
import { COLOURS, type Column, painted, tableLines } from './table.ts';
import { wrap } from './text-width.ts';

interface ListOptions {
  readonly profiles?: string;
  readonly json?: boolean;
}

export function addProfiles(program: Command, io: Io): void {
  const profiles = program
    .command('profiles')
    .description('the meter models that this agent knows, and what to verify at each')
    .usage('[options] [command]')
    .configureHelp({ showGlobalOptions: true })
    .argument('[command]', 'without one all are listed', unknownCommand)
    .option('--profiles <folder>', 'a folder with models of your own')
    .option('--json', 'one JSON object')
    .action((_, options: ListOptions) => list(options, io));
  profiles
    .command('show')
    .description('the sheet of one model: line settings, registers, traps, sources')
    .argument('<id>', 'such as eastron-sdm120m')
    .action((id: string, _, command: Command) => show(id, command.optsWithGlobals<ListOptions>(), io));
  profiles
    .command('check')
    .description('check profile files; prints each fault with its place and what to do')
    .argument('<file...>', 'YAML files, one model each')
    .action((files: string[], _, command: Command) =>
      check(files, command.optsWithGlobals<ListOptions>(), io),
    );
}

function unknownCommand(text: string): never {
  throw new InvalidArgumentError(`there are profiles show and profiles check, no "${text}".`);
}

/** Faulty files of one's own take only themselves away, but not in silence. */
function known({ profiles: own }: ListOptions, io: Io): ProfileSet {
  const set = loadProfiles(own === undefined ? {} : { own });
  for (const fault of set.faults) io.err(profileFaultLine(fault));
  return set;
}

const failOn = (faults: readonly ProfileFault[]): void => {
  if (faults.length === 0) return;
  throw new Failure(`${faults.length} faults in profiles`, EXIT.faulty);
};

function list(options: ListOptions, io: Io): void {
  const set = known(options, io);
  const all = [...set.profiles.values()].map(({ profile }) => profile);
  all.sort((a, b) => (a.id < b.id ? -1 : 1));
  if (options.json) io.out(JSON.stringify({ profiles: all.map(asJson) }));
  else for (const line of listLines(all, io)) io.out(line);
  failOn(set.faults);
}

const asJson = (profile: MeterProfile): object => ({
  id: profile.id,
  version: profile.version,
  vendor: profile.vendor,
  models: profile.models,
  medium: profile.medium,
  phases: profile.phases,
  confidence: profile.confidence,
  registers: profile.registers.length,
  switches: (profile.switching ?? []).map(({ name, kind }) => ({ name, kind })),
  verify: profile.verify ?? [],
});

const { green, yellow, red, grey } = COLOURS;
const CONFIDENCE = { high: green, medium: yellow, low: red } as const;

const COLUMNS: readonly Column<MeterProfile>[] = [
  { title: 'PROFILE', cell: ({ id, version }) => `${id}@${version}` },
  { title: 'KIND', cell: kindText, spare: 1 },
  {
    title: 'CONFIDENCE',
    cell: ({ confidence }) => confidence,
    colour: ({ confidence }) => CONFIDENCE[confidence],
  },
  { title: 'REGISTERS', side: 'right', cell: ({ registers }) => String(registers.length), spare: 3 },
  { title: 'SWITCHES', cell: (profile) => switchingText(profile) || '-', spare: 2 },
];

const UNBOUNDED = 10_000;

/** A line for each model; below it what stands on its label, and what to compare before it is billed on. */
function listLines(profiles: readonly MeterProfile[], { screen }: Io): string[] {
  const width = screen?.columns ?? UNBOUNDED;
  const coloured = screen?.coloured ?? false;
  const { head, body } = tableLines(profiles, COLUMNS, { width, coloured });
  const rows = profiles.flatMap(({ vendor, models, verify = [] }, i) => [
    body[i] ?? '',
    ...hanging(`${vendor}: ${models.join(', ')}`, '  ', width).map((line) =>
      coloured ? painted(line, grey) : line,
    ),
    ...verify.flatMap((what) => hanging(`verify ${what}`, '    ', width)),
  ]);
  return [head, ...rows];
}

const hanging = (text: string, indent: string, width: number): string[] =>
  wrap(text, Math.max(20, width - indent.length - 2)).map(
    (line, i) => `${indent}${i === 0 ? '' : '  '}${line}`,
  );

function show(wanted: string, options: ListOptions, io: Io): void {
  const { profiles } = known(options, io);
  const found = profiles.get(wanted.replace(/@.*$/, ''));
  if (!found) throw new Failure(`there is no profile ${wanted}${nearOnes(wanted, profiles)}`, EXIT.usage);
  const isOther = wanted.includes('@') && wanted !== found.ref;
  if (isOther) throw new Failure(`${wanted} is not here, but ${found.ref}`, EXIT.usage);
  io.out(options.json ? JSON.stringify(found.profile) : profileSheet(found.profile));
}

/** What somebody may have meant who wrote what stands on the label. */
export function nearOnes(wanted: string, profiles: ProfileSet['profiles']): string {
  const parts = wanted
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length > 2);
  const near = [...profiles.values()].filter(({ profile: { id, models } }) =>
    parts.some((part) => id.includes(part) || models.some((model) => model.toLowerCase().includes(part))),
  );
  if (near.length === 0) return '; see meterline-edge profiles';
  const ids = near.slice(0, 4).map(({ profile }) => profile.id);
  return `; did you mean ${ids.join(', ')}?`;
}

async function check(files: readonly string[], { json }: ListOptions, io: Io): Promise<void> {
  const checked: object[] = [];
  let faulty = 0;
  for (const file of files) {
    const parsed = parseProfile((await readOrFail(io, file)).toString('utf8'), file);
    if (!parsed.ok) faulty += 1;
    if (json) checked.push(checkedJson(file, parsed));
    else if (parsed.ok)
      io.out(`${file}: ok, ${parsed.loaded.ref}, ${parsed.loaded.profile.registers.length} registers`);
    else for (const fault of parsed.faults) io.out(profileFaultLine(fault));
  }
  if (json) io.out(JSON.stringify({ files: checked }));
  if (faulty > 0) throw new Failure(`${faulty} of ${files.length} profiles are faulty`, EXIT.faulty);
}

const checkedJson = (file: string, parsed: ReturnType<typeof parseProfile>): object =>
  parsed.ok
    ? { file, ok: true, profile: parsed.loaded.ref }
    : { file, ok: false, faults: parsed.faults.map(({ line = null, text }) => ({ line, text })) };
