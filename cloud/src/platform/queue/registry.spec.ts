import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isAppError } from '../../kernel/errors.ts';
import { defineJob, handleJob, type Job } from './job.ts';
import { type JobModule, JobRegistry } from './registry.ts';
import { defineSchedule } from './schedule.ts';

const input = z.strictObject({ id: z.string() });
const draft = defineJob({ name: 'draft', queue: 'billing', input });
const send = defineJob({ name: 'send', queue: 'mail', input, concurrency: 3 });
const nothing = async () => {};

function sealing(...modules: readonly JobModule[]): { code: string; message: string } | undefined {
  const registry = new JobRegistry();
  for (const module of modules) registry.add(module);
  try {
    registry.seal();
    return undefined;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
}

describe('the registry', () => {
  it('seals jobs, handlers, schedules and queues', () => {
    const schedule = defineSchedule({
      id: 's',
      job: draft,
      input: { id: '1' },
      cron: '0 0 * * *',
      zone: 'UTC',
    });
    const catalogue = new JobRegistry()
      .add({ jobs: [draft], handlers: [handleJob(draft, nothing)], schedules: [schedule] })
      .add({ jobs: [send], handlers: [handleJob(send, nothing)] })
      .seal();
    expect([...catalogue.jobs.keys()]).toEqual(['draft', 'send']);
    expect([...catalogue.handlers.keys()]).toEqual(['draft', 'send']);
    expect([...catalogue.queues]).toEqual([
      ['billing', { concurrency: undefined }],
      ['mail', { concurrency: 3 }],
    ]);
    expect(catalogue.schedules).toEqual([schedule]);
  });

  it.each<[string, readonly JobModule[], string, string]>([
    ['no handler', [{ jobs: [draft, send] }], 'job_without_handler', 'the jobs draft, send have no handler'],
    [
      'two handlers',
      [{ jobs: [draft], handlers: [handleJob(draft, nothing), handleJob(draft, nothing)] }],
      'job_with_two_handlers',
      'two handlers claim the job draft',
    ],
    [
      'a handler of another feature too',
      [{ jobs: [draft], handlers: [handleJob(draft, nothing)] }, { handlers: [handleJob(draft, nothing)] }],
      'job_with_two_handlers',
      'two handlers claim the job draft',
    ],
    [
      'a handler alone',
      [{ handlers: [handleJob(draft, nothing)] }],
      'job_declared_wrongly',
      'an undeclared job draft',
    ],
    [
      'the same job twice',
      [{ jobs: [draft, draft] }],
      'job_declared_wrongly',
      'the job draft is declared twice',
    ],
    [
      'a handler of a namesake',
      [{ jobs: [draft], handlers: [handleJob(defineJob({ name: 'draft', queue: 'x', input }), nothing)] }],
      'job_declared_wrongly',
      'another declaration of draft',
    ],
  ])('refuses a job with %s', (_, modules, code, message) => {
    const error = sealing(...modules);
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(message);
  });

  it('refuses two jobs of a queue that disagree about its concurrency', () => {
    const other = defineJob({ name: 'other', queue: 'mail', input, concurrency: 4 });
    const handlers = [handleJob(send, nothing), handleJob(other, nothing)];
    expect(sealing({ jobs: [send, other], handlers })?.message).toContain(
      'already runs 3 jobs at once, not 4',
    );
    const silent = defineJob({ name: 'other', queue: 'mail', input });
    const agreed = [handleJob(send, nothing), handleJob(silent, nothing)];
    expect(sealing({ jobs: [send, silent], handlers: agreed })).toBeUndefined();
  });

  it('refuses schedules that are doubled, of unknown jobs, or with an input that does not fit', () => {
    const schedule = defineSchedule({
      id: 's',
      job: draft,
      input: { id: '1' },
      cron: '0 0 * * *',
      zone: 'UTC',
    });
    const known: JobModule = { jobs: [draft], handlers: [handleJob(draft, nothing)] };
    expect(sealing({ ...known, schedules: [schedule, schedule] })?.message).toContain('s is declared twice');
    expect(sealing({ schedules: [schedule] })?.message).toContain(
      'the schedule s uses an undeclared job draft',
    );
    const wrong = { ...schedule, input: { id: 1 } };
    expect(sealing({ ...known, schedules: [wrong] })?.message).toContain(
      'the input of the schedule s is not',
    );
  });

  it('takes nothing more once it is sealed, and seals once', () => {
    const registry = new JobRegistry();
    expect(registry.seal()).toBe(registry.seal());
    expect(() => registry.add({ jobs: [draft] })).toThrow('after the queue had started');
  });
});

describe('a declaration', () => {
  const base = { name: 'a.b-c_d', queue: 'q', input };

  it('has careful defaults', () => {
    expect(defineJob(base)).toEqual({
      ...base,
      attempts: 5,
      backoff: { firstMs: 1_000, maxMs: 900_000 },
      timeoutMs: 900_000,
      concurrency: undefined,
      redact: [],
    });
  });

  it.each<[object, string]>([
    [{ name: '' }, 'the name'],
    [{ name: 'Draft' }, 'the name'],
    [{ name: 'a:b' }, 'the name'],
    [{ name: 'a/b' }, 'the name'],
    [{ name: 'a'.repeat(101) }, 'the name'],
    [{ queue: 'a:b' }, 'the queue'],
    [{ attempts: 0 }, 'attempts'],
    [{ attempts: 1.5 }, 'attempts'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: 2 ** 31 }, 'timeoutMs'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ backoff: { firstMs: 10, maxMs: 5 } }, 'backoff'],
    [{ backoff: { firstMs: -1, maxMs: 5 } }, 'backoff'],
  ])('with %o is refused', (change, problem) => {
    expect(() => defineJob({ ...base, ...change })).toThrow(problem);
  });

  it('keeps the type of its input for callers and handlers', () => {
    const job: Job<typeof input> = defineJob(base);
    handleJob(job, async ({ id }) => {
      expect(id satisfies string).toBeDefined();
    });
  });
});
