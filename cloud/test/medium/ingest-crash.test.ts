import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { signerOfKey, type Verifier, verifierOf } from '@meterline/contracts';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { fromMultirange } from '../../src/ingest/domain/ranges.ts';
import { signingName } from '../../src/ingest/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createPool, Database } from '../../src/platform/db/index.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { type ProvisionedUrls, provision } from '../../src/platform/db/provision.ts';
import { KeyVault, loadDoorKeys, Pki } from '../../src/platform/pki/index.ts';
import { queueSchema } from '../../src/platform/queue/migrations.ts';
import { type CrashBroker, embeddedForCrash, mosquittoForCrash } from '../support/crash-brokers.ts';
import { CrashGateway } from '../support/crash-gateway.ts';
import { type CrashPostgres, postgresForCrash } from '../support/crash-postgres.ts';
import { PASSWORDS } from '../support/database.ts';
import { TestGateway } from '../support/gateway.ts';
import {
  endHubs,
  type HubProcess,
  hubEnv,
  MASTER_KEY,
  startProgram,
  temporaryFolder,
  WITHOUT_WORKER,
} from '../support/hub-process.ts';
import { registerGateway, registerPlace } from '../support/registered.ts';

const KILLS = process.env.METERLINE_SOAK ? 100 : 20;
const GATEWAYS = 50;
const SEED = Number(process.env.METERLINE_SEED ?? 20_261_120);

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  endHubs();
  for (const close of closing.toReversed()) await close();
});

/** Between 0 and 1, the same in every run of a seed. */
function random(seed: number): () => number {
  let n = 0;
  return () => {
    n += 1;
    return createHash('sha256').update(`${seed} ${n}`).digest().readUInt32BE(0) / 2 ** 32;
  };
}

async function prepare(): Promise<{
  postgres: CrashPostgres;
  urls: ProvisionedUrls;
  admin: () => pg.Client;
  hub: Verifier;
}> {
  const postgres = await postgresForCrash();
  closing.push(() => postgres.stop());
  const urls = await provision({ adminUrl: postgres.url, database: 'crash', passwords: PASSWORDS });
  await migrate({ url: urls.ownerUrl, parts: [queueSchema] });
  const vault = new KeyVault(Buffer.from(MASTER_KEY, 'base64'));
  const pool = createPool({ url: urls.appUrl, setting: 'database.appUrl' });
  const db = new Database({ pool, url: urls.appUrl, stores: {}, onHookError: () => {} });
  await new Pki(db, { vault, clock: systemClock, serverNames: ['localhost'], signingName }).ensure();
  await pool.end();
  const ingest = createPool({ url: urls.ingestUrl, setting: 'database.ingestUrl' });
  const { signing } = await loadDoorKeys(ingest, vault, systemClock);
  await ingest.end();
  const key = verifierOf(signerOfKey(signing[0].key).publicKey);
  if (!key.ok) throw new Error(key.detail);
  const adminUrl = postgres.url.replace(/\/postgres$/, '/crash');
  const admin = () => {
    const client = new pg.Client({ connectionString: adminUrl });
    client.on('error', () => {});
    return client;
  };
  return { postgres, urls, admin, hub: key.key };
}

async function addGateways(client: pg.Client, hub: Verifier): Promise<CrashGateway[]> {
  const place = await registerPlace(client, 'crash');
  const gateways: CrashGateway[] = [];
  for (let n = 0; n < GATEWAYS; n += 1) {
    const gateway = new TestGateway(`crash ${n}`);
    gateways.push(new CrashGateway(gateway, await registerGateway(client, gateway, place), hub));
  }
  return gateways;
}

interface Stored {
  readonly gateway_id: string;
  readonly stored: string;
}

/** A server that was killed ends a connection that came in before it had noticed: asked again, it answers. */
async function storedRows(admin: () => pg.Client): Promise<Stored[]> {
  for (let tries = 0; ; tries += 1) {
    const client = await connected(admin);
    try {
      const { rows } = await client.query<Stored>(
        `select b.gateway_id, range_agg(int8range(r.sequence, r.sequence + 1))::text as stored
           from reading_counter r join batch b on b.id = r.batch group by b.gateway_id`,
      );
      return rows;
    } catch (error) {
      if (tries > 20) throw error;
      await sleep(50);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Sequences whose readings are in the table itself, by gateway; record 1 is no reading. */
async function storedSequences(admin: () => pg.Client): Promise<Map<string, Set<number>>> {
  const rows = await storedRows(admin);
  return new Map(
    rows.map(({ gateway_id, stored }) => {
      const numbers = fromMultirange(stored).flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, i) => from + i),
      );
      return [gateway_id, new Set(numbers)];
    }),
  );
}

/** A server that recovers refuses for a moment. */
async function connected(admin: () => pg.Client): Promise<pg.Client> {
  for (let tries = 0; ; tries += 1) {
    const client = admin();
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tries > 200) throw error;
      await sleep(25);
    }
  }
}

/** What had been receipted when the question was asked: a hub that lives goes on giving receipts meanwhile. */
async function receiptedButLost(
  gateways: readonly CrashGateway[],
  admin: () => pg.Client,
): Promise<string[]> {
  const claimed = gateways.map(({ gateway, receipted }) => ({ gateway, receipted: [...receipted] }));
  const stored = await storedSequences(admin);
  return claimed.flatMap(({ gateway, receipted }) =>
    receipted.filter((n) => n > 1 && !stored.get(gateway.id)?.has(n)).map((n) => `${gateway.name} ${n}`),
  );
}

/** One process of the server: it ends all others with it and recovers from its log. */
async function killBackend(admin: () => pg.Client): Promise<void> {
  const client = await connected(admin);
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'meterline ingest' and backend_type = 'client backend'",
  );
  for (const { pid } of rows.slice(0, 1)) process.kill(pid, 'SIGKILL');
  await client.end().catch(() => {});
}

const KINDS = ['hub', 'database process', 'database', 'broker'] as const;
type Kind = (typeof KINDS)[number];

/** Drawn, and each kind at least twice, whatever was drawn. */
function drawn(next: () => number, kills: number, kinds: readonly Kind[]): Kind[] {
  const pick = () => kinds[Math.floor(next() * kinds.length)] ?? 'hub';
  const rest = Array.from({ length: kills - kinds.length * 2 }, pick);
  const all = [...kinds, ...kinds, ...rest].map((kind) => ({ kind, place: next() }));
  return all.sort((a, b) => a.place - b.place).map(({ kind }) => kind);
}

const receiptedIn = (gateways: readonly CrashGateway[]): number =>
  gateways.reduce((sum, { receipted }) => sum + receipted.size, 0);

it.each<[string, number, () => Promise<CrashBroker>]>([
  ['hub with its broker, and database', KILLS * 0.6, embeddedForCrash],
  ['hub, mosquitto and database', KILLS * 0.4, mosquittoForCrash],
])(
  'loses nothing when kill -9 hits %s, %i times',
  async (_, kills, startBroker) => {
    const { postgres, urls, admin, hub } = await prepare();
    const setup = await connected(admin);
    const gateways = await addGateways(setup, hub);
    await setup.end();
    const broker = await startBroker();
    closing.push(() => broker.stop());
    const env = hubEnv(urls, temporaryFolder(), {
      ...WITHOUT_WORKER,
      METERLINE_ROLE: 'ingest',
      ...broker.env,
      METERLINE_LOG__LEVEL: 'warn',
    });
    const start = (): HubProcess => startProgram(['hub'], env);
    const next = random(SEED);
    let process_ = start();
    let busy = true;
    const publishing = (async () => {
      while (busy) {
        for (const one of gateways) {
          if (one.isConnected && one.outstanding < 20) one.work();
          else if (one.isConnected) one.resend();
        }
        await sleep(20);
      }
    })();
    for (const one of gateways) one.connect(await broker.place(one.gateway.id));
    const lost: string[] = [];
    const restart = broker.killAndRestart;
    const kinds = KINDS.filter((kind) => kind !== 'broker' || restart);
    const order = drawn(next, kills, kinds);
    const since = performance.now();
    for (const kind of order) {
      const before = receiptedIn(gateways);
      await expect
        .poll(() => gateways.filter((one) => one.isConnected).length, { timeout: 20_000 })
        .toBeGreaterThan(40);
      // Whatever was killed last is back, and works.
      await expect.poll(() => receiptedIn(gateways), { timeout: 30_000 }).toBeGreaterThan(before);
      await sleep(100 + next() * 400);
      if (kind === 'hub') {
        process_.child.kill('SIGKILL');
        await process_.exited;
        lost.push(...(await receiptedButLost(gateways, admin)));
        process_ = start();
        continue;
      }
      if (kind === 'broker') await restart?.();
      else if (kind === 'database') await postgres.killAndRestart();
      else await killBackend(admin);
      lost.push(...(await receiptedButLost(gateways, admin)));
    }
    expect(lost).toEqual([]);
    busy = false;
    await publishing;
    await expect
      .poll(
        () => {
          for (const one of gateways) one.resend();
          return gateways.reduce((sum, { outstanding }) => sum + outstanding, 0);
        },
        { timeout: 120_000, interval: 300 },
      )
      .toBe(0);
    const stored = await storedSequences(admin);
    const journalled = gateways.reduce((sum, one) => sum + one.journalled - 1, 0);
    const missing = gateways.flatMap(({ gateway, journalled: last }) =>
      Array.from({ length: last - 1 }, (_, i) => i + 2).filter((n) => !stored.get(gateway.id)?.has(n)),
    );
    expect(missing).toEqual([]);
    const check = await connected(admin);
    const { rows } = await check.query<{ n: number; distinct: number; conflicts: number; letters: number }>(
      `select count(*)::int as n, count(distinct (b.gateway_id, r.sequence))::int as distinct,
            (select count(*)::int from reading_conflict) as conflicts, (select count(*)::int from dead_letter) as letters
       from reading_counter r join batch b on b.id = r.batch`,
    );
    await check.end();
    expect(rows[0]).toEqual({ n: journalled, distinct: journalled, conflicts: 0, letters: 0 });
    expect(gateways.reduce((sum, { unbelieved }) => sum + unbelieved, 0)).toBe(0);
    const counts = KINDS.map((kind) => `${order.filter((one) => one === kind).length} ${kind}`).join(', ');
    const seconds = Math.round((performance.now() - since) / 1_000);
    process.stdout.write(
      `crash: seed ${SEED}, ${kills} kills (${counts}) in ${seconds} s; ${journalled} readings journalled and stored, 0 lost, 0 twice\n`,
    );
    for (const one of gateways) one.end();
    process_.child.kill('SIGTERM');
    expect(await process_.exited).toBe(0);
  },
  600_000,
);
