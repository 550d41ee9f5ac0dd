import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startContainer } from './container.ts';
import { canInstall, distribution, hasDocker, installPackages, missing, onPath, say } from './debian.ts';
import { account, ownedFolder, temporaryFolder } from './place.ts';
import { answersQueries } from './postgres.ts';
import { freePort, type Service, startProcess, stopAndRemove, waitForPort } from './process.ts';

const run = promisify(execFile);
const PACKAGE = 'postgresql-17-timescaledb';
const BIN = '/usr/lib/postgresql/17/bin';
/** One for the whole machine: it is 744 MB, and two clones want the same. */
const CHROOT = '/var/cache/meterline/trixie-timescaledb';

type Way = { kind: 'url'; url: string } | { kind: 'debian'; root: string } | { kind: 'docker' };

/** The Apache edition, as Debian 13 packages it; on Debian 12 in a folder of its own, since it needs a newer libc. */
export async function ensureTimescale(): Promise<Way> {
  const url = process.env.TIMESCALE_URL;
  if (url) return { kind: 'url', url };
  if (existsSync('/usr/share/postgresql/17/extension/timescaledb.control'))
    return { kind: 'debian', root: '/' };
  if (canInstall() && distribution().version >= 13) {
    await withoutOwnCluster('/', () => installPackages(PACKAGE));
    return { kind: 'debian', root: '/' };
  }
  if (canInstall()) {
    await ensureChroot();
    return { kind: 'debian', root: CHROOT };
  }
  if (await hasDocker()) return { kind: 'docker' };
  throw missing('TimescaleDB (Apache edition, PostgreSQL 17)', PACKAGE, 'TIMESCALE_URL');
}

/** Debian's package makes and starts a server of its own unless told not to. */
async function withoutOwnCluster(root: string, install: () => Promise<void>): Promise<void> {
  const folder = join(root, 'etc/postgresql-common');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'createcluster.conf');
  if (!existsSync(file)) writeFileSync(file, 'create_main_cluster = false\n');
  await install();
}

async function ensureChroot(): Promise<void> {
  if (existsSync(join(CHROOT, BIN, 'postgres'))) return;
  mkdirSync(join(CHROOT, '..'), { recursive: true });
  const lock = `${CHROOT}.lock`;
  if (!onPath('debootstrap')) await installPackages('debootstrap');
  say('building a Debian 13 folder with TimescaleDB (744 MB, about a minute, once a machine)');
  const script = [
    'set -e; umask 022',
    `[ -x ${CHROOT}${BIN}/postgres ] && exit 0`,
    `rm -rf ${CHROOT}.new`,
    `debootstrap --variant=minbase trixie ${CHROOT}.new "$1"`,
    `printf '#!/bin/sh\\nexit 101\\n' >${CHROOT}.new/usr/sbin/policy-rc.d`,
    `chmod 755 ${CHROOT}.new/usr/sbin/policy-rc.d`,
    `mkdir -p ${CHROOT}.new/etc/postgresql-common`,
    `echo 'create_main_cluster = false' >${CHROOT}.new/etc/postgresql-common/createcluster.conf`,
    `DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot ${CHROOT}.new apt-get install -y --no-install-recommends ${PACKAGE}`,
    `mv ${CHROOT}.new ${CHROOT}`,
  ].join('\n');
  // The lock file serialises two clones that build it at the same time.
  await run('flock', [lock, 'bash', '-c', script, 'build', debianMirror()], { maxBuffer: 64 << 20 }).catch(
    (error: { stderr?: string; stdout?: string; message: string }) => {
      const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n');
      throw new Error(
        `TimescaleDB could not be installed: ${said.filter((l) => /^E:|error/i.test(l)).at(-1) ?? said.at(-1) ?? error.message}`,
      );
    },
  );
}

const ONE_LINE = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+\s+.*\bmain\b/gm;
const FIELD = /^URIs:\s*(\S+)/gm;

/** The mirror this machine uses for its own packages, whatever it is. */
export function debianMirror(folder = '/etc/apt'): string {
  const extra = join(folder, 'sources.list.d');
  const files = [
    join(folder, 'sources.list'),
    ...(existsSync(extra) ? readdirSync(extra).map((f) => join(extra, f)) : []),
  ];
  for (const file of files.filter((f) => existsSync(f))) {
    const text = readFileSync(file, 'utf8');
    const mirrors = [...text.matchAll(ONE_LINE), ...text.matchAll(FIELD)].map((match) => match[1] ?? '');
    const mirror = mirrors.find((url) => !url.includes('security'));
    if (mirror) return mirror;
  }
  throw new Error('no Debian mirror found in /etc/apt; set TIMESCALE_URL to a running TimescaleDB');
}

export async function startTimescale(): Promise<Service> {
  const way = await ensureTimescale();
  if (way.kind === 'url') return { url: way.url, stop: async () => {} };
  if (way.kind === 'docker') {
    const { port, stop } = await startContainer('timescale/timescaledb:latest-pg17-oss', 5432, {
      POSTGRES_PASSWORD: 'meterline',
    });
    const url = `postgresql://postgres:meterline@127.0.0.1:${port}/postgres`;
    await answersQueries(url);
    return { url, stop };
  }
  return startDebian(way.root);
}

async function startDebian(root: string): Promise<Service> {
  const user = account('postgres', root);
  if (!user) throw new Error(`no user "postgres" in ${root}: remove the folder and try again`);
  const folder = temporaryFolder(user, [join(root, 'tmp'), join(root, 'var/tmp')]);
  // Under its own root the server sees the same folder by a shorter name.
  const data = `${root === '/' ? folder : folder.slice(root.length)}/data`;
  ownedFolder(user, join(folder, 'data'));
  const inside = (program: string, args: string[]) =>
    root === '/'
      ? { command: join(BIN, program), args, user }
      : { command: 'chroot', args: ['--userspec=postgres:postgres', root, join(BIN, program), ...args] };
  const init = inside('initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--auth=trust',
  ]);
  await run(init.command, init.args, {
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    ...(root === '/' ? user : {}),
  });
  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([key, value]) => [
    '-c',
    `${key}=${value}`,
  ]);
  const running = startProcess({
    name: 'timescale',
    ...inside('postgres', ['-D', data, ...settings]),
    cwd: '/',
    stopSignal: 'INT',
    logFile: join(folder, 'timescale.log'),
  });
  await waitForPort(running, 'TimescaleDB', port);
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await answersQueries(url);
  return {
    url,
    stop: () => stopAndRemove(running, folder),
  };
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
  shared_preload_libraries: 'timescaledb',
  'timescaledb.telemetry_level': 'off',
  max_connections: '200',
  max_locks_per_transaction: '256',
  // Throw-away data.
  fsync: 'off',
  full_page_writes: 'off',
};
