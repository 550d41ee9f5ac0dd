import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { serverUser, temporaryFolder } from '../../../scripts/stack/place.ts';
import { type PostgresOptions, startPostgres } from '../../../scripts/stack/postgres.ts';

/** A server that is killed and comes back on its data, at the same address. */
export interface CrashPostgres {
  readonly url: string;
  /** kill -9 of the server and all its processes at once, and its start. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export async function postgresForCrash(): Promise<CrashPostgres> {
  const folder = temporaryFolder(serverUser());
  // Killed processes, not pulled plugs: what is in the system's memory is there afterwards, so fsync may stay off.
  const options: PostgresOptions = {
    dataFolder: join(folder, 'postgres'),
    settings: { fsync: 'off', full_page_writes: 'off' },
  };
  let server = await startPostgres(options);
  const { url, port } = server;
  return {
    url,
    async killAndRestart() {
      killWhole(server.dataFolder);
      await server.exited;
      server = await startPostgres({ ...options, port });
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Its backends would finish what they are at: they go with it. */
function killWhole(dataFolder: string): void {
  const [line] = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
  const server = Number(line);
  const family = [server, ...childrenOf(server)];
  for (const pid of family) kill(pid);
  // One that was born between the two looks.
  for (const pid of childrenOf(server)) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone by itself.
  }
}

function childrenOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return [];
  return readdirSync(tasks).flatMap((task) => {
    const file = join(tasks, task, 'children');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  });
}
