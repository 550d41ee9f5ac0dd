import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTicks } from '../stack/process.ts';

interface Holder {
  /** A copy of the folder elsewhere speaks of another demo. */
  readonly folder: string;
  readonly pid: number;
  readonly startTicks: string;
  readonly parent: number;
  readonly parentTicks: string;
}

/**
 * One demo per folder. A living one keeps its turn; one whose parent (make) was killed is about to end by
 * itself and is waited for; a killed one is forgotten.
 */
export async function takeTurn(state: string): Promise<void> {
  mkdirSync(state, { recursive: true, mode: 0o755 });
  const file = join(state, 'turn.json');
  const holder = read(file);
  if (holder?.folder === realpathSync(state) && runs(holder.pid, holder.startTicks)) {
    if (runs(holder.parent, holder.parentTicks)) {
      throw new Error(
        `it runs already in this folder (process ${holder.pid}); see ${join(state, 'demo.json')}`,
      );
    }
    await endOrphan(holder);
  }
  const parent = process.ppid;
  const turn: Holder = {
    folder: realpathSync(state),
    pid: process.pid,
    startTicks: startTicks(process.pid) ?? '',
    parent,
    parentTicks: startTicks(parent) ?? '',
  };
  writeFileSync(file, JSON.stringify(turn));
}

/** Calls back once when whoever started this process is gone: nobody is left to press Ctrl-C. */
export function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, 500);
  timer.unref();
}

function read(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function runs(pid: number, ticks: string): boolean {
  return startTicks(pid) === ticks;
}

async function endOrphan(holder: Holder): Promise<void> {
  process.kill(holder.pid, 'SIGTERM');
  for (let i = 0; i < 300 && runs(holder.pid, holder.startTicks); i++) await sleep(100);
  if (runs(holder.pid, holder.startTicks)) process.kill(holder.pid, 'SIGKILL');
}
