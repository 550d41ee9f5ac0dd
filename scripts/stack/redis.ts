import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startContainer } from './container.ts';
import { canInstall, hasDocker, installPackages, missing, onPath } from './debian.ts';
import { temporaryFolder } from './place.ts';
import { freePort, type Service, startProcess, stopAndRemove, waitForPort } from './process.ts';

type Way = { kind: 'url'; url: string } | { kind: 'program'; path: string } | { kind: 'docker' };

export interface RedisOptions {
  /**
   * Nobody else's, with every write on the disk before it is answered, and willing to crash when told to
   * (`DEBUG CRASH-AND-RECOVER`): for tests of what survives that.
   */
  readonly crashes?: boolean;
}

/** Every acknowledged write survives, whatever ends the process. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always', '--enable-debug-command', 'yes'];

/** Finds Redis, installing it where that is possible; says what to do where it is not. */
export async function ensureRedis(url = process.env.REDIS_URL): Promise<Way> {
  if (url) return { kind: 'url', url };
  const path = onPath('redis-server');
  if (path) return { kind: 'program', path };
  if (canInstall()) {
    await installPackages('redis-server');
    return { kind: 'program', path: onPath('redis-server') ?? 'redis-server' };
  }
  if (await hasDocker()) return { kind: 'docker' };
  throw missing('Redis', 'redis-server', 'REDIS_URL');
}

export async function startRedis({ crashes = false }: RedisOptions = {}): Promise<Service> {
  const way = await ensureRedis(crashes ? '' : undefined);
  if (way.kind === 'url') return { url: way.url, stop: async () => {} };
  if (way.kind === 'docker') {
    // By its whole path: Redis starts itself anew by the name that it was called.
    const command = crashes ? ['/usr/local/bin/redis-server', '--protected-mode', 'no', ...DURABLE] : [];
    const { port, stop } = await startContainer('redis:8', 6379, {}, command);
    return { url: `redis://127.0.0.1:${port}`, stop };
  }
  const port = await freePort();
  const folder = temporaryFolder(null);
  const password = randomBytes(12).toString('hex');
  // Queues need noeviction: a cache may forget, a job must not.
  const settings = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
    '--requirepass',
    password,
    ...(crashes ? DURABLE : []),
  ];
  const running = startProcess({
    name: 'redis',
    command: way.path,
    args: settings,
    logFile: join(folder, 'redis.log'),
  });
  await waitForPort(running, 'Redis', port);
  return { url: `redis://:${password}@127.0.0.1:${port}`, stop: () => stopAndRemove(running, folder) };
}
