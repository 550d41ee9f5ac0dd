import type pg from 'pg';
import { type AuditLog, auditStore, deriveAuditKeys } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { createIds } from '../kernel/ids.ts';
import { announcer, Database, OUTBOX_CHANNEL, type Outbox, outboxStore } from '../platform/db/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';

import { masterKey } from './keys.ts';

/** What every transaction of the application carries by name. */
export interface AppStores {
  readonly audit: AuditLog;
  readonly outbox: Outbox;
}
export type AppDatabase = Database<AppStores>;

export function openAppDatabase(config: Config, pool: pg.Pool, clock: Clock, logger: Logger): AppDatabase {
  const ids = createIds(clock);
  return new Database<AppStores>({
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
