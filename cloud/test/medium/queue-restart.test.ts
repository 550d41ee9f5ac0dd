import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../scripts/stack/place.ts';
import { startPostgres } from '../../../scripts/stack/postgres.ts';
import { startRedis } from '../../../scripts/stack/redis.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { defineJob, handleJob, JobQueue, JobRegistry } from '../../src/platform/queue/index.ts';
import { eventually, freshPlace, KINDS, type Kind, type Place, urlOf } from './queue-support.ts';
import { cutWire } from './queue-wire.ts';

// Real: a Redis and a PostgreSQL of their own, and their sudden ends. Fake: the wire that gives a PostgreSQL which was
// started anew the port of the one before.

interface Server {
  readonly place: Place;
  /** Ends the server as kill -9 does. */
  crash(): Promise<void>;
  /** Starts it again at the same address, with what it has on its disk. */
  recover(): Promise<void>;
}

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each();
});

async function redisThatCrashes(): Promise<Server> {
  const server = await startRedis({ crashes: true });
  cleanUp.push(server.stop);
  const operator = new Redis(server.url, {
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
    // It would tell the server that has come back to crash again.
    autoResendUnfulfilledCommands: false,
  });
  operator.on('error', () => {});
  cleanUp.push(async () => operator.disconnect());
  return {
    place: await freshPlace('redis', server.url),
    crash: async () => {
      const gone = once(operator, 'close');
      // Never answered: the process drops all that it has in memory, and is another one after that many milliseconds.
      operator.call('debug', 'crash-and-recover', '1500').catch(() => {});
      await gone;
    },
    recover: async () => void (await operator.ping()),
  };
}

async function postgresThatCrashes(): Promise<Server> {
  const folder = temporaryFolder(null);
  cleanUp.push(async () => rmSync(folder, { recursive: true, force: true }));
  const options = { dataFolder: join(folder, 'postgres') };
  let server = await startPostgres(options);
  cleanUp.push(() => server.stop());
  const place = await freshPlace('postgres', server.url);
  const wire = await cutWire(place.settings.url);
  cleanUp.push(wire.end);
  return {
    place: { ...place, settings: { ...place.settings, url: wire.url } },
    crash: async () => {
      const [pid] = readFileSync(join(server.dataFolder, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      await server.exited;
      await wire.cut();
    },
    recover: async () => {
      server = await startPostgres(options);
      await wire.mend(urlOf(server.url, {}));
    },
  };
}

const STARTS: Readonly<Record<Kind, () => Promise<Server>>> = {
  redis: redisThatCrashes,
  postgres: postgresThatCrashes,
};

const task = defineJob({
  name: 'task',
  queue: 'steady',
  input: z.string(),
  concurrency: 2,
  backoff: { firstMs: 100, maxMs: 100 },
});
const slow = defineJob({
  name: 'slow',
  queue: 'slow',
  input: z.string(),
  backoff: { firstMs: 100, maxMs: 100 },
});
const doomed = defineJob({ name: 'doomed', queue: 'doomed', input: z.string(), attempts: 1 });

describe.each(KINDS)('when %s crashes and comes back', (kind) => {
  it('no acknowledged job is lost, and the same workers go on by themselves', {
    timeout: 120_000,
  }, async () => {
    const server = await STARTS[kind]();
    const ran = new Map<string, number>();
    const held = Promise.withResolvers<void>();
    const problems: string[] = [];
    let doom = true;
    const note = (name: string) => void ran.set(name, (ran.get(name) ?? 0) + 1);
    const registry = new JobRegistry().add({
      jobs: [task, slow, doomed],
      handlers: [
        handleJob(task, async (name) => {
          await sleep(15);
          note(name);
        }),
        handleJob(slow, async (name) => {
          await held.promise;
          note(name);
        }),
        handleJob(doomed, async (name) => {
          if (doom) throw new Error('not yet');
          note(name);
        }),
      ],
    });
    const open = (): JobQueue => {
      const queue = new JobQueue({
        backend: server.place.settings,
        registry,
        clock: systemClock,
        timeoutMs: 700,
        recovery: { lockMs: 1_000, checkEveryMs: 300 },
        observer: { problem: ({ reason }) => problems.push(reason) },
      });
      cleanUp.push(() => queue.stop({ graceMs: 0 }));
      return queue;
    };
    const queue = open();
    await queue.start({ work: true });
    expect(problems).toEqual([]);
    await queue.enqueue(doomed, 'doomed', { id: 'doomed' });
    await queue.enqueue(slow, 'slow', { id: 'slow' });
    await queue.enqueue(task, 'delayed', { id: 'delayed', delayMs: 4_000 });
    await eventually('one failed and one runs', async () => {
      const counts = await queue.counts();
      return counts.doomed?.failed === 1 && counts.slow?.active === 1;
    });
    // More than the workers can do by the time of the crash: some wait, some run.
    const backlog = Array.from({ length: 400 }, (_, n) => `b${n}`);
    await queue.enqueueMany(
      task,
      backlog.map((name) => ({ input: name, options: { id: name } })),
    );
    const acknowledged = new Set(backlog);
    let refused = 0;
    let adding = true;
    const producer = (async () => {
      for (let n = 0; adding; n += 1) {
        const name = `n${n}`;
        await queue.enqueue(task, name, { id: name }).then(
          () => acknowledged.add(name),
          () => (refused += 1),
        );
        await sleep(3);
      }
    })();
    await eventually('some ran and some wait', async () => {
      return ran.size > 10 && ((await queue.counts()).steady?.waiting ?? 0) > 10;
    });

    await server.crash();
    held.resolve();
    await eventually('jobs are refused', () => refused > 0);
    expect(await queue.health()).toMatchObject({ ok: false });
    const before = acknowledged.size;
    await server.recover();
    await eventually('jobs are taken again', () => acknowledged.size > before + 20, 20_000);
    adding = false;
    await producer;

    const expected = [...acknowledged, 'slow', 'delayed'];
    await eventually('all ran', () => expected.every((name) => ran.has(name)), 30_000);
    await eventually('nothing waits or runs', async () => {
      const { steady, slow } = await queue.counts();
      return [steady, slow].every((c) => c && c.waiting + c.active + c.delayed + c.failed === 0);
    });
    expect((await queue.health()).ok).toBe(true);
    doom = false;
    expect((await queue.replay('doomed:doomed/doomed')).ok).toBe(true);
    await eventually('the failed one was replayed', () => ran.get('doomed') === 1);
    // What ran twice had not been able to say that it was done.
    expect([...ran].filter(([, times]) => times > 1).length).toBeLessThanOrEqual(5);
  });
});
