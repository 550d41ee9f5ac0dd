import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import {
  type Env,
  endHubs,
  hubEnv,
  MASTER_KEY,
  OPERATOR_TOKEN,
  runProgram,
  startProgram,
  temporaryFolder,
} from '../support/hub-process.ts';

/** Everything that is secret here has a text of its own; none may turn up in anything that the program writes. */
const S3_SECRET = 'marked-s3-secret-key';
const MARKED = [
  OPERATOR_TOKEN,
  MASTER_KEY,
  S3_SECRET,
  'owner-of-the-tests',
  'app-of-the-tests',
  'worker-of-the-tests',
  'ingest-of-the-tests',
  'readonly-of-the-tests',
  'marked-wrong-password',
  'marked-redis-password',
  'marked-bearer',
  'marked-cookie',
  'marked-body',
  'marked-query',
  'marked-header',
  'marked-path',
];

let database: FreshDatabase;
let folder: string;
const env = (more: Env = {}): Env =>
  hubEnv(database, join(folder, 'files'), {
    METERLINE_LOG__LEVEL: 'trace',
    METERLINE_HTTP__BODY_LIMIT_BYTES: '2048',
    ...more,
  });

function expectNoSecret(output: string): void {
  expect(output.length).toBeGreaterThan(0);
  for (const secret of MARKED) expect(output).not.toContain(secret);
}

beforeAll(async () => {
  database = await freshDatabase();
  folder = temporaryFolder();
});

afterAll(async () => {
  endHubs();
  await database.drop();
});

it.each(['json', 'pretty'])('a running hub writes no secret at level trace, as %s', async (format) => {
  const hub = startProgram(['hub'], env({ METERLINE_LOG__FORMAT: format, METERLINE_HTTP__PORT: '0' }));
  const address = format === 'json' ? await hub.address() : await prettyAddress(hub);
  const headers = {
    authorization: 'Bearer marked-bearer-0123456789abcdef',
    cookie: 'sid=marked-cookie',
    'x-api-key': 'marked-header',
    'content-type': 'application/json',
  };
  const operator = { ...headers, authorization: `Bearer ${OPERATOR_TOKEN}` };
  const asks: [string, RequestInit][] = [
    ['/api/v1/operations/status', { headers }],
    ['/api/v1/operations/status', { headers: operator }],
    ['/api/v1/about?token=marked-query', { headers }],
    ['/api/v1/marked-path', { headers }],
    ['/api/v1/files/marked-path?signature=marked-query', { headers }],
    [
      '/api/v1/operations/jobs/mail:marked-path/discard',
      { method: 'POST', headers: operator, body: '{"password": "marked-body' },
    ],
    [
      '/api/v1/operations/jobs/mail:marked-path/discard',
      { method: 'POST', headers: operator, body: '{"reason": "x", "password": "marked-body"}' },
    ],
    [
      '/api/v1/operations/jobs/mail:marked-path/discard',
      { method: 'POST', headers: operator, body: `"${'marked-body'.repeat(500)}"` },
    ],
    ['/metrics', { headers }],
    ['/metrics', { headers: operator }],
  ];
  const answers: string[] = [];
  for (const [path, init] of asks) {
    const response = await fetch(`${address}${path}`, init);
    answers.push(`${JSON.stringify([...response.headers])}${await response.text()}`);
  }
  await sleep(100);
  hub.child.kill('SIGTERM');
  expect(await hub.exited).toBe(0);
  // It did write about these requests: silence would prove nothing.
  expect(hub.output()).toContain('/api/v1/operations/jobs/:id/discard');
  expectNoSecret(hub.output());
  // An id in a path may come back in the message about it; nothing else of a request does.
  expectNoSecret(answers.join('\n').replaceAll('marked-path', ''));
});

/** Lines for people name the address too, in another form. */
async function prettyAddress(hub: ReturnType<typeof startProgram>): Promise<string> {
  for (;;) {
    const found = /address: "([^"]+)"/.exec(hub.output());
    if (found?.[1]) return found[1];
    if (hub.child.exitCode !== null) throw new Error(hub.output());
    await sleep(20);
  }
}

it.each<[string, () => { args: string[]; more: Env }]>([
  [
    'a wrong password',
    () => ({
      args: ['hub'],
      more: {
        METERLINE_DATABASE__APP_URL: database.appUrl.replace('app-of-the-tests', 'marked-wrong-password'),
      },
    }),
  ],
  [
    'an unreachable database',
    () => ({
      args: ['hub'],
      more: { METERLINE_DATABASE__APP_URL: 'postgres://meterline_app:marked-wrong-password@127.0.0.1:1/x' },
    }),
  ],
  [
    'an unreachable Redis',
    () => ({
      args: ['hub'],
      more: {
        METERLINE_QUEUE__BACKEND: 'redis',
        METERLINE_QUEUE__URL: 'redis://u:marked-redis-password@127.0.0.1:1/0',
      },
    }),
  ],
  [
    'a Redis that refuses the password',
    () => {
      const url = new URL(inject('redisUrl'));
      url.username = 'nobody';
      url.password = 'marked-redis-password';
      return { args: ['hub'], more: { METERLINE_QUEUE__BACKEND: 'redis', METERLINE_QUEUE__URL: url.href } };
    },
  ],
  [
    'a malformed address',
    () => ({ args: ['hub'], more: { METERLINE_DATABASE__APP_URL: 'postgres//marked-wrong-password' } }),
  ],
  [
    'a secret under a wrong key',
    () => ({ args: ['hub'], more: { METERLINE_HTTP__PORT: 'marked-wrong-password' } }),
  ],
  [
    'an unreachable bucket',
    () => ({
      args: ['hub'],
      more: {
        METERLINE_FILES__FOLDER: '',
        METERLINE_FILES__BACKEND: 's3',
        METERLINE_FILES__BUCKET: 'bills',
        METERLINE_FILES__REGION: 'x',
        METERLINE_FILES__ENDPOINT: 'http://127.0.0.1:1',
        METERLINE_FILES__ACCESS_KEY_ID: 'AKIATEST',
        METERLINE_FILES__SECRET_ACCESS_KEY: S3_SECRET,
      },
    }),
  ],
  ['a check', () => ({ args: ['hub', '--check-config'], more: {} })],
  [
    'a wrong administrator',
    () => ({
      args: ['database', 'provision'],
      more: { METERLINE_ADMIN_URL: 'postgres://root:marked-wrong-password@127.0.0.1:1/x' },
    }),
  ],
  [
    'a wrong copy',
    () => ({
      args: ['audit', 'verify', '--url', 'postgres://root:marked-wrong-password@127.0.0.1:1/x'],
      more: {},
    }),
  ],
])('the command line writes no secret, not even with --verbose: %s', async (_, make) => {
  const { args, more } = make();
  const program = startProgram([...args, '--verbose'], env(more));
  // Files are not needed to start, so the hub without its bucket runs on: long enough to have said what it says.
  const timer = setTimeout(() => program.child.kill('SIGTERM'), 4_000);
  await program.exited;
  clearTimeout(timer);
  expectNoSecret(program.output());
});

it('the reference of the keys shows none of the values in effect', async () => {
  expectNoSecret((await runProgram(['config', 'keys'], env())).stdout);
});
