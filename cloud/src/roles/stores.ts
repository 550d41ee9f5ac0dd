import type pg from 'pg';
import { type AuditLog, auditStore, deriveAuditKeys } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import {
  announcer,
  Database,
  OUTBOX_CHANNEL,
  type Outbox,
  outboxStore,
  type TransactionOptions,
  type Tx,
} from '../platform/db/index.ts';
import { inChildSpan, type Logger } from '../platform/telemetry/index.ts';

import type { Databases } from './databases.ts';
import { masterKey } from './keys.ts';

/** What every transaction of the application carries by name. */
export interface AppStores {
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}
export type AppDatabase = Database<AppStores>;

/** A transaction is a span of the request or the job that opened it. */
class TracedDatabase<Stores> extends Database<Stores> {
  override transaction<Result>(
    options: TransactionOptions,
    work: (tx: Tx<Stores>) => Promise<Result>,
  ): Promise<Result> {
    const attributes = { 'db.system.name': 'postgresql', 'meterline.actor': options.actor.kind };
    return inChildSpan('transaction', attributes, () => super.transaction(options, work));
  }
}

/** Of meterline_worker: everybody's outbox and audit. Only who works has it, so never hand it to a feature. */
export function openWorkerDatabase(config: Config, databases: Databases, logger: Logger): Database {
  return new TracedDatabase<unknown>({
    pool: databases.get('worker'),
    url: databases.urlOf('worker'),
    setting: 'database.workerUrl',
    servesAll: true,
    statementTimeoutMs: config.database.statementTimeoutMs,
    stores: {},
    onHookError: (error) => logger.error({ err: error }, 'what follows a commit failed'),
  });
}

export function openAppDatabase(config: Config, pool: pg.Pool, clock: Clock, logger: Logger): AppDatabase {
  const ids = createIds(clock);
  return new TracedDatabase<AppStores>({
    pool,
    url: config.database.appUrl.reveal(),
    setting: 'database.appUrl',
    statementTimeoutMs: config.database.statementTimeoutMs,
    stores: {
      audit: auditStore({ keys: deriveAuditKeys(masterKey(config.keys.master)), clock, ids }),
      outbox: outboxStore({ ids, wake: announcer(pool, OUTBOX_CHANNEL) }),
    },
    onHookError: (error) => logger.error({ err: error }, 'what follows a commit failed'),
  });
}
