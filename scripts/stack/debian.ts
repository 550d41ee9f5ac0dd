import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLICY = '/usr/sbin/policy-rc.d';

export function onPath(command: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path)) ?? null;
}

export interface Distribution {
  readonly id: string;
  readonly version: number;
}

export function distribution(
  text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
): Distribution {
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID'), version: Number(field('VERSION_ID')) };
}

export function canInstall(): boolean {
  return distribution().id === 'debian' && process.getuid?.() === 0 && onPath('apt-get') !== null;
}

/** Installs Debian packages without starting the services they bring. */
export async function installPackages(...names: string[]): Promise<void> {
  say(`installing ${names.join(', ')} (Debian)`);
  // Most packages start their server at once; exit code 101 tells them not to.
  const guard = !existsSync(POLICY);
  if (guard) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const install = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', ...names];
    // The lists of a fresh machine are absent or old; asking first would cost more than trying.
    await apt(install).catch(async () => {
      await apt(['update']);
      await apt(install);
    });
  } finally {
    if (guard) rmSync(POLICY, { force: true });
  }
}

async function apt(args: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', args, { env, maxBuffer: 64 << 20 }).catch(
    (error: { stderr?: string; message: string }) => {
      const lines = (error.stderr || error.message).split('\n').filter((line) => line.startsWith('E:'));
      throw new Error(
        `apt-get ${args.filter((a) => !a.startsWith('-') && !a.includes('::')).join(' ')}: ${lines[0] ?? error.message}`,
      );
    },
  );
}

let docker: Promise<boolean> | undefined;

/** A client is not enough: only an answering engine counts. */
export function hasDocker(): Promise<boolean> {
  docker ??= new Promise<boolean>((resolve) => {
    const child = spawn('docker', ['info'], { stdio: 'ignore', timeout: 10_000 });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
  return docker;
}

export function say(line: string): void {
  process.stderr.write(`services: ${line}\n`);
}

/** What to do when a part can be had in none of the ways. */
export function missing(part: string, packages: string, variable: string): Error {
  return new Error(
    `${part} is missing: install ${packages} (on Debian as root this happens by itself), start a docker engine, or set ${variable} to a running one`,
  );
}
