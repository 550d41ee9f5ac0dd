import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEARCH_SOURCES } from '../../src/roles/search.ts';
import { SearchService, siteSources } from '../../src/sites/index.ts';
import { type Client, type IdentityStage, openIdentity } from '../support/identity.ts';

let stage: IdentityStage;
let mine: string;
let theirs: string;
let manager: Client;
let technician: Client;
let tenant: Client;
let building: string;

beforeAll(async () => {
  stage = await openIdentity();
  mine = await stage.addOrganisation('บ้านสวน');
  theirs = await stage.addOrganisation('Other');
  manager = (await stage.join(mine, ['manager'], 'manager@example.org')).client;
  technician = (await stage.join(mine, ['technician'], 'technician@example.org')).client;
  tenant = (await stage.join(mine, ['tenant'], '+66812345678')).client;
  const given = { name: 'ตึก A', zone: 'Asia/Bangkok', otherName: 'Building A' };
  building = String((await manager.post(`/organisations/${mine}/buildings`, given)).body.id);
});
afterAll(() => stage.close());

const patch = (client: Client, path: string, body: object) =>
  client.ask('PATCH', `/organisations/${mine}${path}`, body);
const post = (client: Client, path: string, body: object) =>
  client.post(`/organisations/${mine}${path}`, body);
const remove = (client: Client, path: string, body: object) =>
  client.ask('DELETE', `/organisations/${mine}${path}`, body);
const addRoom = async (name: string, more: object = {}) => {
  const { status, body } = await post(manager, '/places', { building, name, kind: 'room', ...more });
  expect([status, body.name]).toEqual([201, name]);
  return String(body.id);
};

describe('a manager, through the API,', () => {
  test('adds a room, renames it and puts it out of service; a stale change is refused', async () => {
    const floor = await post(manager, '/places', { building, name: 'ชั้น 1', kind: 'floor', level: 1 });
    const id = await addRoom('101', { parent: floor.body.id, areaM2: '24.50', capacity: 2 });
    const renamed = await patch(manager, `/places/${id}`, { name: 'ห้อง 101', version: 1 });
    expect(renamed).toMatchObject({ status: 200, body: { name: 'ห้อง 101', version: 2, areaM2: '24.50' } });
    expect(await patch(manager, `/places/${id}`, { name: 'x', version: 1 })).toMatchObject({
      status: 409,
      body: { code: 'site_changed' },
    });
    const out = await post(manager, `/places/${id}/outages`, { from: '2026-01-01', reason: 'ซ่อม' });
    expect(out).toMatchObject({ status: 201, body: { from: '2026-01-01', to: null } });
    expect((await manager.get(`/organisations/${mine}/places/${id}`)).body.state).toBe('out-of-service');
    const ended = await post(manager, `/places/${id}/outages/${out.body.id}/end`, { on: '2026-01-05' });
    expect(ended).toMatchObject({ status: 200, body: { to: '2026-01-05' } });
    const gone = await remove(manager, `/places/${id}/outages/${out.body.id}`, { reason: 'wrong room' });
    expect(gone).toMatchObject({ status: 200, body: { removed: true } });
    expect((await post(manager, '/places', { building, name: 'ห้อง๑๐๑', kind: 'room' })).body).toMatchObject({
      code: 'place_name_taken',
      detail: 'the building has a place called "ห้อง 101" already',
    });
  });

  test('says under which rules a building lets, and changes what is said of it', async () => {
    const said = await post(manager, `/buildings/${building}/regimes`, {
      from: '2026-01-01',
      regime: 'licensed-dormitory',
      reason: 'licence 12/2569',
    });
    expect(said).toMatchObject({ status: 200, body: { items: [{ regime: 'licensed-dormitory' }] } });
    const changed = await patch(manager, `/buildings/${building}`, { cycleDay: 25, currency: 'THB' });
    expect(changed).toMatchObject({ status: 200, body: { cycleDay: 25, version: 2 } });
    expect(await patch(manager, `/buildings/${building}`, { zone: 'Asia/Jakarta' })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
  });

  test('and a technician, hang, replace and take down meters', async () => {
    const place = await addRoom('102');
    const meter = async (label: string) => {
      const made = await post(technician, '/meters', { building, label, measures: 'electricity' });
      expect(made.status).toBe(201);
      await stage.ground.pools.owner.query(
        "insert into point (id, organisation_id, meter_id, class) values (gen_random_uuid(), $1, $2, 'billing')",
        [mine, made.body.id],
      );
      return String(made.body.id);
    };
    const [old, next] = [await meter('E-102'), await meter('E-102 new')];
    const hung = await post(technician, '/installations', {
      meter: old,
      place,
      from: '2026-01-01T00:00:00+07:00',
    });
    expect(hung).toMatchObject({ status: 201, body: { items: [{ place, toAt: null }] } });
    const replaced = await post(technician, `/meters/${old}/replace`, { by: next });
    expect(replaced).toMatchObject({ status: 200, body: { items: [{ meter: next, place }] } });
    expect((await post(technician, `/meters/${next}/end`, {})).body).toMatchObject({
      items: [{ meter: next }],
    });
    expect((await post(technician, `/meters/${old}/end`, {})).status).toBe(404);
    const { body } = await manager.get(`/organisations/${mine}/installations?place=${place}`);
    const [first] = body.items as { id: string }[];
    expect(await remove(technician, `/installations/${first?.id}`, { reason: 'no' })).toMatchObject({
      status: 422,
      body: { code: 'site_invalid' },
    });
    expect((await post(technician, '/places', { building, name: '9', kind: 'room' })).status).toBe(403);
  });

  test('nothing of it for another organisation', async () => {
    const id = await addRoom('103');
    expect(await stage.operator().get(`/organisations/${theirs}/places/${id}`)).toMatchObject({
      status: 404,
      body: { code: 'place_not_found' },
    });
    expect((await manager.get(`/organisations/${theirs}/places/${id}`)).body.code).toBe(
      'organisation_not_found',
    );
  });
});

describe('the search', () => {
  const found = async (client: Client, q: string) => {
    const { body } = await client.get(`/organisations/${mine}/search?q=${encodeURIComponent(q)}`);
    return (body.items as { kind: string; name: string }[]).map(({ kind, name }) => `${kind} ${name}`);
  };

  beforeAll(async () => {
    for (const name of ['201', '1201', 'ห้องน้ำรวม']) await addRoom(name);
    await addRoom('ห้อง 202', { otherName: 'Deluxe' });
    await post(manager, '/meters', { building, label: 'W-201', serial: 'SN12AB-34' });
  });

  test.each([
    ['ห้อง 201', ['room 201', 'room 1201']],
    ['kamar 1201', ['room 1201']],
    ['ห้อง 203', []],
    ['201', ['room 201', 'meter W-201', 'room 1201']],
    ['๒๐๑', ['room 201', 'meter W-201', 'room 1201']],
    ['ห้อง๒๐๒', ['room ห้อง 202']],
    ['deLUXE', ['room ห้อง 202']],
    ['หองนำ', ['room ห้องน้ำรวม']],
    ['sn12ab34', ['meter W-201']],
    ['building a', ['building ตึก A']],
    ['%', []],
  ])('"%s"', async (q, items) => expect(await found(manager, q)).toEqual(items));

  test('a tenant who has no lease finds nothing, and nobody else’s organisation is searched', async () => {
    expect(await found(tenant, '201')).toEqual([]);
    const elsewhere = await stage.operator().get(`/organisations/${theirs}/search?q=201`);
    expect(elsewhere.body.items).toEqual([]);
    expect((await manager.get(`/organisations/${mine}/search?q=`)).status).toBe(422);
  });

  test('people are found by whoever may read them, by name and by how they sign in', async () => {
    const search = new SearchService(stage.ground.parts, [...siteSources, ...SEARCH_SOURCES]);
    const names = async (q: string, may: string) =>
      (await search.search(mine, q, 20, { actor: { kind: 'api_key' }, may })).map(({ name }) => name);
    expect(await names('the manager', 'people.read')).toEqual(['The manager']);
    expect(await names('0812345678', 'people.read')).toEqual(['The tenant']);
    expect(await names('the manager', 'places.read')).toEqual([]);
  });
});
