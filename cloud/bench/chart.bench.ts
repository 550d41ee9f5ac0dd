import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Hub, startHub } from '../../scripts/stack/hub.ts';
import { startPostgres } from '../../scripts/stack/postgres.ts';
import { Let } from '../test/support/leases.ts';
import { makeSite, type Site } from '../test/support/sites.ts';
import { DAY, fill, percentile, QUARTER, round } from './metering-ground.ts';

// A year of days and a day of quarters for one room, as a browser asks for it, over one and ten million raw rows; and over ten
// million signed in as the tenant of the room, who moved in and out in the middle of the year. The hub is the built one in a
// process of its own; the limit is its version route, which asks no database.

const BEGIN = Date.UTC(2025, 9, 31, 17);
const YEAR = { from: BEGIN, to: BEGIN + 365 * DAY };
/** Years of quarter hours of so many rooms are a million rows. */
const ROOMS = 28;
const READERS = 20;
const PACED_SECONDS = 10;
const BURST_MS = 8_000;

type Ask = (path: string) => Promise<number>;

/** 1 Wh a count. */
const REGISTER = 'eastron-sdm120m@1/energy_import_total';
const DATABASE = 'bench';

export async function run() {
  const server = await startPostgres({ settings: { fsync: 'on', full_page_writes: 'on' } });
  const folder = mkdtempSync(join(tmpdir(), 'meterline-chart-'));
  let hub: Hub | undefined;
  let admin: pg.Pool | undefined;
  try {
    const port = await freePort();
    const env = {
      METERLINE_MQTT__BACKEND: 'none',
      METERLINE_LOG__LEVEL: 'warn',
      METERLINE_HTTP__RATE_LIMIT__PER_MINUTE: '0',
    };
    hub = await startHub({ folder, port, adminUrl: server.url, database: DATABASE, env });
    const url = new URL(server.url);
    url.pathname = `/${DATABASE}`;
    admin = new pg.Pool({ connectionString: url.href, max: 2 });
    return { part: 'chart', cases: await measureSizes(hub, admin) };
  } finally {
    await admin?.end();
    await hub?.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureSizes(hub: Hub, admin: pg.Pool): Promise<readonly object[]> {
  const site = await makeSite(admin, { points: 72, register: REGISTER });
  const { points, organisation } = site;
  const rooms = points.slice(0, ROOMS).map(({ no }) => no);
  await fill(admin, 'billing', rooms, { ...YEAR, step: QUARTER });
  await admin.query('select note_usage_dirty($1, $2, $3)', [
    rooms,
    rooms.map(() => new Date(BEGIN).toISOString()),
    rooms.map(() => 'infinity'),
  ]);
  while ((await admin.query('select from usage_dirty limit 1')).rowCount !== 0) await pause(500);
  await admin.query('vacuum analyze');
  const ids = points.slice(0, ROOMS).map(({ id }) => id);
  const operator = { authorization: `Bearer ${hub.operatorToken}` };
  const million = await measure(hub, '1M', organisation, ids, operator);
  const all = points.map(({ no }) => no);
  await fill(admin, 'counter', all, { ...YEAR, step: 252_000 });
  await admin.query('vacuum analyze');
  const tenMillion = await measure(hub, '10M', organisation, ids, operator);
  const tenant = await signedInTenant(hub, admin, site);
  await admin.query('vacuum analyze');
  return [
    ...million,
    ...tenMillion,
    ...(await measure(hub, '10M', organisation, ids.slice(0, 1), tenant)),
  ].map((one, i, all) => (i < all.length - 2 ? one : { ...one, name: `${one.name}, as the tenant` }));
}

/** Every room has a tenant of its own; this one of the first came and left within the year. */
async function signedInTenant(hub: Hub, admin: pg.Pool, site: Site): Promise<Headed> {
  const ground = new Let(admin, site);
  const begin = new Date(BEGIN - DAY).toISOString();
  const stay = [BEGIN + 40 * DAY + 45 * 60_000, BEGIN + 330 * DAY + 45 * 60_000].map((at) =>
    new Date(at).toISOString(),
  );
  const rooms: string[] = [];
  for (const [i, point] of site.points.slice(0, ROOMS).entries()) {
    const room = await ground.room(String(101 + i));
    await ground.meter(room, point, begin);
    rooms.push(room);
    if (i > 0) await ground.lease(`L-${i}`, [[room, begin, null]], [[await ground.tenant(`Tenant ${i}`)]]);
  }
  const call = async (path: string, body: object, headers: Headed) => {
    const response = await fetch(`${hub.url}/api/v1/identity${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', origin: hub.url },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
    return response;
  };
  const invite = { name: 'Malee', contact: 'malee@example.org', roles: ['tenant'] };
  const invited = await call(`/organisations/${site.organisation}/invitations`, invite, {
    authorization: `Bearer ${hub.operatorToken}`,
  });
  const { address } = (await invited.json()) as { address: string };
  const token = address.split('#')[1];
  const joined = await call('/invitations/accept', { token, password: 'four words by the khlong' }, {});
  const { person } = (await joined.json()) as { person: string };
  const party = await ground.party('Malee', person);
  await ground.lease(
    'L-0',
    [[rooms[0] ?? '', stay[0] ?? '', stay[1] ?? null]],
    [[{ person, party }]],
    'ended',
  );
  const cookie = joined.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  return { cookie };
}

type Headed = Readonly<Record<string, string>>;

async function measure(
  hub: Hub,
  size: string,
  organisation: string,
  rooms: readonly string[],
  headers: Headed,
): Promise<readonly { readonly name: string }[]> {
  const ask: Ask = async (path) => {
    const begun = performance.now();
    const response = await fetch(`${hub.url}/api/v1${path}`, { headers });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
    return performance.now() - begun;
  };
  const of = (i: number, from: number, to: number) =>
    `/organisations/${organisation}/usage?point=${rooms[i % rooms.length]}&from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
  const asked: Readonly<Record<string, (i: number) => string>> = {
    'a year of days': (i) => `${of(i, YEAR.from, YEAR.to)}&resolution=day`,
    'a day of quarters': (i) => of(i, BEGIN + (i % 360) * DAY, BEGIN + ((i % 360) + 1) * DAY),
  };
  const cases: ({ readonly name: string } & Record<string, unknown>)[] = [];
  for (const [name, path] of Object.entries(asked)) {
    await oneReader(ask, path, 100);
    const alone = await oneReader(ask, path, 300);
    const limit = await oneReader(ask, () => '/about', 300);
    const paced = await pacedReaders(ask, path);
    const burst = await burstReaders(ask, path);
    cases.push({
      name: `${name}, ${size} raw rows`,
      unit: 'ms, p95',
      value: round(percentile(alone, 0.95)),
      limit: round(percentile(limit, 0.95)),
      twentyPaced: round(percentile(paced, 0.95)),
      twentyWithoutPause: round(percentile(burst, 0.95)),
      perSecond: Math.round((burst.length / BURST_MS) * 1_000),
    });
  }
  return cases;
}

async function oneReader(ask: Ask, path: (i: number) => string, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) times.push(await ask(path(i)));
  return times;
}

/** Twenty readers, each once a second, at moments of their own. */
async function pacedReaders(ask: Ask, path: (i: number) => string): Promise<readonly number[]> {
  const times: number[] = [];
  const reader = async (n: number) => {
    await pause((n * 1_000) / READERS);
    for (let i = 0; i < PACED_SECONDS; i += 1) {
      const begun = performance.now();
      times.push(await ask(path(n * 31 + i)));
      await pause(Math.max(0, 1_000 - (performance.now() - begun)));
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, n) => reader(n)));
  return times;
}

async function burstReaders(ask: Ask, path: (i: number) => string): Promise<readonly number[]> {
  const times: number[] = [];
  const end = performance.now() + BURST_MS;
  const reader = async (n: number) => {
    for (let i = 0; performance.now() < end; i += 1) times.push(await ask(path(n * 31 + i)));
  };
  await Promise.all(Array.from({ length: READERS }, (_, n) => reader(n)));
  return times;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
