import { unwrap } from '../kernel/result.ts';
import type { OperationsParts, Operator } from './operations.ports.ts';
import type { About, EventDone, FailedEventPage, Status } from './operations.schemas.ts';

/** A look at the hub must answer while the hub is ill: what cannot be read is left out. */
const LOOK_TIMEOUT_MS = 3_000;

export interface JobQuery {
  readonly queue?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export class OperationsService {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  about(): Promise<About> {
    return this.#parts.about();
  }

  async status(): Promise<Status> {
    const { readiness, jobs, outbox, audit } = this.#parts;
    const [report, counts, outboxStatus, auditStatus] = await Promise.all([
      readiness.report(),
      ifAnswered(jobs.counts()),
      ifAnswered(outbox.status()),
      ifAnswered(audit.status()),
    ]);
    const queues = counts && Object.entries(counts).map(([name, count]) => ({ name, ...count }));
    return {
      ready: report.ready,
      draining: report.draining,
      dependencies: report.dependencies.map(({ reasons, ...dependency }) => ({
        ...dependency,
        ...(reasons && { reasons: [...reasons] }),
      })),
      queues: queues?.sort((a, b) => (a.name < b.name ? -1 : 1)),
      outbox: outboxStatus,
      audit: auditStatus,
    };
  }

  async failedJobs({ queue, limit, cursor }: JobQuery) {
    const page = await this.#parts.jobs.listFailed({
      limit,
      ...(queue !== undefined && { queue }),
      ...(cursor !== undefined && { cursor }),
    });
    return { jobs: page.jobs.map(shown), cursor: page.cursor };
  }

  async replayJob(id: string, by: Operator) {
    const entry = { action: 'operations.job_replayed', subjectType: 'job', subjectId: subjectOf(id) };
    const job = await this.#parts.audit.record(entry, by, async () =>
      unwrap(await this.#parts.jobs.replay(id)),
    );
    return shown(job);
  }

  async discardJob(id: string, reason: string, by: Operator) {
    const entry = {
      action: 'operations.job_discarded',
      subjectType: 'job',
      subjectId: subjectOf(id),
      reason,
    };
    const job = await this.#parts.audit.record(entry, by, async () =>
      unwrap(await this.#parts.jobs.discard(id, reason)),
    );
    return shown(job);
  }

  failedEvents(query: { readonly limit: number }): Promise<FailedEventPage> {
    return this.#parts.outbox.listFailed(query);
  }

  replayEvent(id: string, by: Operator): Promise<EventDone> {
    return this.#parts.outbox.replay(id, by);
  }

  discardEvent(id: string, reason: string, by: Operator): Promise<EventDone> {
    return this.#parts.outbox.discard(id, reason, by);
  }
}

/** The audit keeps 200 characters of a subject; the end of an id tells jobs apart. */
const subjectOf = (id: string): string => id.slice(-200);

const shown = <T extends { readonly failedAt: { toString(): string } }>(job: T) => ({
  ...job,
  failedAt: job.failedAt.toString(),
});

async function ifAnswered<T>(question: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LOOK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([question.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
