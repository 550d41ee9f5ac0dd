import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { startPostgres } from '../../../scripts/stack/postgres.ts';
import { GatewayDoor } from '../../src/ingest/mqtt/gateway-door.ts';
import { signingName } from '../../src/ingest/mqtt/hub-keys.ts';
import { Pipeline } from '../../src/ingest/pipeline.ts';
import { loadProfiles } from '../../src/ingest/profiles.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { connect, createPool, Database } from '../../src/platform/db/index.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { provision } from '../../src/platform/db/provision.ts';
import { KeyVault, loadDoorKeys, Pki } from '../../src/platform/pki/index.ts';
import { queueSchema } from '../../src/platform/queue/migrations.ts';
import { createLogger } from '../../src/platform/telemetry/index.ts';
import { SiteDirectory } from '../../src/sites/site-directory.ts';
import { TestGateway } from '../../test/support/gateway.ts';

export interface BenchGateway extends TestGateway {
  readonly token: string;
}

const MIB = 1024 * 1024;
const PASSWORD = randomBytes(12).toString('hex');
const ORGANISATION = '019c0fd8-0000-7000-8000-000000000001';
const BUILDING = '019c0fd8-0000-7000-8000-000000000002';

/** Database, pipeline and embedded broker as one process of role ingest has them; commits reach the disk. */
export async function openStage() {
  const postgres = await startPostgres({
    settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' },
  });
  const urls = await provision({
    adminUrl: postgres.url,
    database: 'meterline_bench',
    passwords: { owner: PASSWORD, app: PASSWORD, worker: PASSWORD, ingest: PASSWORD, readOnly: PASSWORD },
  });
  await migrate({ url: urls.ownerUrl, parts: [queueSchema] });
  const admin = new pg.Client({ connectionString: postgres.url.replace(/\/postgres$/, '/meterline_bench') });
  await admin.connect();
  await admin.query('insert into organisation (id, name) values ($1, $2)', [ORGANISATION, 'bench']);
  await admin.query(
    "insert into building (id, organisation_id, name, zone) values ($1, $2, 'bench', 'Asia/Bangkok')",
    [BUILDING, ORGANISATION],
  );
  const setting = 'database.ingestUrl';
  const pool = createPool({ url: urls.ingestUrl, setting });
  const app = createPool({ url: urls.appUrl, setting: 'database.appUrl' });
  const vault = new KeyVault(randomBytes(32));
  const directory = new SiteDirectory({
    pool,
    url: urls.ingestUrl,
    setting,
    clock: systemClock,
    onLost: () => {},
  });
  const db = new Database({ pool: app, url: urls.appUrl, stores: {}, onHookError: () => {} });
  await new Pki(db, { vault, clock: systemClock, serverNames: ['localhost'], signingName }).ensure();
  const door = new GatewayDoor({
    config: {
      ...{
        backend: 'embedded',
        publicUrl: undefined,
        host: '127.0.0.1',
        port: 0,
        plainPort: 0,
        keepaliveSeconds: 1_200,
      },
      ...{
        maxConnections: 1_000,
        maxConnectionsPerAddress: 1_000,
        messagesPerSecond: 1e6,
        bytesPerSecond: 1e9,
      },
    },
    directory,
    loadKeys: () => loadDoorKeys(pool, vault, systemClock),
    clock: systemClock,
    logger: createLogger({ level: 'error', format: 'json', secrets: [] }),
  });
  await door.prepare();
  const pipeline = new Pipeline({
    pool,
    connect: () => connect({ url: urls.ingestUrl, setting }),
    directory,
    profiles: loadProfiles().profiles,
    ids: createIds(systemClock),
    clock: systemClock,
    limits: {
      ...{ memoryBytes: 64 * MIB, gatewayMemoryBytes: 4 * MIB, liveRows: 5_000, backfillRows: 1_000 },
      ...{ letters: { count: 1_000, bytes: 16 * MIB }, held: 100_000, gapAfterMs: 600_000 },
    },
    onTrouble: (error, what) => process.stderr.write(`${what}: ${String(error)}\n`),
    down: { signer: () => door.signer(), downlink: door },
  });
  directory.start();
  pipeline.start();
  await door.start(pipeline);
  return {
    urls,
    admin,
    door,
    pipeline,
    async addGateway(name: string, kind: 'signed' | 'simple'): Promise<BenchGateway> {
      const gateway = Object.assign(new TestGateway(name), {
        token: `mlgw_${randomBytes(32).toString('base64url')}`,
      });
      const shared = [gateway.id, ORGANISATION];
      await admin.query(
        'insert into gateway (id, organisation_id, building_id, name, kind) values ($1, $2, $3, $4, $5)',
        [...shared, BUILDING, name, kind],
      );
      await admin.query(
        'insert into gateway_token (id, gateway_id, organisation_id, hash) values ($3, $1, $2, $4)',
        [...shared, createIds(systemClock).next(), createHash('sha256').update(gateway.token).digest()],
      );
      const { keyId, publicKey } = gateway.signer;
      await admin.query(
        'insert into gateway_key (key_id, gateway_id, organisation_id, public_key) values ($3, $1, $2, $4)',
        [...shared, keyId, publicKey],
      );
      return gateway;
    },
    async addPoint(gateway: BenchGateway, id: string, register: string): Promise<void> {
      await admin.query(
        "insert into point (id, organisation_id, gateway_id, register, class) values ($1, $2, $3, $4, 'counter')",
        [id, ORGANISATION, gateway.id, register],
      );
      await admin.query(
        'insert into point_source (point_id, gateway_id, organisation_id) values ($1, $2, $3)',
        [id, gateway.id, ORGANISATION],
      );
    },
    async close(): Promise<void> {
      await door.stop();
      await pipeline.stop();
      await directory.stop();
      await Promise.all([pool.end(), app.end(), admin.end()]);
      await postgres.stop();
    },
  };
}

export type BenchStage = Awaited<ReturnType<typeof openStage>>;
