import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** As text, not as a file: the server's user may not be able to walk to a file of this clone. */
const LIFELINE = readFileSync(fileURLToPath(new URL('./lifeline.sh', import.meta.url)), 'utf8');

/** Something that was started and can be ended; `url` is how a client reaches it. */
export interface Service {
  readonly url: string;
  /** Resolves with its code when it ended, asked or not. */
  readonly exited?: Promise<number>;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  /** Run as this user; only root can ask for it. */
  readonly user?: { uid: number; gid: number } | null;
  /** The signal that ends the process in an orderly way. */
  readonly stopSignal?: 'TERM' | 'INT';
  readonly stopTimeoutMs?: number;
  /** False for a program that ends by itself when its standard input closes. */
  readonly lifeline?: boolean;
  readonly logFile: string;
  /** Where the run is recorded, so that a later start can end what a killed one left. */
  readonly runFolder?: string;
}

export interface Running {
  readonly pid: number;
  readonly exited: Promise<number>;
  hasExited(): boolean;
  stop(): Promise<void>;
  /** The last lines the process printed: what a person needs when it failed. */
  tail(lines?: number): string;
}

/** Starts a process that cannot outlive this one, even when this one is killed with -9. */
export function startProcess(options: ProcessOptions): Running {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'w', 0o600);
  const { command, args, stopSignal = 'TERM' } = options;
  const [program, words] =
    options.lifeline === false
      ? [command, args]
      : ['/bin/sh', ['-c', LIFELINE, 'lifeline', stopSignal, command, ...args]];
  const child = spawn(program, words, {
    // The log is the child's own: it is whole when the child is gone, whatever became of this process.
    stdio: ['pipe', log, log],
    // A group of its own: Ctrl-C in the terminal reaches only the supervisor, which then ends all in order.
    detached: true,
    env: { ...process.env, ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...(options.user ?? {}),
  });
  child.stdin?.on('error', () => {});
  const exited = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      writeSync(log, `${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
  let gone = false;
  const record = options.runFolder ? recordRun(options.runFolder, options.name, child.pid) : null;
  void exited.then(() => {
    gone = true;
    record?.remove();
    closeSync(log);
  });
  return {
    pid: child.pid ?? -1,
    exited,
    hasExited: () => gone,
    stop: () => stopChild(child, exited, () => gone, options.stopTimeoutMs ?? 15_000),
    tail: (lines = 5) => tailOf(options.logFile, lines),
  };
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<number>,
  gone: () => boolean,
  timeoutMs: number,
) {
  if (gone() || child.pid === undefined) return;
  child.stdin?.end();
  const late = sleep(timeoutMs, 'late', { ref: false });
  if ((await Promise.race([exited, late])) === 'late') {
    endGroup(child.pid, 'SIGKILL');
    await exited;
  }
}

/** Ends a server whose data were only for this run. */
export async function stopAndRemove(running: Running, folder: string | null): Promise<void> {
  await running.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
}

function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function tailOf(file: string, lines: number): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

interface RunRecord {
  /** Where the record was written: a copy of the folder elsewhere speaks of another run's processes. */
  readonly folder: string;
  readonly name: string;
  readonly pid: number;
  readonly startTicks: string;
}

function recordRun(folder: string, name: string, pid: number | undefined) {
  if (pid === undefined) return null;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  const record: RunRecord = { folder: realpathSync(folder), name, pid, startTicks: startTicks(pid) ?? '' };
  writeFileSync(file, JSON.stringify(record));
  return { remove: () => rmSync(file, { force: true }) };
}

/** Since when the process runs, in ticks since boot: with the pid it names one process for ever. */
export function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; field 22 is counted after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Ends the process groups that an earlier, killed run left; touches nothing whose identity does not match. */
export async function reapEarlierRun(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const ended: string[] = [];
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    const record = readRecord(path);
    const ours = record?.folder === realpathSync(folder);
    if (record && ours && startTicks(record.pid) === record.startTicks) {
      endGroup(record.pid, 'SIGTERM');
      for (let i = 0; i < 100 && startTicks(record.pid) === record.startTicks; i++) await sleep(100);
      if (startTicks(record.pid) === record.startTicks) endGroup(record.pid, 'SIGKILL');
      ended.push(record.name);
    }
    rmSync(path, { force: true });
  }
  return ended;
}

function readRecord(path: string): RunRecord | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  } catch {
    return null;
  }
}

/** A port that was free a moment ago; whoever takes it must still be ready to hear that it is not. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Waits until something accepts connections on the port, or says what the process printed when it died. */
export async function waitForPort(
  running: Running,
  name: string,
  port: number,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await accepts(port))) {
    if (running.hasExited()) throw new Error(`${name} ended at its start: ${running.tail()}`);
    if (Date.now() > deadline)
      throw new Error(`${name} did not answer on port ${port} in ${timeoutMs / 1000} s: ${running.tail()}`);
    await sleep(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
