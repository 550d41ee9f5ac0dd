import type { Config } from '../config/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { type JobModule, JobQueue, JobRegistry, type QueueObserver } from '../platform/queue/index.ts';
import { inSpan, type Logger, type Metrics, runInContext } from '../platform/telemetry/index.ts';

export interface JobsOptions {
  readonly config: Config;
  readonly modules: readonly JobModule[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export function createJobQueue({ config, modules, clock, logger, metrics }: JobsOptions): JobQueue {
  const registry = new JobRegistry();
  for (const module of modules) registry.add(traced(module));
  const { queue, database } = config;
  return new JobQueue({
    backend:
      queue.backend === 'postgres'
        ? { kind: 'postgres', url: database.appUrl.reveal() }
        : { kind: 'redis', url: queue.url.reveal() },
    registry,
    clock,
    concurrency: queue.concurrency,
    observer: observer(logger, metrics),
  });
}

/** Each run is a span of its own, and its log lines carry its id as those of a request do. */
function traced(module: JobModule): JobModule {
  const handlers = (module.handlers ?? []).map(({ job, run }) => ({
    job,
    run: (input: unknown, context: Parameters<typeof run>[1]) =>
      runInContext({ requestId: context.id }, () =>
        inSpan(
          `job ${job.name}`,
          { 'job.id': context.id, 'job.queue': job.queue, 'job.attempt': context.attempt },
          () => run(input, context),
        ),
      ),
  }));
  return { ...module, handlers };
}

function observer(logger: Logger, metrics: Metrics): QueueObserver {
  return {
    finished({ job, queue, id, outcome, attempt, durationMs, error }) {
      metrics.jobDuration.observe({ job, outcome }, durationMs / 1000);
      const line = { job, queue, jobId: id, outcome, attempt, milliseconds: Math.round(durationMs) };
      if (outcome === 'failed') logger.error({ ...line, err: error }, 'job failed for good');
      else if (outcome === 'retried')
        logger.warn({ ...line, err: error }, 'job failed and will be tried again');
      else logger.info(line, 'job');
    },
    stalled: (event) => logger.warn(event, 'a process that ran this job is gone; it runs again'),
    problem: ({ reason, error }) => logger.warn({ err: error }, `queue: ${reason}`),
  };
}
