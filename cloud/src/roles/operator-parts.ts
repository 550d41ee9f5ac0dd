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
  ALL_ORGANISATIONS,
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
  readonly queue: JobQueue;
  readonly readiness: Readiness;
}

const operatorError = defineErrors({
  event_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no failed event of that id' },
});

/** The real parts behind the operator's view. */
export function operatorParts(options: OperatorPartsOptions): OperationsParts {
  const { config, queue, readiness } = options;
  const audit = auditParts(options);
  return {
    about: () => about(options),
    readiness,
    jobs: queue,
    outbox: outboxParts(options, audit),
    audit,
    operatorToken: config.http.operatorToken.reveal(),
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

function outboxParts({ db }: OperatorPartsOptions, audit: AuditToOperate): OutboxToOperate {
  return {
    async status() {
      const { pending, failed, lateSeconds } = await outboxBacklog(db);
      return { pending, failed, oldestSeconds: Math.round(lateSeconds) };
    },
    async listFailed({ limit }) {
      const events = await failedEvents(db, limit);
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
          if ((await replayFailed(db, { ids: [id] })) === 0) throw operatorError('event_not_found');
          return { id };
        },
      ),
    discard: (id, reason, by) =>
      audit.record(
        { action: 'operations.event_discarded', subjectType: 'outbox_event', subjectId: id, reason },
        by,
        async () => {
          demandId(id);
          if ((await discardFailed(db, id)) === 0) throw operatorError('event_not_found');
          return { id };
        },
      ),
  };
}

function demandId(id: string): void {
  if (isUuid(id)) return;
  throw operatorError('event_not_found', { message: `"${id.slice(0, 40)}" is not the id of an event` });
}

/** Given up for good; what it was stands in the audit log by its id. */
async function discardFailed(db: AppDatabase, id: string): Promise<number> {
  const who = { organisation: ALL_ORGANISATIONS, actor: { kind: 'operator' } };
  const { rowCount } = await db.transaction(who, (tx) =>
    tx.query("delete from outbox where id = $1 and state = 'failed'", [id]),
  );
  return rowCount ?? 0;
}

function auditParts({ db }: OperatorPartsOptions): AuditToOperate {
  // The work opens transactions of its own, which must not look as if they stood inside of the entry's.
  const outside = AsyncLocalStorage.snapshot();
  return {
    async status() {
      const { waiting, oldestSeconds } = await auditBacklog(db);
      return { unsealed: waiting, oldestSeconds: Math.round(oldestSeconds) };
    },
    record(entry, by, work) {
      const context = {
        organisation: PLATFORM,
        actor: { kind: 'operator', id: by.via, ...(by.address !== undefined && { address: by.address }) },
        ...(by.requestId !== undefined && { requestId: by.requestId }),
      };
      return db.transaction(context, async (tx) => {
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
