import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpServer, Readiness } from '../../src/platform/http/index.ts';
import { createLogger, createMetrics } from '../../src/platform/telemetry/index.ts';
import { GatewaysService, MetersService, SitesService, sitesModule } from '../../src/sites/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { type OpenSites, openSites } from '../support/sites.ts';

const OPERATOR = 'operator-token-0123456789abcdef';
const BY = { actor: { kind: 'operator', id: 'test' } };

let fresh: FreshDatabase;
let ground: OpenSites;
let app: NestFastifyApplication;
let url: string;
let mine: string;
let theirs: string;
let gateway: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  ground = openSites(fresh);
  const sites = new SitesService(ground.parts);
  const gateways = new GatewaysService(ground.parts);
  const meters = new MetersService(ground.parts);
  mine = (await sites.addOrganisation({ name: 'Mine' }, BY)).id;
  theirs = (await sites.addOrganisation({ name: 'Theirs' }, BY)).id;
  const building = (await sites.addBuilding(mine, { name: 'A', zone: 'Asia/Bangkok' }, BY)).id;
  gateway = (await gateways.add(mine, { building, kind: 'simple', name: 'basement' }, BY)).id;
  await gateways.issueToken(mine, gateway, {}, BY);
  for (let i = 0; i < 5; i += 1) await meters.addPoint(mine, { class: 'billing', gateway }, BY);
  app = await createHttpServer({
    http: {
      host: '127.0.0.1',
      port: 0,
      trustProxy: false,
      bodyLimitBytes: 2048,
      requestTimeoutMs: 5_000,
      rateLimit: { perMinute: 0 },
      operatorToken: OPERATOR,
    },
    version: '0.0.0',
    module: sitesModule({ ...ground.parts, operatorToken: OPERATOR }),
    readiness: new Readiness([], () => performance.now()),
    logger: createLogger({ level: 'silent', format: 'json', secrets: [] }),
    metrics: createMetrics('api'),
  });
  await app.listen(0, '127.0.0.1');
  url = `${await app.getUrl()}/api/v1/organisations`;
});
afterAll(async () => {
  await app.close();
  await ground.close();
  await fresh.drop();
});

async function get(path: string, token = OPERATOR) {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

test('all organisations, and what one of them has', async () => {
  const all = await get('');
  expect(all.status).toBe(200);
  expect(all.body).toMatchObject({
    items: [
      { id: mine, name: 'Mine' },
      { id: theirs, name: 'Theirs' },
    ],
  });
  expect((await get(`/${mine}/buildings`)).body).toMatchObject({
    items: [{ name: 'A', zone: 'Asia/Bangkok' }],
  });
  expect((await get(`/${mine}/gateways`)).body).toMatchObject({
    items: [{ id: gateway, points: 5, seenAt: null }],
  });
  for (const list of ['meters', 'places', 'installations'])
    expect((await get(`/${mine}/${list}`)).body).toEqual({ items: [] });
});

test('a gateway shows what credentials it has, and none of them', async () => {
  const { body } = await get(`/${mine}/gateways/${gateway}`);
  expect(body).toMatchObject({ kind: 'simple', keys: [], tokens: [{ revokedAt: null }] });
  expect(JSON.stringify(body)).not.toMatch(/hash|mlgw/);
});

test('points come page by page, each once', async () => {
  const seen: string[] = [];
  for (let after = ''; ; ) {
    const { body } = await get(`/${mine}/points?limit=2${after}`);
    const page = body as unknown as { items: { id: string }[]; after?: string };
    seen.push(...page.items.map(({ id }) => id));
    if (page.after === undefined) break;
    after = `&after=${page.after}`;
  }
  expect(seen).toHaveLength(5);
  expect([...new Set(seen)].sort()).toEqual(seen);
});

describe('nothing is said', () => {
  test.each([
    ['without the token', () => get(`/${mine}/gateways`, 'wrong'), 401, 'unauthenticated'],
    ['to all without the token', () => get('', 'wrong'), 401, 'unauthenticated'],
    ['of an organisation that is none', () => get(`/${gateway}/gateways`), 404, 'organisation_not_found'],
    ['of one that is no id', () => get("/x'--/gateways"), 404, 'organisation_not_found'],
    ['of a gateway of another', () => get(`/${theirs}/gateways/${gateway}`), 404, 'gateway_not_found'],
    ['to a question that is wrong', () => get(`/${mine}/points?limit=0`), 422, 'validation_failed'],
  ])('%s', async (_what, ask, status, code) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
  });

  test('of one organisation among the things of another', async () => {
    for (const list of ['buildings', 'gateways', 'points'])
      expect((await get(`/${theirs}/${list}`)).body).toEqual({ items: [] });
  });
});
