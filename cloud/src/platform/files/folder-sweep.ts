import { randomUUID } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const DAY_MS = 86_400_000;
/** Distinguishes this life of the process from an earlier one with the same number (in a container it is always 1). */
const LIFE = randomUUID().slice(0, 8);
const HOST = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/** The name says whose upload it is, so that a sweep never takes a living process's draft. */
export function incomingName(id: string): string {
  return `${HOST}.${process.pid}.${LIFE}.${id}.part`;
}

/** Removes the drafts of processes that are gone. Another host's cannot be told, so those go after a day. */
export async function sweepIncoming(folder: string): Promise<number> {
  let swept = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.part')) continue;
    const path = join(folder, name);
    if (await isAbandoned(name, path)) {
      await rm(path, { force: true });
      swept += 1;
    }
  }
  return swept;
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const [host, pid, life] = name.split('.');
  if (host === HOST) {
    if (Number(pid) === process.pid) return life !== LIFE;
    if (!isRunning(Number(pid))) return true;
  }
  const stats = await lstat(path).catch(() => undefined);
  return stats === undefined || stats.mtimeMs < Date.now() - DAY_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
