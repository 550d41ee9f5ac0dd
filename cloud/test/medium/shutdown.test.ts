import { existsSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/kernel/clock.ts';
import { defineJob, handleJob, JobQueue, JobRegistry } from '../../src/platform/queue/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import {
  type Env,
  endHubs,
  type HubProcess,
  hubEnv,
  OPERATOR_TOKEN,
  runProgram,
  startProgram,
  temporaryFolder,
} from '../support/hub-process.ts';

/** A real hub with slow, stuck and failing routes and jobs, ended by real signals. */
const SLOW_HUB = fileURLToPath(new URL('../support/slow-hub.mjs', import.meta.url));
const input = z.object({ n: z.number() });
const slowJob = defineJob({ name: 'test.slow', queue: 'test', input, concurrency: 10 });
const failingJob = defineJob({ name: 'test.failing', queue: 'test', input, attempts: 1 });

let database: FreshDatabase;
let folder: string;
let producer: JobQueue;
const notes = () => join(folder, 'notes');
const env = (more: Env = {}): Env =>
  hubEnv(database, join(folder, 'files'), { SLOW_HUB_FILE: notes(), ...more });
const startSlowHub = (more: Env = {}): HubProcess => startProgram(['hub'], env(more), SLOW_HUB);

beforeAll(async () => {
  database = await freshDatabase();
  folder = temporaryFolder();
  const registry = new JobRegistry().add({
    jobs: [slowJob, failingJob],
    handlers: [handleJob(slowJob, async () => {}), handleJob(failingJob, async () => {})],
  });
  producer = new JobQueue({
    backend: { kind: 'postgres', url: database.appUrl },
    registry,
    clock: systemClock,
  });
  await producer.start({ work: false });
});

afterAll(async () => {
  await producer.stop({ graceMs: 0 });
  endHubs();
  await database.drop();
});

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly body: string;
}

/** One connection a request, kept open after it as browsers and proxies do. */
function ask(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += String(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body }),
      );
    }).on('error', reject);
  });
}

const noted = (word: string): number =>
  existsSync(notes())
    ? readFileSync(notes(), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(word)).length
    : 0;

describe('SIGTERM', () => {
  it('loses no request in flight and no running job, and takes no new connection', async () => {
    const hub = startSlowHub();
    const address = await hub.address();
    const agent = new Agent({ keepAlive: true });
    await producer.enqueueMany(
      slowJob,
      [1, 2, 3, 4].map((n) => ({ input: { n } })),
    );
    await expect.poll(() => noted('started'), { timeout: 10_000 }).toBe(4);
    const answers = Array.from({ length: 20 }, () => ask(`${address}/api/v1/test/slow`, agent));
    await sleep(300);

    const since = performance.now();
    hub.child.kill('SIGTERM');
    await sleep(200);
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
    const settled = await Promise.all(answers);
    expect(settled.map(({ status, body }) => [status, body])).toEqual(
      Array.from({ length: 20 }, () => [200, '{"done":true}']),
    );
    expect(new Set(settled.map(({ connection }) => connection))).toEqual(new Set(['close']));
    expect(await hub.exited).toBe(0);
    expect(noted('finished')).toBe(4);
    // Far below the grace and below what an idle keep-alive connection would have held it up.
    expect(performance.now() - since).toBeLessThan(10_000);
    agent.destroy();
  });

  it('names what hung when the grace is over', async () => {
    const hub = startSlowHub({ METERLINE_SHUTDOWN__GRACE_MS: '600' });
    const address = await hub.address();
    const stuck = fetch(`${address}/api/v1/test/stuck`).catch(() => 'cut');
    await sleep(200);
    const since = performance.now();
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(75);
    expect(performance.now() - since).toBeLessThan(3_000);
    expect(hub.stderr()).toMatch(
      /^meterline: http did not stop within 600 ms, and so not .*outbox, .*database\n$/,
    );
    expect(await stuck).toBe('cut');
  });

  it('gives running jobs back when their time is over, so that another process runs them', async () => {
    const hub = startSlowHub({ METERLINE_SHUTDOWN__GRACE_MS: '1500' });
    await hub.address();
    const before = noted('started');
    await producer.enqueue(slowJob, { n: 99 });
    await expect.poll(() => noted('started'), { timeout: 10_000 }).toBe(before + 1);
    hub.child.kill('SIGTERM');
    await hub.exited;
    const next = startSlowHub();
    await next.address();
    await expect.poll(() => noted('finished 99'), { timeout: 20_000 }).toBe(1);
    next.child.kill('SIGTERM');
    expect(await next.exited).toBe(0);
  });

  it('ends at once at the second signal', async () => {
    const hub = startSlowHub();
    const address = await hub.address();
    void fetch(`${address}/api/v1/test/stuck`).catch(() => {});
    await sleep(200);
    hub.child.kill('SIGTERM');
    await sleep(200);
    const since = performance.now();
    hub.child.kill('SIGINT');
    expect(await hub.exited).toBe(130);
    expect(performance.now() - since).toBeLessThan(1_000);
  });

  it('ends a hub that is still starting', async () => {
    const silent = createServer();
    const port = await new Promise<number>((resolve) => {
      silent.listen(0, '127.0.0.1', () => {
        const address = silent.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const hub = startSlowHub({
      METERLINE_DATABASE__APP_URL: `postgres://meterline_app:x@127.0.0.1:${port}/x`,
    });
    const connected = new Promise((resolve) => silent.once('connection', resolve));
    await connected;
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(0);
    silent.close();
  });
});

describe('other ends', () => {
  it('follows its parent when asked to', async () => {
    const hub = startProgram(['hub', '--exit-with-parent'], env());
    await hub.address();
    await sleep(300);
    expect(hub.child.exitCode).toBeNull();
    // A parent that was killed reads nothing any more either.
    hub.child.stdout?.destroy();
    hub.child.stderr?.destroy();
    hub.child.stdin?.destroy();
    expect(await hub.exited).toBe(0);
  });

  it('writes one line about an uncaught error and ends with 70', async () => {
    const hub = startSlowHub();
    const address = await hub.address();
    await fetch(`${address}/api/v1/test/fault`);
    expect(await hub.exited).toBe(70);
    const fatal = hub
      .output()
      .split('\n')
      .filter((line) => line.includes('"level":"fatal"'));
    expect(fatal).toHaveLength(1);
    expect(JSON.parse(fatal[0] ?? '{}')).toMatchObject({
      msg: 'uncaught exception',
      err: { message: 'nobody catches this' },
    });
    expect(hub.stderr()).toBe('');
  });
});

describe('what failed', () => {
  it('is listed, run again and given up by the operator, and each act is audited and sealed', async () => {
    const hub = startSlowHub();
    const operations = `${await hub.address()}/api/v1/operations`;
    const headers = {
      authorization: `Bearer ${OPERATOR_TOKEN}`,
      'content-type': 'application/json',
      'x-request-id': 'operator-request-1',
    };
    const failedJobs = async () => {
      const page = await (await fetch(`${operations}/jobs/failed`, { headers })).json();
      return (page as { jobs: { id: string; name: string; reason: string; input: unknown }[] }).jobs;
    };
    const act = (path: string, body = {}) =>
      fetch(`${operations}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });

    const { id } = await producer.enqueue(failingJob, { n: 7 });
    await expect
      .poll(async () => (await failedJobs()).map((job) => job.id), { timeout: 10_000 })
      .toEqual([id]);
    expect((await failedJobs())[0]).toMatchObject({
      name: 'test.failing',
      reason: expect.stringContaining('always fails'),
      input: { n: 7 },
    });
    expect((await act(`jobs/${encodeURIComponent(id)}/replay`)).status).toBe(200);
    await expect.poll(async () => (await failedJobs()).length, { timeout: 10_000 }).toBe(1);
    expect((await act(`jobs/${encodeURIComponent(id)}/discard`, { reason: 'a test job' })).status).toBe(200);
    expect(await failedJobs()).toEqual([]);
    expect((await act(`jobs/${encodeURIComponent(id)}/discard`, { reason: 'a test job' })).status).toBe(404);

    const admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    const eventIds = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058'];
    await admin.query(
      `insert into outbox (id, organisation_id, topic, payload, state, finished_at, error)
       select id, '00000000-0000-0000-0000-000000000000', 'test.nobody', '{}', 'failed', now(), 'refused' from unnest($1::uuid[]) id`,
      [eventIds],
    );
    const events = await (await fetch(`${operations}/outbox/failed`, { headers })).json();
    expect((events as { events: unknown[] }).events).toMatchObject([
      { topic: 'test.nobody', reason: 'refused' },
      {},
    ]);
    expect((await act(`outbox/${eventIds[0]}/replay`)).status).toBe(200);
    expect((await act(`outbox/${eventIds[1]}/discard`, { reason: 'nobody wants it' })).status).toBe(200);

    const { rows } = await admin.query(
      'select action, subject_id, reason, actor_kind, request_id from audit_entry order by at, id',
    );
    expect(rows).toMatchObject([
      {
        action: 'operations.job_replayed',
        subject_id: id,
        actor_kind: 'operator',
        request_id: 'operator-request-1',
      },
      { action: 'operations.job_discarded', subject_id: id, reason: 'a test job' },
      { action: 'operations.event_replayed', subject_id: eventIds[0] },
      { action: 'operations.event_discarded', subject_id: eventIds[1], reason: 'nobody wants it' },
    ]);
    await expect
      .poll(async () => (await admin.query('select count(*)::int as n from audit_pending')).rows[0].n, {
        timeout: 6_000,
      })
      .toBe(0);
    await admin.end();
    expect(await runProgram(['audit', 'verify'], env())).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('4 entries of 1 organisation,'),
    });
    hub.child.kill('SIGTERM');
    expect(await hub.exited).toBe(0);
  });
});
