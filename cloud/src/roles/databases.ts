import type pg from 'pg';
import type { Config } from '../config/index.ts';
import {
  assertPrivileges,
  assertRole,
  assertSchema,
  type CheckedRole,
  createPool,
  databaseError,
  type MigrateResult,
  migrate,
} from '../platform/db/index.ts';
import { readApplied } from '../platform/db/migrate.ts';
import { queueSchema } from '../platform/queue/index.ts';
import type { Logger } from '../platform/telemetry/index.ts';

const URL_OF = { app: 'appUrl', worker: 'workerUrl', ingest: 'ingestUrl', readOnly: 'readOnlyUrl' } as const;
/** The queue keeps its own tables; no rows of organisations are in them. */
const LIBRARY_SCHEMAS = ['bullmq'];

export type StorageLayer = 'plain' | 'timescale' | 'licensed';

/** The pools of one process, one a database role. */
export class Databases {
  readonly #config: Config['database'];
  readonly #logger: Logger;
  readonly #pools = new Map<CheckedRole, pg.Pool>();
  #layer: StorageLayer | undefined;

  constructor(config: Config['database'], roles: readonly CheckedRole[], logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    for (const role of roles) this.#pools.set(role, this.#pool(role));
  }

  /** Role power first: with a role that could do everything, nothing after it is worth checking. */
  async start(): Promise<void> {
    for (const [role, pool] of this.#pools) {
      await assertRole(pool, role, { url: this.urlOf(role), librarySchemas: LIBRARY_SCHEMAS });
    }
    if (this.#config.migrateOnStart) {
      const { applied } = await runMigrate(this.#config, (line) => this.#logger.info(line));
      if (applied.length > 0) this.#logger.info({ applied: applied.length }, 'migrated');
    }
    const [first] = this.#pools.keys();
    if (first !== undefined)
      await assertSchema(this.first, { url: this.urlOf(first), setting: `database.${URL_OF[first]}` });
    await this.#assertPrivileges();
  }

  /** Only now: what each role must have, and no more, is what this version's migrations gave. */
  async #assertPrivileges(): Promise<void> {
    const checks = [...this.#pools].map(([role, pool]) => assertPrivileges(pool, role));
    const warnings = new Set((await Promise.all(checks)).flat());
    for (const warning of warnings) this.#logger.warn(warning);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  get first(): pg.Pool {
    const [pool] = this.#pools.values();
    if (!pool) throw new TypeError('this role has no database');
    return pool;
  }

  get(role: CheckedRole): pg.Pool {
    const pool = this.#pools.get(role);
    if (!pool) throw new TypeError(`this role of the hub has no connection as ${role}`);
    return pool;
  }

  entries(): readonly (readonly [CheckedRole, pg.Pool])[] {
    return [...this.#pools];
  }

  /** How readings are stored in this database: decided when it was set up, so that one answer holds. */
  async layer(): Promise<StorageLayer> {
    this.#layer ??= await readLayer(this.first);
    return this.#layer;
  }

  urlOf(role: CheckedRole): string {
    const url = this.#config[URL_OF[role]];
    // The configuration has refused that already.
    if (url === undefined) throw new TypeError(`database.${URL_OF[role]} is not set`);
    return url.reveal();
  }

  #pool(role: CheckedRole): pg.Pool {
    return createPool({
      url: this.urlOf(role),
      setting: `database.${URL_OF[role]}`,
      size: this.#config.poolSize,
      applicationName: `meterline ${role}`,
      onIdleError: (error) =>
        this.#logger.warn({ err: error, pool: role }, 'an idle database connection broke'),
    });
  }
}

async function readLayer(pool: pg.Pool): Promise<StorageLayer> {
  const applied = await readApplied(pool);
  const beyondPlain = ['licensed', 'timescale'] as const;
  return beyondPlain.find((layer) => applied.some((file) => file.layer === layer)) ?? 'plain';
}

export async function runMigrate(
  config: Config['database'],
  say: (line: string) => void,
  licensed = false,
): Promise<MigrateResult> {
  if (config.ownerUrl === undefined) {
    throw databaseError('schema_unusable', {
      message: 'database.ownerUrl is not set; migrating needs the role that owns the schema',
    });
  }
  return migrate({ url: config.ownerUrl.reveal(), parts: [queueSchema], say, licensed });
}
