import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import {
  type Env,
  endHubs,
  hubEnv,
  OPERATOR_TOKEN,
  runProgram,
  startProgram,
  temporaryFolder,
  WITHOUT_WORKER,
} from '../support/hub-process.ts';

/** The built program, a real database: how it starts, and how it says that it cannot. */
let database: FreshDatabase;
let folder: string;
const env = (more: Env = {}): Env => hubEnv(database, join(folder, 'files'), more);

beforeAll(async () => {
  database = await freshDatabase();
  folder = temporaryFolder();
});

afterAll(async () => {
  endHubs();
  await database.drop();
});

function occupyPort(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address ? address.port : 0 });
    });
  });
}

const withUser = (url: string, username: string, password: string): string => {
  const changed = new URL(url);
  changed.username = username;
  changed.password = password;
  return changed.href;
};

describe('a hub that cannot start', () => {
  it.each<[string, () => Env | Promise<Env>, number, RegExp]>([
    [
      'a wrong key',
      () => env({ METERLINE_HTTP__PROT: '1' }),
      78,
      /^meterline: config: METERLINE_HTTP__PROT is not a known setting; did you mean METERLINE_HTTP__PORT\?\n$/,
    ],
    [
      'no secret',
      () => env({ METERLINE_KEYS__MASTER: '' }),
      78,
      /^meterline: config: keys\.master is required; set it in the file or as METERLINE_KEYS__MASTER \(or .*\)\n$/,
    ],
    [
      'an unreachable database',
      () => env({ METERLINE_DATABASE__APP_URL: 'postgres://meterline_app:hidden-pw@127.0.0.1:1/x' }),
      69,
      /^meterline: database\.appUrl: no connection to PostgreSQL at 127\.0\.0\.1:1\/x: the connection was refused.*\n$/,
    ],
    [
      'a wrong password',
      () => env({ METERLINE_DATABASE__APP_URL: withUser(database.appUrl, 'meterline_app', 'hidden-pw') }),
      69,
      /^meterline: database\.appUrl: .*password for "meterline_app" was not accepted\n$/,
    ],
    [
      'a superuser as application',
      () => env({ METERLINE_DATABASE__APP_URL: database.adminUrl }),
      77,
      /^meterline: database\.appUrl connects as "\w+", which is a superuser and would bypass row-level security.*\n$/,
    ],
    [
      'the owner as application',
      () => env({ METERLINE_DATABASE__APP_URL: database.ownerUrl }),
      77,
      /^meterline: database\.appUrl connects as "meterline_owner", which owns the schema/,
    ],
    [
      'the address of one role under the key of another',
      () => env({ METERLINE_DATABASE__INGEST_URL: database.appUrl }),
      77,
      /^meterline: database\.ingestUrl connects as "meterline_app", which is the role of database\.appUrl; use the meterline_ingest role .*\n$/,
    ],
    [
      'an unreachable Redis',
      () =>
        env({ METERLINE_QUEUE__BACKEND: 'redis', METERLINE_QUEUE__URL: 'redis://:hidden-pw@127.0.0.1:1/0' }),
      69,
      /^meterline: the queue at 127\.0\.0\.1:1 cannot be reached.*\n$/,
    ],
    [
      'a host of another machine',
      () => env({ METERLINE_HTTP__HOST: '192.0.2.1' }),
      78,
      /^meterline: 192\.0\.2\.1 is not an address of this machine; set http\.host.*\n$/,
    ],
    [
      'a file in the place of the files folder',
      () => {
        writeFileSync(join(folder, 'a-file'), '');
        return env({ METERLINE_FILES__FOLDER: join(folder, 'a-file') });
      },
      78,
      /^meterline: files\.folder: .*\/a-file is not a folder; set files\.folder \(METERLINE_FILES__FOLDER\) to .*\n$/,
    ],
    [
      'a files folder where nobody can make one',
      () => env({ METERLINE_FILES__FOLDER: '/proc/nope' }),
      78,
      /^meterline: files\.folder: \/proc\/nope cannot be made: .*\n$/,
    ],
  ])('says so in one line: %s', async (_, environment, code, line) => {
    const result = await runProgram(['hub'], await environment());
    expect(result.stderr).toMatch(line);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stdout).toBe('');
    expect(result.code).toBe(code);
    expect(result.stdout + result.stderr).not.toContain('hidden-pw');
    expect(result.milliseconds).toBeLessThan(8_000);
  });

  it('says that the port is taken', async () => {
    const { server, port } = await occupyPort();
    const taken = env({ METERLINE_HTTP__PORT: String(port) });
    const result = await runProgram(['hub'], taken);
    const loud = await runProgram(['hub', '--verbose'], taken);
    server.close();
    expect(result).toMatchObject({
      code: 69,
      stdout: '',
      stderr: `meterline: port ${port} on 127.0.0.1 is taken by another process; set http.port (METERLINE_HTTP__PORT) to a free one, or end that process\n`,
    });
    expect(loud.stdout).toContain('EADDRINUSE');
    expect(loud.stderr).toMatch(/\n\s+at /);
  });

  it('does not wait for a database that accepts and says nothing', async () => {
    const { server, port } = await occupyPort();
    const silent = env({
      METERLINE_DATABASE__APP_URL: `postgres://meterline_app:hidden-pw@127.0.0.1:${port}/x`,
    });
    const result = await runProgram(['hub'], silent);
    server.close();
    expect(result.stderr).toMatch(/^meterline: database\.appUrl: .*: the server did not answer in time\n$/);
    expect(result.code).toBe(69);
    expect(result.milliseconds).toBeLessThan(30_000);
  });

  it('says what to do when the database was never migrated, or does it itself', async () => {
    const empty = await freshDatabase({ migrated: false });
    try {
      const refused = await runProgram(['hub'], hubEnv(empty, join(folder, 'files')));
      expect(refused.stderr).toMatch(
        /^meterline: the database is behind this version \(\d+ migrations pending\): run meterline migrate.*\n$/,
      );
      expect(refused.code).toBe(69);
      for (const command of [
        ['audit', 'verify'],
        ['jobs', 'failed'],
        ['outbox', 'failed'],
      ]) {
        const early = await runProgram(command, hubEnv(empty, folder));
        expect([early.code, early.stdout, early.stderr]).toEqual([69, '', refused.stderr]);
      }
      const status = await runProgram(['migrate', '--status'], hubEnv(empty, folder));
      expect([status.code, status.stdout]).toEqual([69, expect.stringContaining('pending core/0001')]);

      const hub = startProgram(
        ['hub'],
        hubEnv(empty, join(folder, 'files'), { METERLINE_DATABASE__MIGRATE_ON_START: 'true' }),
      );
      const address = await hub.address();
      expect((await fetch(`${address}/readyz`)).status).toBe(200);
      hub.child.kill('SIGTERM');
      expect(await hub.exited).toBe(0);
      const again = await runProgram(['migrate'], hubEnv(empty, folder));
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('nothing to do')]);
    } finally {
      await empty.drop();
    }
  });

  it.each([
    [
      'a policy that lets everybody see everything',
      'create policy open on audit_entry using (true)',
      'the schema has policy open on audit_entry (all to public using true), which no migration made; drop it',
    ],
    [
      'a grant too many',
      'grant update on audit_entry to meterline_app',
      '"meterline_app" has on table audit_entry what it must not have: update; revoke update on audit_entry from meterline_app',
    ],
  ])('says what stands in the database that must not: %s', async (_, sql, line) => {
    const spoiled = await freshDatabase();
    const owner = new pg.Client(spoiled.ownerUrl);
    await owner.connect();
    await owner.query(sql);
    await owner.end();
    const result = await runProgram(['hub'], hubEnv(spoiled, join(folder, 'files')));
    expect(result.stderr).toMatch(/^meterline: database\.\w+Url: .*\n$/);
    expect(result.stderr).toContain(line);
    expect(result.code).toBe(77);
    await spoiled.drop();
  });

  it('keeps the stack for who asks', async () => {
    const broken = env({ METERLINE_DATABASE__APP_URL: 'postgres://meterline_app:hidden-pw@127.0.0.1:1/x' });
    const { stderr } = await runProgram(['hub', '--verbose'], broken);
    expect(stderr).toMatch(/\n\s+at /);
    expect(stderr).not.toContain('hidden-pw');
  });
});

describe('the command line', () => {
  it.each<[string[], number, RegExp]>([
    [[], 64, /Usage: meterline/],
    [['--help'], 0, /Exit codes:[\s\S]*78\s+wrong configuration/],
    [['--version'], 0, /^\d+\.\d+\.\d+/],
    [['hubb'], 64, /^meterline: unknown command 'hubb' \(Did you mean hub\?\); see meterline --help\n$/],
    [['hub', '--prot'], 64, /^meterline: unknown option '--prot'; see meterline hub --help\n$/],
    [
      ['hub', '--config', '/absent.yaml'],
      78,
      /^meterline: config: file \(--config\) \/absent\.yaml cannot be read: ENOENT\n$/,
    ],
    [
      ['hub', '--role', 'chief'],
      78,
      /^meterline: config: role \(--role\) must be all or api or ingest or worker\n$/,
    ],
    [['jobs', 'discard', 'x:y'], 64, /--reason/],
    [['jobs', 'replay', 'mail:none/1'], 65, /^meterline: there is no job mail:none\/1\n$/],
    [['jobs', 'failed'], 0, /^none\n$/],
    [['jobs', 'failed', '--queue', 'nope'], 65, /^meterline: no queue is called "nope"; there .*\n$/],
    [['outbox', 'failed'], 0, /^none\n$/],
    [['outbox', 'failed', '--json'], 0, /^$/],
    [
      ['outbox', 'replay', '01890a5d-ac96-774b-bcce-b302099a8057'],
      65,
      /^meterline: there is no failed event of that id\n$/,
    ],
    [['outbox', 'replay', 'not-an-id'], 65, /^meterline: "not-an-id" is not the id of an event\n$/],
    [['audit', 'verify'], 0, /intact|nothing to verify/],
    [['audit', 'acknowledge'], 64, /--reason/],
    [['audit', 'acknowledge', '--reason', 'nothing is lost'], 0, /^nothing to acknowledge/],
    [['migrate', '--status'], 0, /^up to date\n$/],
    [['config', 'keys'], 0, /METERLINE_KEYS__MASTER/],
  ])('%j ends with %i', async (args, code, text) => {
    const result = await runProgram(args, env());
    expect(result.stdout + result.stderr).toMatch(text);
    expect(result.code).toBe(code);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  it('prints the configuration in effect without its secrets', async () => {
    const result = await runProgram(['hub', '--check-config'], env({ METERLINE_HTTP__PORT: '8123' }));
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('port: 8123');
    expect(result.stdout).toContain(':[secret]@');
    expect(result.stdout).not.toMatch(/-of-the-tests/);
  });

  it('provisions a database that the hub then accepts', async () => {
    const name = `test_boot_${process.pid}`;
    const on = (url: string) => {
      const changed = new URL(url);
      changed.pathname = `/${name}`;
      return changed.href;
    };
    const urls = {
      ownerUrl: on(database.ownerUrl),
      appUrl: on(database.appUrl),
      workerUrl: on(database.workerUrl),
      ingestUrl: on(database.ingestUrl),
      readOnlyUrl: on(database.readOnlyUrl),
    };
    const made = await runProgram(
      ['database', 'provision'],
      hubEnv(urls, folder, { METERLINE_ADMIN_URL: inject('postgresUrl') }),
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect((await runProgram(['migrate'], hubEnv(urls, folder))).code).toBe(0);
    const hub = startProgram(['hub', '--role', 'api'], hubEnv(urls, join(folder, 'files'), WITHOUT_WORKER));
    const about = await (await fetch(`${await hub.address()}/api/v1/about`)).json();
    expect(about).toMatchObject({ name: 'meterline', role: 'api', layer: 'plain' });
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(0);
  });

  it('runs through a symbolic link, from any folder, into a pipe that closes early', async () => {
    const bin = join(temporaryFolder(), 'bin');
    mkdirSync(bin);
    symlinkSync(fileURLToPath(new URL('../../../bin/meterline', import.meta.url)), join(bin, 'meterline'));
    const script =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
      'cd / && set -o pipefail && "$0" config keys --json | head -n 1; echo "codes ${PIPESTATUS[*]}"';
    const { stdout } = await promisify(execFile)('bash', ['-c', script, join(bin, 'meterline')]);
    expect(stdout).toMatch(/^\{"key":"role".*\}\ncodes 0 0\n$/);
  });
});

describe('roles', () => {
  it.each([
    ['all', 200, ['database', 'queue', 'files', 'outbox', 'audit', 'ingest']],
    ['api', 200, ['database', 'queue', 'files', 'ingest']],
    ['worker', 200, ['database', 'queue', 'files', 'outbox', 'audit', 'ingest']],
    ['ingest', 404, ['database', 'ingest']],
  ])('%s answers health, and the API where it has one', async (role, about, dependencies) => {
    const works = role === 'all' || role === 'worker';
    const hub = startProgram(['hub', '--role', role], env(works ? {} : WITHOUT_WORKER));
    const address = await hub.address();
    const ready = await fetch(`${address}/readyz`);
    const report = (await ready.json()) as { dependencies: { name: string; state: string }[] };
    expect(report.dependencies.map(({ name, state }) => [name, state])).toEqual(
      dependencies.map((name) => [name, 'up']),
    );
    expect([ready.status, (await fetch(`${address}/healthz`)).status]).toEqual([200, 200]);
    expect((await fetch(`${address}/api/v1/about`)).status).toBe(about);
    const page = await fetch(address, { headers: { accept: 'text/html' } });
    const hasPage = role === 'all' || role === 'api';
    expect([page.status, page.headers.get('content-type')?.split(';')[0]]).toEqual(
      hasPage ? [200, 'text/html'] : [404, 'application/problem+json'],
    );
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toContain(`role="${role}"`);
    expect(metrics).toContain('meterline_database_connections');
    hub.child.kill('SIGINT');
    expect(await hub.exited).toBe(0);
  });

  it('keeps its jobs in Redis when told so, and listens on every address of a name', async () => {
    const redis = { METERLINE_QUEUE__BACKEND: 'redis', METERLINE_QUEUE__URL: inject('redisUrl') };
    const hub = startProgram(['hub'], env({ ...redis, METERLINE_HTTP__HOST: '::' }));
    const { port } = new URL(await hub.address());
    const report = (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as {
      dependencies: object[];
    };
    expect(report.dependencies[1]).toMatchObject({
      name: 'queue',
      state: 'up',
      detail: expect.stringContaining('redis'),
    });
    expect((await fetch(`http://[::1]:${port}/metrics`)).status).toBe(200);
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(0);
  });

  it('warns in one line when people come through a proxy that it does not know', async () => {
    const publicUrl = { METERLINE_HTTP__PUBLIC_URL: 'https://meters.example.org' };
    const hub = startProgram(['hub', '--role', 'ingest'], env({ ...WITHOUT_WORKER, ...publicUrl }));
    const address = await hub.address();
    expect((await fetch(`${address}/metrics`)).status).toBe(401);
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(0);
    const warnings = hub
      .output()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('http.trustProxy names none');
  });

  it('sends the operator who asks api for the outbox of everybody to a process that sees it', async () => {
    const hub = startProgram(['hub', '--role', 'api'], env(WITHOUT_WORKER));
    const operations = `${await hub.address()}/api/v1/operations`;
    const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    const failed = await fetch(`${operations}/outbox/failed`, { headers });
    expect([failed.status, await failed.json()]).toMatchObject([
      503,
      { code: 'operations_elsewhere', retryable: false, detail: expect.stringContaining('all or worker') },
    ]);
    const status = (await (await fetch(`${operations}/status`, { headers })).json()) as { ready: boolean };
    expect([status.ready, 'outbox' in status, 'audit' in status]).toEqual([true, false, false]);
    expect((await fetch(`${operations}/jobs/failed`, { headers })).status).toBe(200);
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(0);
  });

  it('guards the operator routes and answers them', async () => {
    const hub = startProgram(['hub'], env());
    const address = await hub.address();
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${address}/api/v1/operations/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, ...init.headers },
      });
    expect((await fetch(`${address}/api/v1/operations/status`)).status).toBe(401);
    expect((await ask('status', { headers: { authorization: 'Bearer wrong-token' } })).status).toBe(401);
    expect(await (await ask('status')).json()).toMatchObject({
      ready: true,
      outbox: { pending: 0, failed: 0 },
      // The refusal of the wrong token stands in it, sealed or not yet.
      audit: { unsealed: expect.any(Number) },
    });
    expect(await (await ask('jobs/failed')).json()).toEqual({ jobs: [] });
    const json = { 'content-type': 'application/json' };
    const discard = await ask('jobs/mail:none%2F1/discard', {
      method: 'POST',
      headers: json,
      body: '{"reason":"gone"}',
    });
    expect([discard.status, await discard.json()]).toMatchObject([404, { code: 'job_not_found' }]);
    const odd = await ask('jobs/a%00b:c/replay', { method: 'POST' });
    expect([odd.status, await odd.json()]).toMatchObject([422, { errors: [{ path: 'param.id' }] }]);
    const noReason = await ask('jobs/mail:none%2F1/discard', { method: 'POST', headers: json, body: '{}' });
    expect([noReason.status, await noReason.json()]).toMatchObject([
      422,
      { errors: [{ path: 'body.reason' }] },
    ]);
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(0);
  });
});

describe('a configuration file', () => {
  it('is read with every value where it belongs', async () => {
    const file = join(folder, 'hub.yaml');
    writeFileSync(file, 'http:\n  rateLimit: {perMinute: 3}\nlog: {format: pretty, level: debug}\n');
    const result = await runProgram(['hub', '--config', file, '--check-config'], env());
    expect(result.stdout).toContain('perMinute: 3');
    expect(result.stdout).toContain('format: pretty');
  });
});
