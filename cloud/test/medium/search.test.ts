import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEARCH_SOURCES } from '../../src/roles/search.ts';
import { type By, SearchService, siteSources } from '../../src/sites/index.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { Let, TENANT_MAY, type Tenant } from '../support/leases.ts';
import { makeSite, type OpenSites, openSites, type Site } from '../support/sites.ts';

let fresh: FreshDatabase;
let ground: OpenSites;
let site: Site;
let search: SearchService;
let somchai: Tenant;
let malee: Tenant;

beforeAll(async () => {
  fresh = await freshDatabase();
  ground = openSites(fresh);
  site = await makeSite(ground.pools.owner, { points: 2 });
  search = new SearchService(ground.parts, [...siteSources, ...SEARCH_SOURCES]);
  const house = new Let(ground.pools.owner, site);
  const [one, other] = [await house.room('ห้อง 101'), await house.room('ห้อง 102')];
  const [first, second] = site.points;
  if (!first || !second) throw new TypeError('two points are needed');
  await house.meter(one, first, '2026-01-01T00:00:00Z');
  await house.meter(other, second, '2026-01-01T00:00:00Z');
  await ground.pools.owner.query("update meter set label = 'E', serial = 'SN-' || left(id::text, 4)");
  somchai = await house.tenant('สมชาย ใจดี');
  malee = await house.tenant('มาลี ใจงาม');
  await ground.pools.owner.query(
    "update party set other_name = 'Somchai Jaidee', phone = '+66812345678' where id = $1",
    [somchai.party],
  );
  await house.lease('L-2569/001', [[one, '2026-01-01T00:00:00Z', null]], [[somchai]]);
  await house.lease('L-2569/002', [[other, '2026-01-01T00:00:00Z', null]], [[malee]]);
});
afterAll(async () => {
  await ground.close();
  await fresh.drop();
});

const found = async (q: string, by?: By) =>
  (await search.search(site.organisation, q, 50, by)).map(({ kind, name }) => `${kind} ${name}`);
const as = ({ person }: Tenant): By => ({
  actor: { kind: 'user', id: person, person },
  may: TENANT_MAY,
});

describe('one box over rooms, meters, people and leases', () => {
  test.each([
    ['ใจ', ['party มาลี ใจงาม', 'party สมชาย ใจดี', 'lease L-2569/001', 'lease L-2569/002']],
    ['somchai', ['party สมชาย ใจดี', 'lease L-2569/001']],
    ['jaidee somchai', ['party สมชาย ใจดี', 'lease L-2569/001']],
    ['สมชายใจดี', ['party สมชาย ใจดี', 'lease L-2569/001']],
    ['0812345678', ['party สมชาย ใจดี']],
    ['+66 81 234', ['party สมชาย ใจดี']],
    ['234-5678', ['party สมชาย ใจดี']],
    ['l2569/001', ['lease L-2569/001']],
    ['๑๐๒', ['room ห้อง 102']],
  ])('"%s"', async (q, items) => expect(await found(q)).toEqual(items));

  test('a tenant finds what the own lease covers, and not that there is anything else', async () => {
    expect(await found('ใจ', as(somchai))).toEqual(['party สมชาย ใจดี', 'lease L-2569/001']);
    expect(await found('ห้อง', as(somchai))).toEqual(['room ห้อง 101']);
    expect(await found('ห้อง', as(malee))).toEqual(['room ห้อง 102']);
    expect(await found('sn', as(malee))).toEqual(['meter E']);
    expect(await found('basement', as(malee))).toEqual([]);
    expect(await found('สมชาย', as(malee))).toEqual([]);
  });

  test('who may read meters only finds meters only; who may nothing, nothing', async () => {
    const key = (may: string): By => ({ actor: { kind: 'api_key' }, may });
    expect(await found('sn', key('meters.read'))).toEqual(['meter E', 'meter E']);
    expect(await found('101', key('meters.read'))).toEqual([]);
    expect(await found('101', key(''))).toEqual([]);
    expect(await found('101', { actor: { kind: 'user', person: somchai.person } })).toEqual([]);
  });

  test('no more than were asked for, the best of them', async () => {
    const [first, ...others] = await search.search(site.organisation, '101', 1);
    expect([first?.name, first?.rank, others]).toEqual(['ห้อง 101', 2, []]);
  });
});
