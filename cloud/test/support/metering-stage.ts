import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { type AuditLog, auditStore, deriveAuditKeys } from '../../src/audit/index.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { type Asking, DecisionsService } from '../../src/metering/index.ts';
import { UsageWorker } from '../../src/metering/usage.worker.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database, type Outbox, outboxStore } from '../../src/platform/db/index.ts';
import { type FreshDatabase, freshDatabase } from './database.ts';
import { ENERGY, testProfiles } from './meters.ts';
import { makeSite, type Site } from './sites.ts';

export interface MeteringStage {
  readonly fresh: FreshDatabase;
  readonly owner: pg.Pool;
  readonly ingest: pg.Pool;
  readonly app: pg.Pool;
  readonly db: Database<{ readonly audit: AuditLog; readonly outbox: Outbox }>;
  readonly everybody: Database;
  readonly worker: UsageWorker;
  readonly problems: unknown[];
  /** What people decide in an organisation. */
  deciding(organisation: string): { readonly decisions: DecisionsService; readonly asking: Asking };
  site(options?: Parameters<typeof makeSite>[1]): Promise<Site>;
  stop(): Promise<void>;
}

const raise = (error: unknown) => {
  throw error;
};

/** The real database, and the ledger's worker on it as the hub runs it. */
export async function meteringStage(
  layer: 'plain' | 'timescale' = 'plain',
  clock: Clock = systemClock,
): Promise<MeteringStage> {
  const fresh = await freshDatabase({ layer });
  const pool = (url: string) => createPool({ url, setting: 'test', size: 4 });
  const pools = {
    owner: pool(fresh.ownerUrl),
    app: pool(fresh.appUrl),
    worker: pool(fresh.workerUrl),
    ingest: pool(fresh.ingestUrl),
  };
  const ids = createIds(clock);
  const db = new Database<{ readonly audit: AuditLog; readonly outbox: Outbox }>({
    pool: pools.app,
    url: fresh.appUrl,
    stores: {
      audit: auditStore({ keys: deriveAuditKeys(randomBytes(32)), clock, ids }),
      outbox: outboxStore({ ids }),
    },
    onHookError: raise,
  });
  const everybody = new Database<unknown>({
    pool: pools.worker,
    url: fresh.workerUrl,
    servesAll: true,
    stores: {},
    onHookError: raise,
  });
  const problems: unknown[] = [];
  const worker = new UsageWorker({
    everybody,
    db,
    clock,
    ids,
    profiles: testProfiles,
    onError: (error) => problems.push(error),
  });
  return {
    fresh,
    owner: pools.owner,
    ingest: pools.ingest,
    app: pools.app,
    db,
    everybody,
    worker,
    problems,
    deciding: (organisation) => ({
      decisions: new DecisionsService({ db, clock, ids, profiles: testProfiles }),
      asking: { organisation, actor: { kind: 'user', id: 'somsak' } },
    }),
    site: (options) => makeSite(pools.owner, { register: ENERGY, ...options }),
    async stop() {
      await worker.stop();
      await Promise.all(Object.values(pools).map((each) => each.end()));
      await fresh.drop();
    },
  };
}
