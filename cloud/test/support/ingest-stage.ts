import { type GatewayId, openMessage, type Receipt, ringOf, verifierOf } from '@meterline/contracts';
import pg from 'pg';
import { loadProfiles, Pipeline, type PipelineLimits } from '../../src/ingest/index.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { connect, createPool } from '../../src/platform/db/index.ts';
import { SiteDirectory } from '../../src/sites/index.ts';
import { type FreshDatabase, type FreshDatabaseOptions, freshDatabase } from './database.ts';
import { idOf, signerNamed, type TestGateway } from './gateway.ts';

export const LIMITS: PipelineLimits = {
  memoryBytes: 32 * 1024 * 1024,
  gatewayMemoryBytes: 4 * 1024 * 1024,
  liveRows: 5_000,
  backfillRows: 1_000,
  letters: { count: 200, bytes: 1024 * 1024 },
  held: 1_000,
  gapAfterMs: 1_000,
};

export interface StageOptions extends FreshDatabaseOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<PipelineLimits>;
}

/** A database with an organisation in it, and the pipeline on it: all real. */
export class IngestStage {
  readonly organisation = idOf<string>('organisation');
  readonly building = idOf<string>('building');
  readonly receipts = new Map<string, Receipt[]>();
  readonly troubles: string[] = [];
  readonly hub = signerNamed('hub');
  readonly db: FreshDatabase;
  readonly admin: pg.Client;
  readonly directory: SiteDirectory;
  pipeline: Pipeline;
  readonly #pool: pg.Pool;
  readonly #options: StageOptions;

  private constructor(db: FreshDatabase, admin: pg.Client, options: StageOptions) {
    this.db = db;
    this.admin = admin;
    this.#options = options;
    this.#pool = createPool({ url: db.ingestUrl, setting: 'database.ingestUrl' });
    this.directory = new SiteDirectory({
      pool: this.#pool,
      url: db.ingestUrl,
      setting: 'database.ingestUrl',
      clock: systemClock,
      onLost: () => {},
    });
    this.pipeline = this.createPipeline();
  }

  static async open(options: StageOptions = {}): Promise<IngestStage> {
    const db = await freshDatabase(options);
    const admin = new pg.Client({ connectionString: db.adminUrl });
    await admin.connect();
    const stage = new IngestStage(db, admin, options);
    await stage.addOrganisation(stage.organisation, stage.building);
    stage.directory.start();
    stage.pipeline.start();
    return stage;
  }

  async close(): Promise<void> {
    await this.pipeline.stop();
    await this.directory.stop();
    await this.#pool.end();
    await this.admin.end();
    await this.db.drop();
  }

  createPipeline(): Pipeline {
    const clock = this.#options.clock ?? systemClock;
    return new Pipeline({
      pool: this.#pool,
      connect: () => connect({ url: this.db.ingestUrl, setting: 'database.ingestUrl' }),
      directory: this.directory,
      profiles: loadProfiles().profiles,
      ids: createIds(clock),
      clock,
      limits: { ...LIMITS, ...this.#options.limits },
      onTrouble: (error) => this.troubles.push(error instanceof Error ? error.message : String(error)),
      down: {
        signer: () => this.hub,
        downlink: { publish: async (gateway, _, payload) => this.#receipt(gateway, payload) },
      },
    });
  }

  async addOrganisation(id: string, building: string): Promise<void> {
    await this.admin.query('insert into organisation (id, name) values ($1, $2)', [
      id,
      `name ${id.slice(-4)}`,
    ]);
    await this.admin.query(
      "insert into building (id, organisation_id, name, zone) values ($1, $2, 'house', 'Asia/Bangkok')",
      [building, id],
    );
  }

  async addGateway(
    gateway: TestGateway,
    options: { kind?: 'signed' | 'simple'; organisation?: string; building?: string; replaces?: string } = {},
  ): Promise<void> {
    const { organisation = this.organisation, building = this.building, kind = 'signed' } = options;
    await this.admin.query(
      'insert into gateway (id, organisation_id, building_id, name, kind, replaces_id) values ($1, $2, $3, $4, $5, $6)',
      [gateway.id, organisation, building, gateway.name, kind, options.replaces ?? null],
    );
    if (kind === 'simple') return;
    await this.admin.query(
      'insert into gateway_key (key_id, organisation_id, gateway_id, public_key) values ($1, $2, $3, $4)',
      [gateway.signer.keyId, organisation, gateway.id, gateway.signer.publicKey],
    );
  }

  send(gateway: TestGateway, payload: Buffer, topic = gateway.topic) {
    const receivedAt = (this.#options.clock ?? systemClock).now().epochMilliseconds;
    return this.pipeline.message({ gateway: gateway.id, topic, payload, receivedAt });
  }

  async rows<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.admin.query(text, [...values]);
    return rows as Row[];
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.rows<{ n: number }>(`select count(*)::int as n from ${table} where ${where}`);
    return row?.n ?? -1;
  }

  /** The newest receipt, once there is one that fits. */
  async receipt(gateway: TestGateway, fits: (receipt: Receipt) => boolean = () => true): Promise<Receipt> {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = this.receipts.get(gateway.id)?.findLast(fits);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(
      `no such receipt; the last one: ${JSON.stringify(this.receipts.get(gateway.id)?.at(-1))} ${this.troubles.join()}`,
    );
  }

  #receipt(gateway: GatewayId, payload: Buffer): void {
    const key = verifierOf(this.hub.publicKey);
    if (!key.ok) throw new Error(key.detail);
    const opened = openMessage(payload, ['receipt'], { keys: ringOf(key.key), deflated: false, gateway });
    if (!opened.ok) throw new Error(`a receipt that no gateway would believe: ${opened.detail}`);
    const list = this.receipts.get(gateway) ?? [];
    this.receipts.set(gateway, [...list, opened.message.value]);
  }
}
