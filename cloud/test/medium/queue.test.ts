import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/kernel/clock.ts';
import { AppError } from '../../src/kernel/errors.ts';
import {
  defineJob,
  type FailedJob,
  handleJob,
  type Job,
  type JobContext,
  type JobHandler,
  JobQueue,
  type JobQueueOptions,
  JobRegistry,
  type JobRun,
} from '../../src/platform/queue/index.ts';
import { eventually, freshPlace, KINDS, type Place, withClient } from './queue-support.ts';

// Real: PostgreSQL, Redis. Fake: nothing.
describe.each(KINDS)('the queue on %s', (kind) => {
  let place: Place;
  const open: JobQueue[] = [];
  let runs: JobRun[] = [];

  beforeAll(async () => {
    place = await freshPlace(kind);
  });
  beforeEach(() => {
    runs = [];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queue) => queue.stop({ graceMs: 0 })));
  });
  afterAll(() => place.drop());

  async function started(
    handlers: readonly JobHandler[],
    options: Partial<JobQueueOptions> & { work?: boolean } = {},
  ): Promise<JobQueue> {
    const registry = new JobRegistry().add({ handlers, jobs: handlers.map((handler) => handler.job) });
    const { work = true, ...rest } = options;
    const queue = new JobQueue({
      backend: place.settings,
      registry,
      clock: systemClock,
      observer: { finished: (run) => runs.push(run) },
      ...rest,
    });
    open.push(queue);
    await queue.start({ work });
    return queue;
  }

  async function failed(queue: JobQueue, name: string, count: number): Promise<readonly FailedJob[]> {
    let jobs: readonly FailedJob[] = [];
    await eventually(`${count} failed jobs are stored`, async () => {
      jobs = (await queue.listFailed({ queue: name })).jobs;
      return jobs.length >= count;
    });
    expect(jobs).toHaveLength(count);
    return jobs;
  }

  const text = z.strictObject({ text: z.string() });

  it('runs a job with its input, and says so', async () => {
    const job = defineJob({ name: 'greet', queue: 'basic', input: text });
    const seen: { input: z.output<typeof text>; context: JobContext }[] = [];
    const queue = await started([
      handleJob(job, async (input, context) => void seen.push({ input, context })),
    ]);
    const { id } = await queue.enqueue(job, { text: 'สวัสดี' }, { id: 'one' });
    await eventually('the job ran', () => runs.length === 1);
    expect(id).toBe('basic:greet/one');
    expect(seen[0]?.input).toEqual({ text: 'สวัสดี' });
    expect(seen[0]?.context).toMatchObject({ id, attempt: 1, attempts: 5, dueAt: undefined });
    expect(runs[0]).toMatchObject({ queue: 'basic', job: 'greet', id, outcome: 'completed', attempt: 1 });
    await eventually('it is stored as completed', async () => (await queue.counts()).basic?.completed === 1);
    expect((await queue.counts()).basic).toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  });

  it.each(['42', 'invoice:7:b', 'ห้อง 12', '../x?y=%2F', 'a'.repeat(200)])('takes the id "%s"', async (id) => {
    const job = defineJob({ name: 'ids', queue: 'ids', input: text });
    const queue = await started([handleJob(job, async () => {})]);
    await queue.enqueue(job, { text: '' }, { id });
    await eventually('the job ran', () => runs.length === 1);
  });

  it('the same id is the same job: added again while it waits, runs or has run, it does nothing', async () => {
    const job = defineJob({ name: 'once', queue: 'once', input: text });
    const other = defineJob({ name: 'once.other', queue: 'once', input: text });
    const ran: string[] = [];
    const queue = await started([
      handleJob(job, async ({ text: value }) => void ran.push(value)),
      handleJob(other, async ({ text: value }) => void ran.push(value)),
    ]);
    await Promise.all([1, 2, 3, 4].map((n) => queue.enqueue(job, { text: `a${n}` }, { id: 'k' })));
    await eventually('it ran', () => runs.length === 1);
    await queue.enqueue(job, { text: 'again' }, { id: 'k' });
    await queue.enqueue(other, { text: 'of another name' }, { id: 'k' });
    await eventually('the other ran', () => runs.length === 2);
    expect(ran).toHaveLength(2);
    expect(ran[1]).toBe('of another name');
  });

  it('many at once, each once, in their order', async () => {
    const job = defineJob({ name: 'many', queue: 'many', input: z.int(), concurrency: 1 });
    const ran: number[] = [];
    const queue = await started([handleJob(job, async (n) => void ran.push(n))]);
    const items = Array.from({ length: 300 }, (_, n) => ({ input: n, options: { id: `n${n}` } }));
    const added = await queue.enqueueMany(job, items);
    await queue.enqueueMany(job, items.slice(0, 50));
    expect(added).toHaveLength(300);
    expect(added[7]).toEqual({ id: 'many:many/n7' });
    await eventually('all ran', () => runs.length === 300);
    expect(ran).toEqual(items.map((item) => item.input));
    expect(await queue.enqueueMany(job, [])).toEqual([]);
  });

  it('runs later when told to', async () => {
    const job = defineJob({ name: 'later', queue: 'later', input: text });
    const ran: [string, number][] = [];
    const queue = await started([
      handleJob(job, async ({ text: value }) => void ran.push([value, Date.now()])),
    ]);
    const start = Date.now();
    await queue.enqueue(job, { text: 'at' }, { runAt: Temporal.Now.instant().add({ milliseconds: 800 }) });
    await queue.enqueue(job, { text: 'delay' }, { delayMs: 400 });
    await queue.enqueue(job, { text: 'past' }, { runAt: Temporal.Instant.from('2020-01-01T00:00:00Z') });
    expect((await queue.counts()).later?.delayed).toBeGreaterThanOrEqual(1);
    await eventually('all ran', () => ran.length === 3);
    expect(ran.map(([value]) => value)).toEqual(['past', 'delay', 'at']);
    expect((ran[1]?.[1] ?? 0) - start).toBeGreaterThanOrEqual(395);
    expect((ran[2]?.[1] ?? 0) - start).toBeGreaterThanOrEqual(795);
  });

  it('priority 0 goes first, then the lower number', async () => {
    const job = defineJob({ name: 'ranked', queue: 'ranked', input: z.int(), concurrency: 1 });
    const producer = await started([handleJob(job, async () => {})], { work: false });
    for (const priority of [9, 5, 0, 7])
      await producer.enqueue(job, priority, { priority, id: `p${priority}` });
    const ran: number[] = [];
    await started([handleJob(job, async (n) => void ran.push(n))]);
    await eventually('all ran', () => ran.length === 4);
    expect(ran).toEqual([0, 5, 7, 9]);
  });

  it.each([
    ['a NUL', 'nul', 'a\0b', 'internal_error: ab'],
    ['half a character', 'half', 'a\ud800b', 'internal_error: a\ufffdb'],
    ['megabytes in one word', 'long', 'x'.repeat(3_000_000), `internal_error: ${'x'.repeat(1_000)}…`],
  ])('keeps the reason of a job whose error has %s', async (_, name, message, reason) => {
    const job = defineJob({ name, queue: name, input: z.strictObject({}), attempts: 1 });
    const queue = await started([
      handleJob(job, async () => {
        throw new Error(message);
      }),
    ]);
    await queue.enqueue(job, {}, { id: 'one' });
    const [kept] = await failed(queue, name, 1);
    expect(kept).toMatchObject({ attempts: 1, reason });
  });

  it('tries again after a pause, and keeps a job that failed for good with its reason', async () => {
    const job = defineJob({
      name: 'flaky',
      queue: 'flaky',
      input: z.strictObject({ fails: z.int() }),
      attempts: 3,
      backoff: { firstMs: 200, maxMs: 200 },
    });
    const attempts: { at: number; attempt: number }[] = [];
    const queue = await started([
      handleJob(job, async ({ fails }, { attempt }) => {
        attempts.push({ at: Date.now(), attempt });
        if (attempt <= fails) throw new Error(`no luck at postgres://u:hunter2@db/x, attempt ${attempt}`);
      }),
    ]);
    await queue.enqueue(job, { fails: 1 }, { id: 'saved' });
    await eventually('it was saved', () => runs.some((run) => run.outcome === 'completed'));
    expect(runs.map((run) => [run.outcome, run.attempt])).toEqual([
      ['retried', 1],
      ['completed', 2],
    ]);
    expect((attempts[1]?.at ?? 0) - (attempts[0]?.at ?? 0)).toBeGreaterThanOrEqual(95);
    await queue.enqueue(job, { fails: 9 }, { id: 'lost' });
    const jobs = await failed(queue, 'flaky', 1);
    expect(jobs[0]).toMatchObject({
      id: 'flaky:flaky/lost',
      attempts: 3,
      name: 'flaky',
      input: { fails: 9 },
    });
    expect(jobs[0]?.reason).toBe('internal_error: no luck at postgres://u:[redacted]@db/x, attempt 3');
  });

  it('does not try again what will not get better', async () => {
    const job = defineJob({ name: 'final', queue: 'final', input: text });
    const queue = await started([
      handleJob(job, async () => {
        throw new AppError('room_gone', { kind: 'not_found', retryable: false, meaning: 'the room is gone' });
      }),
    ]);
    await queue.enqueue(job, { text: '' }, { id: 'x' });
    const [lost] = await failed(queue, 'final', 1);
    expect(runs.map((run) => run.outcome)).toEqual(['failed']);
    expect(lost?.reason).toBe('room_gone: the room is gone');
  });

  it('a job unknown to this version, or with an input it cannot read, fails with a clear reason', async () => {
    const old = defineJob({ name: 'old', queue: 'versions', input: text });
    const older = defineJob({
      name: 'shape',
      queue: 'versions',
      input: z.strictObject({ roomId: z.string() }),
    });
    const producer = await started([handleJob(old, async () => {}), handleJob(older, async () => {})], {
      work: false,
    });
    await producer.enqueue(old, { text: 'x' }, { id: '1' });
    await producer.enqueue(older, { roomId: 'secret-room' }, { id: '2' });
    const now = defineJob({ name: 'shape', queue: 'versions', input: z.strictObject({ room: z.string() }) });
    const queue = await started([handleJob(now, async () => {})]);
    const jobs = await failed(queue, 'versions', 2);
    const reasons = Object.fromEntries(jobs.map((job) => [job.name, job.reason]));
    expect(reasons.old).toBe('job_unknown: this version has no handler for the job old');
    expect(reasons.shape).toMatch(
      /^job_input_invalid: the input no longer matches the schema of shape: room: /,
    );
    expect(reasons.shape).not.toContain('secret-room');
    // The next deployment knows it again: replayed, it runs.
    await queue.stop({ graceMs: 1000 });
    const fixed = await started([handleJob(old, async () => {}), handleJob(older, async () => {})]);
    expect(await fixed.replayAll({ queue: 'versions' })).toBe(2);
    await eventually('both ran', () => runs.filter((run) => run.outcome === 'completed').length === 2);
  });

  it('refuses an input that does not fit, is no JSON or is too large', async () => {
    const job = defineJob({ name: 'strict', queue: 'strict', input: z.strictObject({ n: z.unknown() }) });
    const queue = await started([handleJob(job, async () => {})], { work: false });
    const add = (input: object) => queue.enqueue(job, input as { n: unknown });
    await expect(add({ m: 1 })).rejects.toMatchObject({ code: 'job_input_invalid' });
    await expect(add({ n: 1n })).rejects.toMatchObject({ code: 'job_input_invalid' });
    await expect(add({ n: 'x'.repeat(300_000) })).rejects.toMatchObject({ code: 'job_input_too_large' });
    await expect(queue.enqueue(job, { n: 1 }, { priority: -1 })).rejects.toMatchObject({
      code: 'job_input_invalid',
    });
    await expect(queue.enqueue(job, { n: 1 }, { delayMs: Number.NaN })).rejects.toMatchObject({
      code: 'job_input_invalid',
    });
    const stranger = defineJob({ name: 'stranger', queue: 'strict', input: text });
    await expect(queue.enqueue(stranger, { text: '' })).rejects.toMatchObject({ code: 'job_unknown' });
    expect((await queue.counts()).strict?.waiting).toBe(0);
  });

  it('ends an attempt that takes too long, and tells the handler', async () => {
    const job = defineJob({ name: 'slow', queue: 'slow', input: text, attempts: 1, timeoutMs: 100 });
    let reason: unknown;
    const queue = await started([
      handleJob(job, async (_, { signal }) => {
        await new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(new Error('aborted'));
          });
        });
      }),
    ]);
    await queue.enqueue(job, { text: '' }, { id: 'x' });
    const [late] = await failed(queue, 'slow', 1);
    expect(reason).toMatchObject({ code: 'job_timeout' });
    expect(late?.reason).toBe('job_timeout: slow ran for more than 100 ms');
  });

  it('gives up a handler that does not listen, and frees its place', async () => {
    const job = defineJob({
      name: 'deaf',
      queue: 'deaf',
      input: text,
      attempts: 1,
      timeoutMs: 50,
      concurrency: 1,
    });
    const queue = await started([
      handleJob(job, async ({ text: value }) => {
        if (value === 'deaf') await new Promise(() => {});
      }),
    ]);
    await queue.enqueue(job, { text: 'deaf' });
    await queue.enqueue(job, { text: 'next' });
    await eventually('the next ran', () => runs.some((run) => run.outcome === 'completed'));
    expect(runs.map((run) => run.outcome)).toEqual(['failed', 'completed']);
  });

  it('runs as many at once as declared, not more', async () => {
    const job = defineJob({ name: 'crowd', queue: 'crowd', input: z.int(), concurrency: 3 });
    let now = 0;
    let most = 0;
    const queue = await started([
      handleJob(job, async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 50));
        now -= 1;
      }),
    ]);
    await queue.enqueueMany(
      job,
      Array.from({ length: 12 }, (_, n) => ({ input: n })),
    );
    await eventually('all ran', () => runs.length === 12);
    expect(most).toBe(3);
  });

  it('a process that only adds does not run', async () => {
    const job = defineJob({ name: 'idle', queue: 'idle', input: text });
    const queue = await started([handleJob(job, async () => {})], { work: false });
    await queue.enqueue(job, { text: '' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await queue.counts()).idle).toMatchObject({ waiting: 1, completed: 0 });
    expect(await queue.health()).toEqual({ ok: true, detail: `${kind}, 1 queues` });
  });

  it('an observer that throws disturbs no job', async () => {
    const job = defineJob({ name: 'watched', queue: 'watched', input: text });
    const ran: number[] = [];
    const queue = await started([handleJob(job, async () => void ran.push(1))], {
      observer: {
        finished: () => {
          throw new Error('metrics are down');
        },
      },
    });
    await queue.enqueue(job, { text: '' });
    await eventually('it completed', async () => (await queue.counts()).watched?.completed === 1);
    expect(ran).toHaveLength(1);
  });

  it('refuses work before it has started and after it has stopped', async () => {
    const job = defineJob({ name: 'closed', queue: 'closed', input: text });
    const registry = new JobRegistry().add({ jobs: [job], handlers: [handleJob(job, async () => {})] });
    const queue = new JobQueue({ backend: place.settings, registry, clock: systemClock });
    await expect(queue.enqueue(job, { text: '' })).rejects.toMatchObject({ code: 'queue_stopped' });
    expect(await queue.health()).toEqual({ ok: false, detail: 'not started' });
    await queue.start({ work: false });
    await queue.stop({ graceMs: 0 });
    await queue.stop({ graceMs: 0 });
    await expect(queue.enqueue(job, { text: '' })).rejects.toMatchObject({ code: 'queue_stopped' });
  });

  it('is started once, and a stop waits for a start', async () => {
    const job = defineJob({ name: 'twice', queue: 'twice', input: text });
    const registry = new JobRegistry().add({ jobs: [job], handlers: [handleJob(job, async () => {})] });
    const queue = new JobQueue({ backend: place.settings, registry, clock: systemClock });
    const starting = queue.start({ work: true });
    await expect(queue.start({ work: true })).rejects.toMatchObject({ code: 'queue_stopped' });
    await Promise.all([starting, queue.stop({ graceMs: 1_000 })]);
    expect((await queue.health()).ok).toBe(false);
  });

  it('says when jobs lie in a queue that is no longer declared', async () => {
    const old = defineJob({ name: 'old', queue: 'renamed', input: text });
    const producer = await started([handleJob(old, async () => {})], { work: false });
    await producer.enqueueMany(old, [{ input: { text: 'a' } }, { input: { text: 'b' } }]);
    const problems: string[] = [];
    const job = defineJob({ name: 'new', queue: 'new-name', input: text });
    await started([handleJob(job, async () => {})], {
      observer: { problem: ({ reason }) => problems.push(reason) },
    });
    expect(problems).toContain('the queue renamed holds 2 jobs and is not declared');
  });

  it('keeps the options of a connection URL beside its own', async () => {
    const job = defineJob({ name: 'opts', queue: 'opts', input: text });
    const url = new URL(place.settings.url);
    if (kind === 'postgres') url.searchParams.set('options', '-c work_mem=8MB');
    const queue = await started([handleJob(job, async () => {})], {
      backend: { ...place.settings, url: url.href },
    });
    await queue.enqueue(job, { text: '' });
    await eventually('it ran', () => runs.length === 1);
  });

  it('boot fails on a job that nobody handles', async () => {
    const job: Job = defineJob({ name: 'orphan', queue: 'orphan', input: text }) as unknown as Job;
    const registry = new JobRegistry().add({ jobs: [job] });
    const queue = new JobQueue({ backend: place.settings, registry, clock: systemClock });
    await expect(queue.start({ work: false })).rejects.toMatchObject({ code: 'job_without_handler' });
  });

  it('adds in the transaction of the caller, where the backend can', async () => {
    const job = defineJob({
      name: 'within',
      queue: 'within',
      input: text,
      attempts: 2,
      backoff: { firstMs: 1, maxMs: 1 },
    });
    const queue = await started([
      handleJob(job, async (_, { attempt }) => {
        if (attempt === 1) throw new Error('once');
      }),
    ]);
    const { enqueueWithin } = queue;
    if (kind === 'redis') {
      expect(enqueueWithin).toBeUndefined();
      return;
    }
    await withClient(place.settings.url, async (client) => {
      await client.query('begin');
      await enqueueWithin?.(client, job, { text: 'undone' }, { id: 'undone' });
      await client.query('rollback');
      await client.query('begin');
      await enqueueWithin?.(client, job, { text: 'done' }, { id: 'done' });
      await enqueueWithin?.(client, job, { text: 'done' }, { id: 'done' });
      expect(runs).toHaveLength(0);
      await client.query('commit');
    });
    await eventually('it ran', () => runs.some((run) => run.outcome === 'completed'));
    expect(runs.map((run) => [run.id, run.outcome])).toEqual([
      ['within:within/done', 'retried'],
      ['within:within/done', 'completed'],
    ]);
    await eventually('it is stored as completed', async () => (await queue.counts()).within?.completed === 1);
  });
});
