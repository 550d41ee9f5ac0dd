import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/kernel/clock.ts';
import {
  defineJob,
  handleJob,
  type JobHandler,
  JobQueue,
  type JobQueueOptions,
  JobRegistry,
  type JobRun,
} from '../../src/platform/queue/index.ts';
import { type ChildOrder, endless } from './queue-child.ts';
import { eventually, freshPlace, type Kind, type Place, urlOf, withClient } from './queue-support.ts';

// Real: PostgreSQL, Redis, processes, sockets. Fake: a wire that can be cut, in front of the server.
/** One file calls it for each backend: much of it is waiting, which two files do at the same time. */
export function lifecycleSuite(kind: Kind): void {
  describe(`the life of a worker on ${kind}`, () => {
    let place: Place;
    const open: JobQueue[] = [];
    const children: ChildProcess[] = [];
    let runs: JobRun[] = [];

    beforeAll(async () => {
      place = await freshPlace(kind);
    });
    beforeEach(() => {
      runs = [];
    });
    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await Promise.all(open.splice(0).map((queue) => queue.stop({ graceMs: 0 })));
    });
    afterAll(() => place.drop());

    async function started(
      handlers: readonly JobHandler[],
      options: Partial<JobQueueOptions> & { work?: boolean } = {},
    ): Promise<JobQueue> {
      const { work = true, ...rest } = options;
      const queue = new JobQueue({
        backend: place.settings,
        registry: new JobRegistry().add({ handlers, jobs: handlers.map((handler) => handler.job) }),
        clock: systemClock,
        observer: { finished: (run) => runs.push(run) },
        ...rest,
      });
      open.push(queue);
      await queue.start({ work });
      return queue;
    }

    function child(
      mode: ChildOrder['mode'],
      url = place.settings.url,
    ): { process: ChildProcess; output: () => string } {
      const script = fileURLToPath(new URL('./queue-child.ts', import.meta.url));
      const order: ChildOrder = { backend: { ...place.settings, url }, mode };
      const spawned = spawn(process.execPath, ['--conditions=source', script], {
        env: { ...process.env, QUEUE_CHILD: JSON.stringify(order) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(spawned);
      let text = '';
      for (const stream of [spawned.stdout, spawned.stderr])
        stream?.on('data', (data) => (text += String(data)));
      return { process: spawned, output: () => text };
    }

    const job = (queue: string, concurrency = 1) =>
      defineJob({ name: 'task', queue, input: z.string(), concurrency, attempts: 1 });

    it('a stop waits for the job that runs and leaves the others to another process', async () => {
      const task = job('graceful');
      const ran: string[] = [];
      const first = await started([
        handleJob(task, async (name) => {
          await sleep(400);
          ran.push(`first ${name}`);
        }),
      ]);
      for (const name of ['a', 'b', 'c']) await first.enqueue(task, name);
      await eventually('a runs', async () => (await first.counts()).graceful?.active === 1);
      await first.stop({ graceMs: 5_000 });
      const kept = ran.length;
      expect(ran[0]).toBe('first a');
      expect(kept).toBeLessThan(3);
      await started([handleJob(task, async (name) => void ran.push(`second ${name}`))]);
      await eventually('all ran', () => ran.length === 3);
      expect(ran.map((line) => line.split(' ')[1])).toEqual(['a', 'b', 'c']);
      expect(runs.map((run) => run.outcome)).toEqual(['completed', 'completed', 'completed']);
    });

    it('at the deadline a handler is told to end, and its job runs elsewhere at once with no attempt lost', async () => {
      const task = job('deadline');
      let told: unknown;
      const first = await started([
        handleJob(task, async (_, { signal }) => {
          await sleep(60_000, undefined, { signal }).catch(() => {
            told = signal.reason;
            throw new Error('cut short');
          });
        }),
      ]);
      await first.enqueue(task, 'a');
      await eventually('it runs', async () => (await first.counts()).deadline?.active === 1);
      const begin = performance.now();
      await first.stop({ graceMs: 200 });
      expect(performance.now() - begin).toBeLessThan(5_000);
      expect(told).toMatchObject({ message: 'the process is stopping' });
      expect(runs.map((run) => run.outcome)).toEqual(['released']);
      const attempts: number[] = [];
      await started([handleJob(task, async (_, { attempt }) => void attempts.push(attempt))]);
      await eventually('it ran again', () => runs.length === 2);
      expect(attempts).toEqual([1]);
      expect(runs[1]?.outcome).toBe('completed');
    });

    it('a handler that does not listen is given up, and its job runs elsewhere', async () => {
      const task = job('deaf');
      const first = await started([handleJob(task, () => new Promise<void>(() => {}))]);
      await first.enqueue(task, 'a');
      await eventually('it runs', async () => (await first.counts()).deaf?.active === 1);
      await first.stop({ graceMs: 100 });
      await started([handleJob(task, async () => {})]);
      await eventually('it ran again', () => runs.some((run) => run.outcome === 'completed'), 5_000);
    });

    it('a stop lets go of everything: the process ends by itself', async () => {
      const { process: spawned, output } = child('run-and-end');
      const [code] = (await once(spawned, 'exit', { signal: AbortSignal.timeout(15_000) })) as [
        number | null,
      ];
      expect(output()).toBe('ran\nstopped\n');
      expect(code).toBe(0);
    });

    it('a job whose process is killed runs again; one that kills again and again is given up', async () => {
      const stalled: string[] = [];
      const other = await started([handleJob(endless, async () => {})], { work: false });
      const { id } = await other.enqueue(endless, 'x', { id: 'x' });
      for (const round of [1, 2]) {
        const { process: spawned, output } = child('hold');
        await eventually(`round ${round}: the child holds it`, () => output() === 'holding\n');
        spawned.kill('SIGKILL');
        await once(spawned, 'exit');
      }
      const survivor = await started([handleJob(endless, async () => {})], {
        recovery: { lockMs: 1_000, checkEveryMs: 300, maxStalls: 1 },
        observer: { stalled: (event) => stalled.push(event.id) },
      });
      await eventually(
        'it is given up',
        async () => (await survivor.listFailed({ queue: 'killed' })).jobs.length === 1,
      );
      const [given] = (await survivor.listFailed({ queue: 'killed' })).jobs;
      expect(given?.reason).toBe('job stalled more than allowable limit');
      expect(stalled).toContain(id);
      expect((await survivor.replay(id)).ok).toBe(true);
      await eventually('it ran', async () => (await survivor.counts()).killed?.completed === 1);
    });

    describe('when the connection breaks', () => {
      let wire: Wire;
      beforeEach(async () => {
        wire = await cutWire(place.settings.url);
      });
      afterEach(() => wire.end());

      it('says so, adds nothing, and goes on by itself when it is back', async () => {
        const problems: string[] = [];
        const task = defineJob({
          name: 'task',
          queue: 'broken',
          input: z.string(),
          attempts: 3,
          concurrency: 2,
        });
        const finish = Promise.withResolvers<void>();
        const queue = await started(
          [handleJob(task, async (name) => (name === 'during' ? finish.promise : undefined))],
          {
            backend: { ...place.settings, url: wire.url },
            timeoutMs: 700,
            recovery: { lockMs: 2_000, checkEveryMs: 500 },
            observer: { finished: (run) => runs.push(run), problem: ({ reason }) => problems.push(reason) },
          },
        );
        await queue.enqueue(task, 'before', { id: 'before' });
        await eventually('it works', () => runs.length === 1);
        await queue.enqueue(task, 'during', { id: 'during' });
        await eventually('one is running', async () => (await queue.counts()).broken?.active === 1);

        await wire.cut();
        await eventually('it is unhealthy', async () => !(await queue.health()).ok);
        const { detail } = await queue.health();
        expect(detail).toMatch(new RegExp(`^${kind} is unreachable`));
        expect(detail).not.toContain('127.0.0.1');
        const begin = performance.now();
        await expect(queue.enqueue(task, 'lost', { id: 'lost' })).rejects.toMatchObject({
          code: 'queue_unreachable',
          retryable: true,
        });
        await expect(queue.counts()).rejects.toMatchObject({ code: 'queue_unreachable' });
        expect(performance.now() - begin).toBeLessThan(4_000);
        finish.resolve();
        await sleep(1_500);
        // Twenty kinds of trouble at the most, not one line for every retry.
        expect(problems.length).toBeLessThan(20);

        await wire.mend();
        await eventually('it is healthy', async () => (await queue.health()).ok, 20_000);
        await queue.enqueue(task, 'after', { id: 'after' });
        await queue.enqueue(task, 'lost', { id: 'lost' });
        await eventually(
          'all four completed',
          async () => (await queue.counts()).broken?.completed === 4,
          30_000,
        );
      });

      it.each(['cut', 'hush'] as const)(
        'a process that stops behind a wire that is %s ends by itself',
        async (how) => {
          const { process: spawned, output } = child('stop-when-told', wire.url);
          await eventually('it runs', () => output() === 'holding\n');
          await wire[how]();
          spawned.kill('SIGTERM');
          const [code] = (await once(spawned, 'exit', { signal: AbortSignal.timeout(20_000) })) as [
            number | null,
          ];
          expect(output()).toBe('holding\nstopped\n');
          expect(code).toBe(0);
        },
      );

      it('a stop ends in time, with the backend gone', async () => {
        const task = job('gone');
        const queue = await started([handleJob(task, () => sleep(60_000))], {
          backend: { ...place.settings, url: wire.url },
        });
        await queue.enqueue(task, 'x');
        await eventually('it runs', async () => (await queue.counts()).gone?.active === 1);
        await wire.cut();
        const begin = performance.now();
        await queue.stop({ graceMs: 200 });
        expect(performance.now() - begin).toBeLessThan(10_000);
      });
    });

    describe('boot', () => {
      const task = job('boot');
      const handlers = [handleJob(task, async () => {})];
      const startWith = (url: string) => started(handlers, { backend: { ...place.settings, url } });

      it('names host and port of a server that is not there, never the password', async () => {
        const closed = createServer().listen(0, '127.0.0.1');
        await once(closed, 'listening');
        const { port } = closed.address() as AddressInfo;
        closed.close();
        await expectUnreachable(withPassword(urlOf(place.settings.url, { port })), port, /ECONNREFUSED/);
      });

      it('does not wait for a server that says nothing', async () => {
        const sockets = new Set<Socket>();
        const silent = createServer((socket) => void sockets.add(socket.on('error', () => {}))).listen(
          0,
          '127.0.0.1',
        );
        await once(silent, 'listening');
        const { port } = silent.address() as AddressInfo;
        await expectUnreachable(withPassword(urlOf(place.settings.url, { port })), port, /./);
        for (const socket of sockets) socket.destroy();
        silent.close();
      }, 20_000);

      it('a failed boot leaves nothing behind that keeps the process alive', async () => {
        const before = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
        await expect(startWith(urlOf(place.settings.url, { port: 1 }))).rejects.toThrow();
        await eventually(
          'its sockets are gone',
          () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length <= before,
        );
      });

      if (kind === 'postgres') {
        it('says when the migrations have not run, or the role has no rights', async () => {
          const { adminUrl = '' } = place;
          await withClient(adminUrl, (admin) => admin.query('create database queue_bare'));
          try {
            const bare = urlOf(place.settings.url, { database: 'queue_bare' });
            await expect(startWith(bare)).rejects.toMatchObject({ code: 'queue_not_migrated' });
          } finally {
            await withClient(adminUrl, (admin) => admin.query('drop database queue_bare with (force)'));
          }
          await withClient(adminUrl, (admin) => admin.query(`create role queue_nobody login password 'x'`));
          try {
            const nobody = urlOf(place.settings.url, { user: 'queue_nobody', password: 'x' });
            await expect(startWith(nobody)).rejects.toMatchObject({ code: 'queue_misconfigured' });
          } finally {
            await withClient(adminUrl, (admin) => admin.query('drop role queue_nobody'));
          }
        });

        it('needs no right to change the schema', async () => {
          const name = new URL(place.settings.url).username;
          const { rows } = await withClient(place.adminUrl ?? '', (admin) =>
            admin.query(
              `select has_schema_privilege($1, 'bullmq', 'create') as creates,
                  has_table_privilege($1, 'bullmq.migration', 'update') as tampers`,
              [name],
            ),
          );
          expect(rows).toEqual([{ creates: false, tampers: false }]);
        });
      }

      async function expectUnreachable(url: string, port: number, reason: RegExp): Promise<void> {
        const begin = performance.now();
        const error = await startWith(url).then(
          () => undefined,
          (thrown: unknown) => thrown as Error & { code: string },
        );
        expect(performance.now() - begin).toBeLessThan(9_000);
        expect(error?.code).toBe('queue_unreachable');
        expect(error?.message).toContain(`127.0.0.1:${port}`);
        expect(error?.message).toMatch(reason);
        expect(error?.message).not.toContain('hunter2');
      }
    });
  });
}

function withPassword(url: string): string {
  return urlOf(url, { user: 'somebody', password: 'hunter2' });
}

interface Wire {
  readonly url: string;
  cut(): Promise<void>;
  /** Keeps the connections and passes nothing on, as a firewall that has forgotten them. */
  hush(): Promise<void>;
  mend(): Promise<void>;
  end(): Promise<void>;
}

/** A TCP relay in front of the server: cut, it refuses connections and has dropped those that were there. */
async function cutWire(target: string): Promise<Wire> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const relay = (near: Socket) => {
    const far = createConnection(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  };
  let server: Server | undefined = createServer(relay).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;
  const cut = async () => {
    const closing = server;
    server = undefined;
    if (!closing) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: urlOf(target, { port: own }),
    cut,
    hush: async () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: async () => {
      server = createServer(relay).listen(own, '127.0.0.1');
      await once(server, 'listening');
    },
    end: cut,
  };
}
