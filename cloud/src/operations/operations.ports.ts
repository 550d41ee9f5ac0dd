import type { AppError } from '../kernel/errors.ts';
import type { Result } from '../kernel/result.ts';
import type { TransactionOptions } from '../platform/db/index.ts';
import type { ReadinessReport } from '../platform/http/index.ts';
import type { FailedJob, FailedJobPage, FailedJobQuery, QueueCounts } from '../platform/queue/index.ts';
import type { About, EventDone, FailedEventPage, Status } from './operations.schemas.ts';

/** What this feature needs of the hub it looks at; a role puts the real parts in. */
export interface OperationsParts {
  readonly about: () => Promise<About>;
  readonly readiness: { report(): Promise<ReadinessReport> };
  readonly jobs: JobsToOperate;
  readonly outbox: OutboxToOperate;
  readonly audit: AuditToOperate;
}

export interface JobsToOperate {
  counts(): Promise<Readonly<Record<string, QueueCounts>>>;
  listFailed(query: FailedJobQuery): Promise<FailedJobPage>;
  replay(id: string): Promise<Result<FailedJob, AppError>>;
  discard(id: string, reason: string): Promise<Result<FailedJob, AppError>>;
}

export interface OutboxToOperate {
  status(): Promise<NonNullable<Status['outbox']>>;
  listFailed(query: { readonly limit: number }): Promise<FailedEventPage>;
  replay(id: string, by: Operator): Promise<EventDone>;
  discard(id: string, reason: string, by: Operator): Promise<EventDone>;
}

export interface AuditToOperate {
  status(): Promise<NonNullable<Status['audit']>>;
  /** Writes the entry and does the work in one transaction: what failed was not done, and is not written. */
  record<T>(entry: OperatorEntry, by: Operator, work: () => Promise<T>): Promise<T>;
}

export interface OperatorEntry {
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly reason?: string | undefined;
}

/** Who holds the token is not known as a person; one of the platform's people is. */
export type Operator = Pick<TransactionOptions, 'actor' | 'requestId'>;
