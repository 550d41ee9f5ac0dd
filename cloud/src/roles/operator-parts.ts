import { AsyncLocalStorage } from 'node:async_hooks';
import { auditBacklog } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { defineErrors } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import type {
  About,
  AuditToOperate,
  FailedEvent,
  OperationsParts,
  OutboxToOperate,
} from '../operations/index.ts';
import {
  type Database,
  discardFailed,
  failedEvents,
  outboxBacklog,
  PLATFORM,
  replayFailed,
} from '../platform/db/index.ts';
import type { Readiness } from '../platform/http/index.ts';
import type { JobQueue } from '../platform/queue/index.ts';
import type { BuildInfo } from './build-info.ts';
import type { Databases } from './databases.ts';
import type { AppDatabase } from './stores.ts';

export interface OperatorPartsOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly build: BuildInfo;
  readonly databases: Databases;
  readonly db: AppDatabase;
  /** Absent where the process may not see the outbox and the audit of everybody. */
  readonly everybody: Database | undefined;
  readonly queue: JobQueue;
  readonly readiness: Readiness;
}

const operatorError = defineErrors({
  operations_elsewhere: {
    kind: 'unavailable',
    retryable: false,
    meaning: 'a process of this role does not see the outbox; ask one of role all or worker',
  },
  event_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no failed event of that id' },
});

/** The real parts behind the operator's view. */
export function operatorParts(options: OperatorPartsOptions): OperationsParts {
  const { queue, readiness } = options;
  const audit = auditParts(options);
  return {
    about: () => about(options),
    readiness,
    jobs: queue,
    outbox: outboxParts(options, audit),
    audit,
  };
}

async function about({ build, clock, config, databases }: OperatorPartsOptions): Promise<About> {
  return {
    name: 'meterline',
    version: build.version,
    commit: build.commit,
    time: clock.now().toString({ smallestUnit: 'millisecond' }),
    role: config.role,
    layer: await databases.layer().catch(() => undefined),
  };
}

function outboxParts({ everybody }: OperatorPartsOptions, audit: AuditToOperate): OutboxToOperate {
  const all = (): Database => {
    if (everybody) return everybody;
    throw operatorError('operations_elsewhere');
  };
  return {
    async status() {
      const { pending, failed, lateSeconds } = await outboxBacklog(all());
      return { pending, failed, oldestSeconds: Math.round(lateSeconds) };
    },
    async listFailed({ limit }) {
      const events = await failedEvents(all(), limit);
      return {
        events: events.map(
          (event): FailedEvent => ({
            id: event.id,
            organisationId: event.organisation,
            topic: event.topic,
            key: event.key ?? undefined,
            createdAt: event.createdAt.toString(),
            failedAt: event.failedAt.toString(),
            attempts: event.attempts,
            reason: event.error,
          }),
        ),
      };
    },
    replay: (id, by) =>
      audit.record(
        { action: 'operations.event_replayed', subjectType: 'outbox_event', subjectId: id },
        by,
        async () => {
          demandId(id);
          if ((await replayFailed(all(), { ids: [id] })) === 0) throw operatorError('event_not_found');
          return { id };
        },
      ),
    discard: (id, reason, by) =>
      audit.record(
        { action: 'operations.event_discarded', subjectType: 'outbox_event', subjectId: id, reason },
        by,
        async () => {
          demandId(id);
          if ((await discardFailed(all(), id)) === 0) throw operatorError('event_not_found');
          return { id };
        },
      ),
  };
}

function demandId(id: string): void {
  if (isUuid(id)) return;
  throw operatorError('event_not_found', { message: `"${id.slice(0, 40)}" is not the id of an event` });
}

function auditParts({ db, everybody }: OperatorPartsOptions): AuditToOperate {
  // The work opens transactions of its own, which must not look as if they stood inside of the entry's.
  const outside = AsyncLocalStorage.snapshot();
  return {
    async status() {
      if (!everybody) throw operatorError('operations_elsewhere');
      const { waiting, oldestSeconds } = await auditBacklog(everybody);
      return { unsealed: waiting, oldestSeconds: Math.round(oldestSeconds) };
    },
    record(entry, by, work) {
      return db.transaction({ organisation: PLATFORM, ...by }, async (tx) => {
        await tx.audit.append({
          action: entry.action,
          subject: { type: entry.subjectType, id: entry.subjectId },
          ...(entry.reason !== undefined && { reason: entry.reason }),
        });
        return outside(work);
      });
    },
  };
}
