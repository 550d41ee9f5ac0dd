import { spawn } from 'node:child_process';
import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Pty {
  /** The end of the meters. */
  readonly stream: Duplex;
  /** Where the other end can be opened as a serial port. */
  readonly path: string;
  readonly pid: number;
  /** As if the plug was pulled. */
  close(): Promise<void>;
}

const READY_MS = 3_000;

/**
 * A pseudo-terminal at `path`, by socat. It ends with this process: its standard input ends then. Its other side stays
 * open inside socat, so that clients may come and go.
 */
export async function openPty(path: string): Promise<Pty> {
  // One that was killed leaves its link behind, which would look ready at once.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(path);
  const child = spawn('socat', [`PTY,link=${path},rawer,wait-slave=0`, 'STDIO'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let problem = '';
  child.stderr.on('data', (text) => {
    problem += text;
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      problem ||= `socat cannot be started: ${error.message}`;
      resolve();
    });
  });
  child.stdin.on('error', () => {});
  const giveUp = Date.now() + READY_MS;
  while (!existsSync(path)) {
    if (child.exitCode !== null || problem !== '' || Date.now() > giveUp) {
      child.kill('SIGKILL');
      throw new Error(`no pseudo-terminal at ${path}: ${problem.trim() || 'socat does not answer'}`);
    }
    await sleep(10);
  }
  return {
    stream: Duplex.from({ readable: child.stdout, writable: child.stdin }),
    path,
    pid: child.pid ?? 0,
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
