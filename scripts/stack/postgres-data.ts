import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownedFolder, type User } from './place.ts';
import { startProcess } from './process.ts';

/** The superuser's password of a data folder, which is made if it is not there. Existing data are never removed. */
export async function ensureDataFolder(
  native: string,
  dataFolder: string,
  user: User | null,
): Promise<string> {
  const passwordFile = `${dataFolder}.password`;
  if (existsSync(join(dataFolder, 'PG_VERSION'))) {
    if (user) giveTo(user, dataFolder);
    return readPassword(passwordFile, dataFolder);
  }
  mkdirSync(dirname(dataFolder), { recursive: true, mode: 0o755 });
  removeEarlierStaging(dataFolder);
  refuseOtherThings(dataFolder);
  const staging = ownedFolder(user, `${dataFolder}.new-${process.pid}`);
  const password = randomBytes(18).toString('base64url');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const making = startProcess({
    name: 'initdb',
    command: join(native, 'bin', 'initdb'),
    args: [...INITDB, '-D', staging, `--pwfile=${passwordFile}`],
    user,
    cwd: '/',
    env: { LC_ALL: 'C.UTF-8' },
    logFile: `${dataFolder}.log`,
  });
  if ((await making.exited) !== 0) {
    const reason = making.tail(1);
    rmSync(staging, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not make its data folder ${dataFolder}: ${reason}`);
  }
  // One rename at the end: a run killed in the middle of initdb leaves nothing that looks finished.
  renameSync(staging, dataFolder);
  return password;
}

function refuseOtherThings(dataFolder: string): void {
  if (!existsSync(dataFolder) || readdirSync(dataFolder).length === 0) return;
  throw new Error(`${dataFolder} is not empty and holds no database: move it away`);
}

function readPassword(file: string, dataFolder: string): string {
  const password = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (password) return password;
  throw new Error(`the database in ${dataFolder} is there, but its password in ${file} is not: put it back`);
}

/** A folder that was copied by root belongs to root, which the server may not be. */
function giveTo(user: User, folder: string): void {
  if (statSync(folder).uid === user.uid) return;
  chownSync(folder, user.uid, user.gid);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, name), user.uid, user.gid);
  }
}

const INITDB = ['-U', 'postgres', '--encoding=UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256'];

/** What killed runs left of their initdb, which may still be in the middle of dying. */
function removeEarlierStaging(dataFolder: string): void {
  for (const name of readdirSync(dirname(dataFolder))) {
    if (!name.startsWith(`${basename(dataFolder)}.new-`)) continue;
    rmSync(join(dirname(dataFolder), name), {
      recursive: true,
      force: true,
      maxRetries: 20,
      retryDelay: 100,
    });
  }
}

/** A killed run may have left its server alive, or a lock file that now names a stranger's process. */
export async function endServerOf(dataFolder: string): Promise<void> {
  const pidFile = join(dataFolder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const ours = () => commandLine(pid).some((word) => word === dataFolder);
  if (!ours()) {
    rmSync(pidFile, { force: true });
    return;
  }
  for (const [signal, seconds] of [
    ['SIGINT', 10],
    ['SIGQUIT', 5],
    ['SIGKILL', 5],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself between the two looks.
    }
    for (let i = 0; i < seconds * 20 && ours(); i++) await sleep(50);
    if (!ours()) return;
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
