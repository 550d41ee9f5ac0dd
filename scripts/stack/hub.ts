import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Running, type Service, startProcess } from './process.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../cloud/dist/main.js', import.meta.url));

export interface HubOptions {
  /** Secrets, configuration, files and log of this hub; what must outlive a restart stays here. */
  readonly folder: string;
  readonly port: number;
  /** PostgreSQL's superuser, used once to make the hub's own roles. */
  readonly adminUrl: string;
  readonly database?: string;
  readonly runFolder?: string;
  /** Settings beside those written here, as the environment of the hub. */
  readonly env?: Record<string, string>;
  /** Told as soon as the hub runs, before it is ready: what a program needs to find it. */
  readonly onStarted?: (hub: Hub) => void;
}

export interface Hub extends Service {
  readonly configFile: string;
  readonly operatorToken: string;
  readonly pid: number;
  readonly exited: Promise<number>;
  tail(): string;
}

/** Makes the database's roles, writes the configuration and starts the built hub in role `all`. */
export async function startHub(options: HubOptions): Promise<Hub> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const secrets = ensureSecrets(options.folder);
  const configFile = join(options.folder, 'hub.json');
  writePrivate(configFile, `${JSON.stringify(configuration(options, secrets), null, 2)}\n`);
  await provision(options.adminUrl, configFile);
  const running = startProcess({
    name: 'hub',
    command: process.execPath,
    args: [MAIN, 'hub', '--config', configFile, '--exit-with-parent'],
    // It watches its own standard input and needs nobody between.
    lifeline: false,
    stopTimeoutMs: 25_000,
    logFile: join(options.folder, 'hub.log'),
    ...(options.env ? { env: options.env } : {}),
    ...(options.runFolder ? { runFolder: options.runFolder } : {}),
  });
  const hub: Hub = {
    url: `http://127.0.0.1:${options.port}`,
    configFile,
    operatorToken: secrets.operatorToken,
    pid: running.pid,
    exited: running.exited,
    tail: () => running.tail(),
    stop: running.stop,
  };
  options.onStarted?.(hub);
  await untilReady(running, hub.url);
  return hub;
}

interface Secrets {
  readonly owner: string;
  readonly app: string;
  readonly worker: string;
  readonly ingest: string;
  readonly readonly: string;
  readonly master: string;
  readonly operatorToken: string;
}

function ensureSecrets(folder: string): Secrets {
  const file = join(folder, 'secrets.json');
  const kept = existsSync(file) ? readSecrets(file) : {};
  const word = () => randomBytes(18).toString('base64url');
  const secrets: Secrets = {
    owner: word(),
    app: word(),
    worker: word(),
    ingest: word(),
    readonly: word(),
    master: randomBytes(32).toString('base64'),
    operatorToken: word(),
    ...kept,
  };
  // A file of an earlier version may lack one.
  if (Object.keys(kept).length < Object.keys(secrets).length)
    writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

function readSecrets(file: string): Partial<Secrets> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>;
  } catch {
    throw new Error(`${file} is damaged; without it the data of this hub cannot be read: put it back`);
  }
}

function configuration(options: HubOptions, secrets: Secrets): object {
  const { host } = new URL(options.adminUrl);
  const url = (role: keyof Secrets) =>
    `postgresql://meterline_${role}:${secrets[role]}@${host}/${options.database ?? 'meterline'}`;
  return {
    role: 'all',
    http: { port: options.port, operatorToken: secrets.operatorToken },
    database: {
      ownerUrl: url('owner'),
      appUrl: url('app'),
      workerUrl: url('worker'),
      ingestUrl: url('ingest'),
      readOnlyUrl: url('readonly'),
      migrateOnStart: true,
    },
    queue: { backend: 'postgres' },
    files: { backend: 'folder', folder: join(options.folder, 'files') },
    keys: { master: secrets.master },
  };
}

/** Whole or not at all, and for its owner's eyes only. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

async function provision(adminUrl: string, configFile: string): Promise<void> {
  const args = [MAIN, 'database', 'provision', '--config', configFile];
  const env = { ...process.env, METERLINE_ADMIN_URL: adminUrl };
  await run(process.execPath, args, { env }).catch((error: { stderr?: string; message: string }) => {
    throw new Error(error.stderr?.trim() || error.message);
  });
}

async function untilReady(running: Running, url: string, timeoutMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    if (running.hasExited()) throw new Error(`the hub ended at its start: ${running.tail(3)}`);
    if (Date.now() < deadline) continue;
    const said = answer ? await answer.text() : running.tail(3);
    await running.stop();
    throw new Error(`the hub is not ready after ${timeoutMs / 1000} s: ${said}`);
  }
}
