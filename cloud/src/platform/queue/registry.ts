import type { Job, JobHandler } from './job.ts';
import { queueError } from './queue.errors.ts';
import type { Schedule } from './schedule.ts';

export interface JobModule {
  readonly jobs?: readonly Job[];
  readonly handlers?: readonly JobHandler[];
  readonly schedules?: readonly Schedule[];
}

export interface JobCatalogue {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  readonly schedules: readonly Schedule[];
  /** Each queue with its jobs' concurrency, if one says it. */
  readonly queues: ReadonlyMap<string, { readonly concurrency: number | undefined }>;
}

/** Collects what the features declare. Boot seals it, and fails on the first job that nobody or two handle. */
export class JobRegistry {
  readonly #jobs: Job[] = [];
  readonly #handlers: JobHandler[] = [];
  readonly #schedules: Schedule[] = [];
  #sealed: JobCatalogue | undefined;

  add(module: JobModule): this {
    if (this.#sealed) {
      throw queueError('job_declared_wrongly', { message: 'jobs were declared after the queue had started' });
    }
    this.#jobs.push(...(module.jobs ?? []));
    this.#handlers.push(...(module.handlers ?? []));
    this.#schedules.push(...(module.schedules ?? []));
    return this;
  }

  seal(): JobCatalogue {
    this.#sealed ??= checked(this.#jobs, this.#handlers, this.#schedules);
    return this.#sealed;
  }
}

function checked(
  jobs: readonly Job[],
  handlers: readonly JobHandler[],
  schedules: readonly Schedule[],
): JobCatalogue {
  const byName = unique(jobs);
  const handlerOf = new Map<string, JobHandler>();
  for (const handler of handlers) {
    const { name } = handler.job;
    demandDeclared(byName, handler.job, 'a handler');
    if (handlerOf.has(name)) {
      throw queueError('job_with_two_handlers', {
        message: `two handlers claim the job ${name}`,
        details: { job: name },
      });
    }
    handlerOf.set(name, handler);
  }
  const orphans = [...byName.keys()].filter((name) => !handlerOf.has(name));
  if (orphans.length > 0) {
    const [plural, verb] = orphans.length > 1 ? ['jobs', 'have'] : ['job', 'has'];
    throw queueError('job_without_handler', {
      message: `the ${plural} ${orphans.join(', ')} ${verb} no handler`,
      details: { jobs: orphans },
    });
  }
  checkSchedules(byName, schedules);
  return { jobs: byName, handlers: handlerOf, schedules, queues: queuesOf(jobs) };
}

function unique(jobs: readonly Job[]): ReadonlyMap<string, Job> {
  const byName = new Map<string, Job>();
  for (const job of jobs) {
    if (byName.has(job.name)) {
      throw queueError('job_declared_wrongly', { message: `the job ${job.name} is declared twice` });
    }
    byName.set(job.name, job);
  }
  return byName;
}

function checkSchedules(jobs: ReadonlyMap<string, Job>, schedules: readonly Schedule[]): void {
  const ids = new Set<string>();
  for (const schedule of schedules) {
    demandDeclared(jobs, schedule.job, `the schedule ${schedule.id}`);
    if (ids.has(schedule.id)) {
      throw queueError('job_declared_wrongly', { message: `the schedule ${schedule.id} is declared twice` });
    }
    ids.add(schedule.id);
    if (!schedule.job.input.safeParse(schedule.input).success) {
      throw queueError('job_declared_wrongly', {
        message: `the input of the schedule ${schedule.id} is not one of the job ${schedule.job.name}`,
      });
    }
  }
}

function demandDeclared(jobs: ReadonlyMap<string, Job>, job: Job, who: string): void {
  if (jobs.get(job.name) === job) return;
  const problem = jobs.has(job.name) ? 'another declaration of' : 'an undeclared job';
  throw queueError('job_declared_wrongly', { message: `${who} uses ${problem} ${job.name}` });
}

function queuesOf(jobs: readonly Job[]): JobCatalogue['queues'] {
  const queues = new Map<string, { concurrency: number | undefined }>();
  for (const { queue, concurrency, name } of jobs) {
    const known = queues.get(queue)?.concurrency;
    if (known !== undefined && concurrency !== undefined && known !== concurrency) {
      throw queueError('job_declared_wrongly', {
        message: `job ${name}: the queue ${queue} already runs ${known} jobs at once, not ${concurrency}`,
      });
    }
    queues.set(queue, { concurrency: known ?? concurrency });
  }
  return queues;
}
