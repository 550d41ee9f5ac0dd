import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import { leasesModule } from '../../src/leases/index.ts';
import type { LeasesParts } from '../../src/leases/leases.types.ts';
import { meteringModule } from '../../src/metering/index.ts';
import type { MeteringParts } from '../../src/metering/metering.parts.ts';
import { type Answer, type Client, type IdentityStage, openIdentity } from '../support/identity.ts';
import { Let } from '../support/leases.ts';
import { testProfiles } from '../support/meters.ts';
import { makeSite, type Site } from '../support/sites.ts';

let stage: IdentityStage;
let site: Site;
let malee: Client;
let manager: Client;
let mine: { room: string; meter: string; point: string; lease: string };
let theirs: typeof mine;
const path = (rest: string) => `/organisations/${site.organisation}${rest}`;
const MARCH = 'from=2026-02-28T17:00:00Z&to=2026-03-31T17:00:00Z';

beforeAll(async () => {
  // The database is there once the stage is; the parts are asked for at requests only.
  const parts = {
    get db() {
      return stage.ground.parts.db;
    },
    ...{ clock: systemClock, ids: createIds(systemClock), profiles: testProfiles },
  };
  stage = await openIdentity(() => [
    leasesModule(parts as unknown as LeasesParts),
    meteringModule(parts as unknown as MeteringParts),
  ]);
  const { owner } = stage.ground.pools;
  site = await makeSite(owner, { points: 2 });
  const joined = await stage.join(site.organisation, ['tenant'], 'malee@example.org');
  malee = joined.client;
  manager = (await stage.join(site.organisation, ['manager'], 'manager@example.org')).client;
  const ground = new Let(owner, site);
  const party = { person: joined.person, party: await ground.party('Malee', joined.person) };
  const other = await ground.tenant('Somchai');
  const make = async (i: number, who: typeof party) => {
    const point = site.points[i] ?? { id: '', no: 0 };
    const room = await ground.room(String(101 + i));
    const meter = await ground.meter(room, point, '2025-01-01T00:00Z');
    const lease = await ground.lease(`L-${i}`, [[room, '2026-03-11T04:15Z', null]], [[who]]);
    await owner.query(
      `insert into usage_day (day, point, organisation_id, quantity, estimated, complete, quarters)
       select d, $1, $2, 240, 0, 96, 96 from generate_series('2026-03-01'::date, '2026-03-31', '1 day') d`,
      [point.no, site.organisation],
    );
    await owner.query(
      `insert into register_epoch (id, organisation_id, point_id, point, from_at, kind, opening, num, den, unit, gap_ms, author, created_at)
       values ($1, $2, $3, $4, '2025-01-01', 'installed', 0, 1, 1, 'Wh', 2700000, 'test', now())`,
      [randomUUID(), site.organisation, point.id, point.no],
    );
    return { room, meter, point: point.id, lease };
  };
  mine = await make(0, party);
  theirs = await make(1, other);
});
afterAll(() => stage.close());

describe('signed in as a tenant', () => {
  test('the own usage is there, from the move-in on', async () => {
    const { status, body } = await malee.get(path(`/usage?place=${mine.room}&${MARCH}&resolution=day`));
    expect(status).toBe(200);
    const [series] = body.series as { bars: { from: string; quantity: string | null }[] }[];
    const known = series?.bars.filter(({ quantity }) => quantity !== null);
    // The twelfth is the first day that is wholly hers; of the eleventh there are no quarters here.
    expect([known?.length, known?.[0]?.from]).toEqual([20, '2026-03-11T17:00:00.000Z']);
  });

  test('the own lease is there, and no other in the list', async () => {
    const { body } = await malee.get(path('/leases'));
    expect((body.items as { id: string }[]).map(({ id }) => id)).toEqual([mine.lease]);
    expect((await malee.get(path(`/leases/${mine.lease}`))).body).toMatchObject({
      number: 'L-0',
      people: [{ name: 'Malee' }],
    });
    expect(((await manager.get(path('/leases'))).body.items as unknown[]).length).toBe(2);
  });

  test('what is another’s is answered as what is not there, to the letter', async () => {
    const asks: readonly (readonly [keyof typeof mine, (id: string) => string])[] = [
      ['room', (id) => `/usage?place=${id}&${MARCH}`],
      ['meter', (id) => `/usage?meter=${id}&${MARCH}`],
      ['point', (id) => `/usage?point=${id}&${MARCH}`],
      ['point', (id) => `/usage.csv?point=${id}&${MARCH}&resolution=day`],
      ['room', (id) => `/readings.csv?place=${id}&${MARCH}`],
      ['room', (id) => `/latest?place=${id}`],
      ['meter', (id) => `/latest?meter=${id}`],
      ['point', (id) => `/points/${id}/quarter?at=2026-03-15T00:00:00Z`],
      ['point', (id) => `/points/${id}/reading?at=2026-03-15T00:00:00Z`],
      ['lease', (id) => `/leases/${id}`],
      ['lease', (id) => `/leases/${id}/handovers`],
    ];
    const told = ({ status, body }: Answer, id: string) =>
      JSON.stringify({ status, ...body, requestId: null }).replaceAll(id, 'ID');
    for (const [kind, ask] of asks) {
      const none = randomUUID();
      const refused = await malee.get(path(ask(theirs[kind])));
      expect([ask('…'), refused.status]).toEqual([ask('…'), 404]);
      expect(told(refused, theirs[kind])).toBe(told(await malee.get(path(ask(none))), none));
      // The client of the tests reads JSON only; the file itself stands in tenancy.test.ts.
      if (!ask('').includes('csv'))
        expect((await malee.get(path(ask(mine[kind])))).status, ask('own')).toBe(200);
    }
  });

  test('nothing is changed, and the building as a whole is not looked at', async () => {
    for (const [method, rest] of [
      ['POST', '/leases'],
      ['PATCH', `/leases/${mine.lease}`],
      ['POST', `/leases/${mine.lease}/move-out`],
      ['POST', '/move-ins'],
      ['GET', '/parties'],
      ['GET', `/buildings/${site.building}/occupancy`],
    ] as const) {
      const body = method === 'GET' ? undefined : {};
      expect([rest, (await malee.ask(method, path(rest), body)).status]).toEqual([rest, 403]);
    }
  });
});

test('by the routes a lease is agreed on, changed once, and cancelled', async () => {
  const { owner } = stage.ground.pools;
  const room = await new Let(owner, site).room('109');
  const given = {
    building: site.building,
    number: 'L-9',
    firstDay: '2026-05-01',
    lastDay: '2027-04-30',
    place: room,
    rent: '4500',
    people: [{ new: { name: 'Nok' }, role: 'tenant' }],
  };
  const added = await manager.post(path('/leases'), given);
  expect(added).toMatchObject({
    status: 201,
    body: { state: 'draft', lastDay: '2027-04-30', rents: [{ fromDay: '2026-05-01', amount: '4500.00' }] },
  });
  const lease = String(added.body.id);
  const patch = (body: object) => manager.ask('PATCH', path(`/leases/${lease}`), body);
  expect(await patch({ version: 1, lastDay: null })).toMatchObject({
    status: 200,
    body: { lastDay: null, version: 2, stays: [{ to: null }] },
  });
  expect(await patch({ version: 1, note: 'late' })).toMatchObject({
    status: 409,
    body: { code: 'lease_changed' },
  });
  expect(await manager.post(path('/leases'), { ...given, number: 'L-10' })).toMatchObject({
    ...{
      status: 409,
      body: { code: 'lease_room_taken', detail: expect.stringContaining('room 109 is let under L-9') },
    },
  });
  expect(
    (await manager.get(path(`/buildings/${site.building}/occupancy?from=2026-05-01&to=2026-05-31`))).body,
  ).toMatchObject({
    totals: { rooms: 3, occupied: 2, reserved: 1 },
  });
  expect(await manager.post(path(`/leases/${lease}/cancel`), { reason: 'found another' })).toMatchObject({
    body: { state: 'cancelled' },
  });
});
