import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { examine, findingLines, worst } from '../doctor/index.ts';
import { loadProfiles } from '../meters/profile-store.ts';
import { EXIT, Failure, type Io } from './io.ts';
import { stateOption } from './state-option.ts';

interface DoctorOptions {
  readonly state: string;
  readonly profiles?: string;
  readonly json?: boolean;
}

export function addDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('clock, disk, ports, certificate, broker, configuration: what is wrong, and what to do')
    .addOption(stateOption())
    .option('--profiles <folder>', 'a folder with models of your own')
    .option('--json', 'one JSON object')
    .action((options: DoctorOptions) => doctor(options, io));
}

async function doctor({ state, profiles: own, json }: DoctorOptions, io: Io): Promise<void> {
  const clock = systemClock();
  const profiles = loadProfiles(own === undefined ? {} : { own });
  const findings = await examine({ state, profiles, wallMs: () => clock.wallMs() });
  const overall = worst(findings);
  const count = (which: string) => findings.filter((finding) => finding.state === which).length;
  if (json) io.out(JSON.stringify({ state: overall, findings }));
  else {
    const coloured = io.screen?.coloured ?? false;
    for (const finding of findings) for (const line of findingLines(finding, coloured)) io.out(line);
  }
  if (overall === 'bad') throw new Failure(`${count('bad')} bad, ${count('warn')} to look at`, EXIT.faulty);
  if (!json) io.out(overall === 'ok' ? 'all is well' : `nothing is broken, ${count('warn')} to look at`);
}
