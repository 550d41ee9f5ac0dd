import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { type AuditLog, auditStore, deriveAuditKeys } from '../../src/audit/index.ts';
import { loadProfiles } from '../../src/ingest/profiles.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { createPool } from '../../src/platform/db/connection.ts';
import { Database, type Outbox, outboxStore } from '../../src/platform/db/index.ts';
import type { SitesParts } from '../../src/sites/index.ts';
import type { FreshDatabase } from './database.ts';

const ids = createIds(systemClock);

export interface Site {
  readonly organisation: string;
  readonly building: string;
  readonly gateway: string;
  /** Ids and their short names, in the order asked for. */
  readonly points: readonly { readonly id: string; readonly no: number }[];
}

/** One organisation with a building, a gateway and points of a class; written as the owner, whom no policy stops. */
export async function makeSite(
  owner: pg.ClientBase | pg.Pool,
  options: {
    readonly points?: number;
    readonly class?: string;
    readonly register?: string;
    readonly unit?: string;
    readonly zone?: string;
  } = {},
): Promise<Site> {
  const [organisation, building, gateway] = [ids.next(), ids.next(), ids.next()];
  await owner.query("insert into organisation (id, name) values ($1, 'Baan Suan')", [organisation]);
  await owner.query("insert into building (id, organisation_id, name, zone) values ($1, $2, 'A', $3)", [
    building,
    organisation,
    options.zone ?? 'Asia/Bangkok',
  ]);
  await owner.query(
    "insert into gateway (id, organisation_id, building_id, name, kind) values ($1, $2, $3, 'basement', 'signed')",
    [gateway, organisation, building],
  );
  const points = [];
  for (let i = 0; i < (options.points ?? 1); i += 1) {
    const id = ids.next();
    const { rows } = await owner.query<{ no: number }>(
      `insert into point (id, organisation_id, gateway_id, class, register, unit) values ($1, $2, $3, $4, $5, $6) returning no`,
      [id, organisation, gateway, options.class ?? 'billing', options.register ?? null, options.unit ?? null],
    );
    await owner.query(
      'insert into point_source (point_id, gateway_id, organisation_id) values ($1, $2, $3)',
      [id, gateway, organisation],
    );
    points.push({ id, no: rows[0]?.no ?? 0 });
  }
  return { organisation, building, gateway, points };
}

export interface OpenSites {
  readonly parts: SitesParts;
  readonly pools: Readonly<Record<'app' | 'worker' | 'ingest' | 'owner', pg.Pool>>;
  close(): Promise<void>;
}

/** What the ground stands on in a test: real connections of each role, and nothing else. */
export function openSites(fresh: FreshDatabase, master: Buffer = randomBytes(32)): OpenSites {
  const pool = (url: string) => createPool({ url, setting: 'test', size: 4 });
  const pools = {
    app: pool(fresh.appUrl),
    worker: pool(fresh.workerUrl),
    ingest: pool(fresh.ingestUrl),
    owner: pool(fresh.ownerUrl),
  };
  const onHookError = (error: unknown) => {
    throw error;
  };
  const db = new Database<{ audit: AuditLog; outbox: Outbox }>({
    pool: pools.app,
    url: fresh.appUrl,
    stores: {
      audit: auditStore({ keys: deriveAuditKeys(master), clock: systemClock, ids }),
      outbox: outboxStore({ ids }),
    },
    onHookError,
  });
  const everybody = new Database({
    pool: pools.worker,
    url: fresh.workerUrl,
    servesAll: true,
    stores: {},
    onHookError,
  });
  return {
    parts: {
      db,
      everybody,
      ids,
      clock: systemClock,
      profiles: () => loadProfiles().profiles,
      random: randomBytes,
    },
    pools,
    close: async () => {
      await Promise.all(Object.values(pools).map((each) => each.end()));
    },
  };
}
