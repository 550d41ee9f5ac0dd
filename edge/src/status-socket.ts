import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

export const statusSocketPath = (state: string): string => join(state, 'agent.sock');

export interface StatusSocketOptions {
  readonly path: string;
  /** Asked once a second while somebody reads, and not at all while nobody does. */
  readonly snapshot: () => object;
  readonly log: (level: 'info' | 'warn', line: string) => void;
  readonly everyMs?: number;
  /** A reader that takes nothing for so long is let go. */
  readonly patienceMs?: number;
}

const EVERY_MS = 1_000;
const PATIENCE_MS = 30_000;
const READERS_MAX = 16;
const DIAL_MS = 1_000;

interface Reader {
  readonly socket: Socket;
  /** Looks at the clock in which its last line had not gone yet. */
  stuck: number;
}

/**
 * Tells how the agent is, one JSON object a line, to whoever connects and may read the state folder. What goes wrong
 * here is logged and costs nothing else: no error leaves this class.
 */
export class StatusSocket {
  readonly #options: StatusSocketOptions;
  readonly #readers = new Set<Reader>();
  readonly #everyMs: number;
  #server: Server | undefined;
  #own: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #line: { readonly text: string; readonly at: number } | undefined;
  #said = '';

  constructor(options: StatusSocketOptions) {
    this.#options = options;
    this.#everyMs = options.everyMs ?? EVERY_MS;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** False: it is not there, and the log says why. */
  async start(): Promise<boolean> {
    const { path } = this.#options;
    if (this.#server) return true;
    if (await answers(path)) {
      this.#say(`${path}: another agent serves it; this one tells its status to nobody here`);
      return false;
    }
    const server = createServer((socket) => this.#admit(socket));
    // It is no reason to go on running.
    server.unref();
    try {
      this.#own = await openAt(server, path);
    } catch (error) {
      server.close();
      this.#say(`${path}: status cannot be served: ${reasonOf(error)}`);
      return false;
    }
    server.on('error', (error) => this.#say(`${path}: ${reasonOf(error)}`));
    this.#server = server;
    return true;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const server = this.#server;
    this.#server = undefined;
    for (const { socket } of this.#readers) socket.destroy();
    this.#readers.clear();
    if (!server) return;
    await new Promise((resolve) => server.close(resolve));
    // A successor may have put its own there.
    if (this.#own !== undefined && inodeOf(this.#options.path) === this.#own) remove(this.#options.path);
  }

  #admit(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.#readers.size >= READERS_MAX || !this.#server) {
      socket.destroy();
      return;
    }
    const reader: Reader = { socket, stuck: 0 };
    this.#readers.add(reader);
    socket.on('close', () => this.#forget(reader));
    // Nothing is asked here: what comes is read and forgotten, so that the end is noticed.
    socket.resume();
    socket.unref();
    this.#tell(reader);
    this.#timer ??= setInterval(() => this.#turn(), this.#everyMs).unref();
  }

  #forget(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#line = undefined;
  }

  #turn(): void {
    this.#line = undefined;
    for (const reader of this.#readers) this.#tell(reader);
  }

  /** A reader that is behind misses lines, never parts of one: it is told how things are, not how they were. */
  #tell(reader: Reader): void {
    const { socket } = reader;
    const { patienceMs = PATIENCE_MS } = this.#options;
    if (socket.writableLength > 0) {
      reader.stuck += 1;
      if (reader.stuck * this.#everyMs >= patienceMs) socket.destroy();
      return;
    }
    reader.stuck = 0;
    const line = this.#now();
    if (line !== undefined) socket.write(line);
  }

  /** Many readers cost one look. */
  #now(): string | undefined {
    const at = performance.now();
    if (this.#line && at - this.#line.at < this.#everyMs) return this.#line.text;
    try {
      this.#line = { text: `${JSON.stringify(this.#options.snapshot())}\n`, at };
      return this.#line.text;
    } catch (error) {
      this.#say(`status: ${reasonOf(error)}`);
      return undefined;
    }
  }

  #say(line: string): void {
    if (line !== this.#said) this.#options.log('warn', line);
    this.#said = line;
  }
}

/**
 * Listens under another name, then takes its own: whoever sees it sees it closed to others, and what a killed agent
 * has left is replaced in the same step.
 */
async function openAt(server: Server, path: string): Promise<number | undefined> {
  // Not longer than its own name: the kernel takes some hundred bytes of path.
  const beside = path.replace(/[^/]*$/, (name) => `${name.slice(0, -1)}~`);
  remove(beside);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(beside, () => {
      server.off('error', reject);
      resolve();
    });
  });
  try {
    chmodSync(beside, 0o600);
    renameSync(beside, path);
  } catch (error) {
    remove(beside);
    throw error;
  }
  return inodeOf(path);
}

/** Whether somebody serves it: the file alone may be of an agent that was killed. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(path);
    const done = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(DIAL_MS, () => done(true));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}

function remove(path: string): void {
  rmSync(path, { force: true });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
