import type { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/kernel/clock.ts';
import type { QueueBackend } from '../../src/platform/queue/backend.ts';
import {
  defineJob,
  type FailedJob,
  handleJob,
  JobQueue,
  JobRegistry,
} from '../../src/platform/queue/index.ts';
import { postgresBackend } from '../../src/platform/queue/postgres-backend.ts';
import { redisBackend } from '../../src/platform/queue/redis-backend.ts';
import { trimFinished } from '../../src/platform/queue/retention.ts';
import { eventually, freshPlace, KINDS, type Place } from './queue-support.ts';

// Real: PostgreSQL, Redis. Fake: nothing.
describe.each(KINDS)('failed jobs on %s', (kind) => {
  let place: Place;
  const open: JobQueue[] = [];
  const discarded: { id: string; reason: string }[] = [];

  beforeAll(async () => {
    place = await freshPlace(kind);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queue) => queue.stop({ graceMs: 0 })));
  });
  afterAll(() => place.drop());

  const declare = (queue: string) => ({
    pay: defineJob({
      name: 'pay',
      queue,
      input: z.looseObject({ n: z.int() }),
      attempts: 1,
      concurrency: 8,
      redact: ['payer.name'],
    }),
    tell: defineJob({ name: 'tell', queue: `${queue}.b`, input: z.looseObject({ n: z.int() }), attempts: 1 }),
  });

  /** Jobs fail as long as `broken.now` says so. */
  async function started(name: string, broken: { now: boolean }): Promise<JobQueue> {
    const { pay, tell } = declare(name);
    const run = async () => {
      if (broken.now) throw new Error('the bank is away');
    };
    const registry = new JobRegistry().add({
      jobs: [pay, tell],
      handlers: [handleJob(pay, run), handleJob(tell, run)],
    });
    const queue = new JobQueue({
      backend: place.settings,
      registry,
      clock: systemClock,
      observer: { discarded: (event) => discarded.push(event) },
    });
    open.push(queue);
    await queue.start({ work: true });
    for (const job of [pay, tell]) jobOf.set(`${name}/${job.name}`, job);
    return queue;
  }
  const jobOf = new Map<string, ReturnType<typeof declare>['pay']>();

  async function fail(
    queue: JobQueue,
    name: string,
    job: 'pay' | 'tell',
    numbers: readonly number[],
  ): Promise<void> {
    const declared = jobOf.get(`${name}/${job}`);
    if (!declared) throw new Error('not declared');
    const before = (await queue.counts())[declared.queue]?.failed ?? 0;
    await queue.enqueueMany(
      declared,
      numbers.map((n) => ({ input: { n }, options: { id: `${n}` } })),
    );
    await eventually(
      'all failed',
      async () => (await queue.counts())[declared.queue]?.failed === before + numbers.length,
    );
  }

  const numbers = (jobs: readonly FailedJob[]) => jobs.map((job) => (job.input as { n: number }).n);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  it('pages through all of them, each once, though some go and others come meanwhile', async () => {
    const broken = { now: true };
    const queue = await started('page', broken);
    await fail(queue, 'page', 'pay', range(0, 250));
    await fail(queue, 'page', 'tell', range(1000, 1005));
    const seen: FailedJob[] = [];
    let cursor: string | undefined;
    for (let page = 0; ; page += 1) {
      const got = await queue.listFailed({ limit: 40, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...got.jobs);
      cursor = got.cursor;
      if (cursor === undefined) break;
      // From what was already shown some go, and new ones fail.
      if (page === 1)
        for (const job of seen.slice(0, 30)) expect((await queue.discard(job.id, 'test')).ok).toBe(true);
      if (page === 2) await fail(queue, 'page', 'pay', range(2000, 2020));
    }
    const ids = seen.map((job) => job.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(
      numbers(seen)
        .filter((n) => n < 1000)
        .sort((a, b) => a - b),
    ).toEqual(range(0, 250));
    expect(numbers(seen).filter((n) => n >= 1000 && n < 2000)).toHaveLength(5);
    const pays = seen.filter((job) => job.name === 'pay');
    const times = pays.map((job) => job.failedAt.epochMilliseconds);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  it('one queue alone, with a limit', async () => {
    const queue = await started('limit', { now: true });
    await fail(queue, 'limit', 'pay', [1, 2, 3]);
    await fail(queue, 'limit', 'tell', [4]);
    expect(numbers((await queue.listFailed({ queue: 'limit.b' })).jobs)).toEqual([4]);
    expect((await queue.listFailed({ queue: 'limit', limit: 2 })).jobs).toHaveLength(2);
    await expect(queue.listFailed({ queue: 'nothing-of-that-name' })).rejects.toMatchObject({
      code: 'queue_unknown',
      message: 'no queue is called "nothing-of-that-name"; there are limit, limit.b',
    });
    await expect(queue.listFailed({ cursor: 'garbage' })).rejects.toMatchObject({
      code: 'queue_cursor_invalid',
    });
  });

  it('shows the input without what operators must not read', async () => {
    const queue = await started('masked', { now: true });
    const pay = jobOf.get('masked/pay');
    if (!pay) throw new Error('not declared');
    const input = {
      n: 1,
      payer: { name: 'Somchai', room: 'A1' },
      accessToken: 'abc',
      url: 'https://u:pw@host/',
    };
    await queue.enqueue(pay, input, { id: '1' });
    await eventually(
      'it failed',
      async () => (await queue.listFailed({ queue: 'masked' })).jobs.length === 1,
    );
    const [job] = (await queue.listFailed({ queue: 'masked' })).jobs;
    expect(job?.input).toEqual({
      n: 1,
      payer: { name: '[redacted]', room: 'A1' },
      accessToken: '[redacted]',
      url: 'https://u:[redacted]@host/',
    });
    expect(job).toMatchObject({ attempts: 1, reason: 'internal_error: the bank is away', queue: 'masked' });
  });

  it('replays one, with its first input and all its attempts; a second replay finds nothing failed', async () => {
    const broken = { now: true };
    const queue = await started('again', broken);
    await fail(queue, 'again', 'pay', [7]);
    const [job] = (await queue.listFailed({ queue: 'again' })).jobs;
    const id = job?.id ?? '';
    expect(await queue.replay(id)).toMatchObject({ ok: true, value: { id, input: { n: 7 } } });
    await eventually('it failed again', async () => (await queue.counts()).again?.failed === 1);
    broken.now = false;
    expect((await queue.replay(id)).ok).toBe(true);
    await eventually('it completed', async () => (await queue.counts()).again?.completed === 1);
    expect(await queue.replay(id)).toMatchObject({ ok: false, error: { code: 'job_not_failed' } });
    expect(await queue.discard(id, 'x')).toMatchObject({ ok: false, error: { code: 'job_not_failed' } });
  });

  it.each(['nothing', 'again:pay/none', 'no-queue:pay/1', '', ':', 'again:'])(
    'finds no job "%s"',
    async (id) => {
      const queue = await started('again', { now: true });
      expect(await queue.replay(id)).toMatchObject({ ok: false, error: { code: 'job_not_found' } });
      expect(await queue.discard(id, 'x')).toMatchObject({ ok: false, error: { code: 'job_not_found' } });
    },
  );

  it('two people who replay the same job at once run it once', async () => {
    const broken = { now: true };
    const queue = await started('race', broken);
    await fail(queue, 'race', 'pay', [1]);
    broken.now = false;
    const results = await Promise.all([1, 2, 3].map(() => queue.replay('race:pay/1')));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    await eventually('it completed', async () => (await queue.counts()).race?.completed === 1);
  });

  it('replays all that match, also when they fail again', async () => {
    const broken = { now: true };
    const queue = await started('all', broken);
    await fail(queue, 'all', 'pay', range(0, 120));
    await fail(queue, 'all', 'tell', [1, 2]);
    expect(await queue.replayAll({ name: 'pay' })).toBe(120);
    await eventually('they failed again', async () => (await queue.counts()).all?.failed === 120);
    const [newest] = (await queue.listFailed({ queue: 'all', limit: 1 })).jobs;
    broken.now = false;
    if (!newest) throw new Error('nothing failed');
    const older = await queue.replayAll({ queue: 'all', failedBefore: newest.failedAt });
    expect(older).toBeLessThan(120);
    expect(await queue.replayAll()).toBe(120 - older + 2);
    await eventually('all completed', async () => {
      const counts = await queue.counts();
      return counts.all?.completed === 120 && counts['all.b']?.completed === 2;
    });
  });

  it('discards with a reason, or not at all', async () => {
    const queue = await started('bin', { now: true });
    await fail(queue, 'bin', 'pay', [1]);
    const id = 'bin:pay/1';
    expect(await queue.discard(id, '  ')).toMatchObject({
      ok: false,
      error: { code: 'job_discard_without_reason' },
    });
    expect(await queue.discard(id, 'paid in cash')).toMatchObject({ ok: true, value: { id } });
    expect(discarded).toContainEqual({ id, reason: 'paid in cash' });
    expect((await queue.listFailed({ queue: 'bin' })).jobs).toEqual([]);
  });

  it('keeps a bounded number of finished jobs for a bounded time, dropping the oldest', async () => {
    const broken = { now: true };
    const queue = await started('kept', broken);
    for (const n of range(0, 12)) await fail(queue, 'kept', 'pay', [n]);
    const { backend, raw } = await opened('kept');
    const keep = { completedMs: 60_000, completedCount: 5, failedMs: 60_000, failedCount: 5 };
    expect(await trimFinished(raw, { ...keep, failedCount: 100 }, Date.now())).toBe(0);
    expect(await trimFinished(raw, keep, Date.now())).toBeGreaterThanOrEqual(7);
    expect(numbers((await queue.listFailed({ queue: 'kept' })).jobs)[0]).toBe(11);
    expect((await queue.counts()).kept?.failed).toBeLessThanOrEqual(5);
    expect(await trimFinished(raw, { ...keep, failedMs: 0 }, Date.now() + 1_000)).toBeGreaterThanOrEqual(4);
    expect((await queue.counts()).kept?.failed).toBe(0);
    await raw.close();
    await backend.close();
  });

  async function opened(name: string): Promise<{ backend: QueueBackend; raw: Queue }> {
    const { settings } = place;
    const backend =
      settings.kind === 'redis'
        ? redisBackend(settings.url, settings.prefix)
        : postgresBackend(settings.url, 0);
    await backend.open();
    return { backend, raw: backend.queue(name, {}) };
  }
});
