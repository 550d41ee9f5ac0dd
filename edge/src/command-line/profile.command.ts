import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type Checked,
  check,
  type Fault,
  faultLine,
  type MeterProfile,
  meterProfileSchema,
  PROFILES_FOLDER,
} from '@meterline/contracts';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';

export function addProfile(program: Command, io: Io): void {
  const profile = program.command('profile').description('meter models as data');
  profile
    .command('check')
    .description('check profile files; prints each fault with its place and what to do')
    .argument('<file...>', 'YAML files, one model each')
    .action((files: string[]) => checkFiles(files, io));
  profile
    .command('list')
    .description('the models that this agent knows')
    .action(() => list(io));
}

async function checkFiles(files: readonly string[], io: Io): Promise<void> {
  let faulty = 0;
  for (const file of files) {
    const checked = readProfile(await readOrFail(io, file), basename(file));
    if (checked.ok) {
      const { id, version, registers } = checked.value;
      io.out(`${file}: ok, ${id}@${version}, ${registers.length} registers`);
      continue;
    }
    faulty += 1;
    for (const fault of checked.faults) io.out(`${file}: ${faultLine(fault)}`);
  }
  if (faulty > 0) throw new Failure(`${faulty} of ${files.length} profiles are faulty`, EXIT.faulty);
}

/** `name` is that of the file: it must be the id, so that nobody has to search. */
function readProfile(bytes: Buffer, name: string): Checked<MeterProfile> {
  // A profile has no use for aliases, and a few nested ones can grow without bound.
  const document = parseDocument(bytes.toString('utf8'), { uniqueKeys: true, version: '1.2' });
  if (document.errors.length > 0) return { ok: false, faults: document.errors.map(syntaxFault) };
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'cannot be read';
    return { ok: false, faults: [{ path: '', problem, remedy: 'write the values out' }] };
  }
  const checked = check(meterProfileSchema, data);
  if (checked.ok && name !== `${checked.value.id}.yaml`) {
    const remedy = `name the file ${checked.value.id}.yaml`;
    return { ok: false, faults: [{ path: 'id', problem: `is not the name of the file ${name}`, remedy }] };
  }
  return checked;
}

const syntaxFault = ({
  message,
  linePos,
}: {
  message: string;
  linePos?: readonly { line: number }[];
}): Fault => ({
  path: linePos?.[0] ? `line ${linePos[0].line}` : '',
  problem: message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'is not YAML',
  remedy: 'correct the YAML',
});

async function list(io: Io): Promise<void> {
  const files = (await readdir(PROFILES_FOLDER)).filter((file) => file.endsWith('.yaml')).toSorted();
  for (const file of files) {
    const checked = readProfile(await readOrFail(io, new URL(file, PROFILES_FOLDER)), file);
    if (!checked.ok) throw new Failure(`${file} is faulty: run profile check on it`, EXIT.faulty);
    const { id, version, vendor, models, medium, confidence } = checked.value;
    io.out(
      `${`${id}@${version}`.padEnd(32)} ${medium.padEnd(12)} ${confidence.padEnd(7)} ${vendor}: ${models.join(', ')}`,
    );
  }
}
