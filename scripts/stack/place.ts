import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: the owner of existing data, else `postgres`, else `nobody` takes its place. */
export function serverUser(existingFolder?: string): User | null {
  if (process.getuid?.() !== 0) return null;
  if (existingFolder && existsSync(existingFolder)) {
    const { uid, gid } = statSync(existingFolder);
    if (uid !== 0) return { uid, gid };
  }
  return account('postgres') ?? account('nobody') ?? fail('no user "postgres" or "nobody" in /etc/passwd');
}

/** An account of this system, or of another one whose root folder is given. */
export function account(wanted: string, root = '/'): User | null {
  const lines = readFileSync(join(root, 'etc/passwd'), 'utf8').split('\n');
  const fields = lines.map((line) => line.split(':')).find(([name]) => name === wanted);
  return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : null;
}

function fail(message: string): never {
  throw new Error(message);
}

/** Whether another user can walk to this path: a clone may lie in a home that only its owner enters. */
export function canReach(user: User | null, path: string): boolean {
  if (user === null) return true;
  for (let folder = resolve(path); folder !== '/'; folder = dirname(folder)) {
    if (!existsSync(folder)) continue;
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & bit)) return false;
  }
  return true;
}

/** The wanted folder if the user can walk there; else one of the same name in the system's state folder. */
export function reachableFolder(user: User | null, wanted: string): string {
  const parent = dirname(resolve(wanted));
  mkdirSync(parent, { recursive: true });
  if (canReach(user, parent)) return resolve(wanted);
  return join(stateFolder(user), createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 12));
}

/** Where the system keeps what belongs to no home: a folder that the user can walk to. */
export function stateFolder(user: User | null): string {
  const bases = ['/var/lib/meterline', '/var/tmp/meterline', join(tmpdir(), 'meterline')];
  for (const base of bases) {
    try {
      mkdirSync(base, { recursive: true });
      // Whatever the umask: the folder is there for another user to walk through.
      chmodSync(base, 0o755);
    } catch {
      continue;
    }
    if (canReach(user, base)) return base;
  }
  return fail(`no folder that user ${user?.uid} can enter: tried ${bases.join(', ')}`);
}

export function ownedFolder(user: User | null, path: string, mode = 0o700): string {
  mkdirSync(path, { recursive: true, mode });
  if (user) chownSync(path, user.uid, user.gid);
  return path;
}

const TEMPORARY = /^meterline-run-(\d+)-/;

/** A temporary folder that the user can enter; those of runs that were killed are removed on the way. */
export function temporaryFolder(user: User | null, bases = [tmpdir(), '/var/tmp', '/tmp']): string {
  const base = bases.find((candidate) => existsSync(candidate) && canReach(user, candidate));
  if (!base) fail(`no temporary folder that user ${user?.uid} can enter: tried ${bases.join(', ')}`);
  for (const name of readdirSync(base)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(join(base, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(base, `meterline-run-${process.pid}-`));
  chmodSync(folder, 0o755);
  return folder;
}
