import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ManualService } from '../../src/ingest/index.ts';
import { leaseRecords } from '../../src/leases/lease-records.ts';
import { leaseEvents } from '../../src/leases/leases.events.ts';
import { LeasesService, type LeaseToAdd } from '../../src/leases/leases.service.ts';
import type { LeasesParts } from '../../src/leases/leases.types.ts';
import { type MoveGiven, MovesService } from '../../src/leases/moves.service.ts';
import { OccupancyService } from '../../src/leases/occupancy.service.ts';
import { PartiesService } from '../../src/leases/parties.service.ts';
import { PartyDataService } from '../../src/leases/party-data.service.ts';
import type { OutboxEvent } from '../../src/platform/db/index.ts';
import { BY, DoorStage, type House } from '../support/doors.ts';
import { TENANT_MAY } from '../support/leases.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
);
const at = (text: string) => Temporal.Instant.from(`${text}+07:00`);

let stage: DoorStage;
let parts: LeasesParts;
let leases: LeasesService;
let moves: MovesService;
let parties: PartiesService;
let house: House;
let by: {
  readonly organisation: string;
  readonly actor: typeof BY.actor;
  readonly roles: readonly ['owner'];
};
let rooms: Readonly<Record<'101' | '102' | '103', string>>;

beforeAll(async () => {
  stage = await DoorStage.open();
  parts = {
    db: stage.parts.db,
    clock: stage.parts.clock,
    ids: stage.parts.ids,
    manual: new ManualService(stage.parts),
    people: {
      invite: async (_organisation, given) => invitation(given.name),
      renew: async (_organisation, id) => ({ ...(await invitation('again')), id }),
    },
  };
  leases = new LeasesService(parts);
  moves = new MovesService(parts);
  parties = new PartiesService(parts);
});
afterAll(() => stage.close());

async function invitation(name: string) {
  const id = randomUUID();
  await stage.rows(
    `insert into invitation (id, organisation_id, name, roles, hash, created_at, ends_at)
     values ($1, $2, $3, '{tenant}', sha256(gen_random_uuid()::text::bytea), now(), now() + interval '1 day')`,
    [id, by.organisation, name],
  );
  return { id, address: `#${id}`, qr: null, endsAt: '2026-12-31T00:00:00Z' };
}

async function newHouse(): Promise<void> {
  house = await stage.addHouse(['101', '102', '103'], `House ${Math.random()}`);
  by = { ...BY, organisation: house.organisation, roles: ['owner'] };
  const found = await stage.rows<{ id: string; name: string }>(
    'select id, name from place where organisation_id = $1',
    [house.organisation],
  );
  rooms = Object.fromEntries(found.map(({ id, name }) => [name, id])) as typeof rooms;
}
const room = (name: string) =>
  house.rooms.find((each) => each.name === name) ?? { name, power: '', water: '' };
const counts = (name: string, power: string, water: string) => [
  { point: room(name).power, count: power },
  { point: room(name).water, count: water },
];
const agreed = (given: Partial<LeaseToAdd> = {}) =>
  leases.add(by, {
    ...{
      building: house.building,
      number: 'L-1',
      firstDay: '2026-03-01',
      place: rooms['101'],
      rent: '4500.00',
    },
    people: [{ new: { name: 'มาลี ใจดี', otherName: 'Malee Jaidee' }, role: 'tenant' }],
    ...given,
  });
const moveIn = (lease: string, given: Partial<MoveGiven> = {}) =>
  moves.move(by, lease, 'move-in', {
    at: at('2026-03-11T11:15'),
    readings: counts('101', '1000', '10'),
    ...given,
  });
const events = async (topic: string) =>
  (
    await stage.rows<{ payload: object }>(
      'select payload from outbox where organisation_id = $1 and topic = $2 order by id',
      [by.organisation, topic],
    )
  ).map(({ payload }) => payload);
const audited = async () =>
  (
    await stage.rows<{ action: string }>(
      'select action from audit_entry where organisation_id = $1 order by at, id',
      [by.organisation],
    )
  )
    .map(({ action }) => action)
    .filter((action) => /^(lease|party|reading)\./.test(action));

describe('from agreement to the end', () => {
  test('a lease keeps its room; keys and counts change hands in one step; each leaves its traces', async () => {
    await newHouse();
    const lease = await agreed({
      deposit: '9000',
      lastDay: '2027-02-28',
      services: [{ kind: 'internet', label: 'Wi-Fi', amount: '350.50', per: 'month' }],
    });
    expect(lease).toMatchObject({
      state: 'draft',
      currency: 'THB',
      depositMinor: 900_000n,
      endDay: '2027-03-01',
    });
    expect(lease.stays).toMatchObject([
      {
        name: '101',
        from: at('2026-03-01T00:00').epochMilliseconds,
        to: at('2027-03-01T00:00').epochMilliseconds,
      },
    ]);
    expect([lease.rents, lease.services]).toMatchObject([[{ minor: 450_000n }], [{ minor: 35_050n }]]);
    const { id: photo } = await new ManualService(stage.parts).addPhoto(
      by,
      'image/png',
      Readable.from([PNG]),
    );
    const [power, water] = counts('101', '1000', '10');
    const started = await moveIn(lease.id, {
      readings: [
        { ...power, point: room('101').power, photo },
        { ...water, point: room('101').water },
      ],
      protocol: { keys: '2 + card', notes: 'a scratch\non the door' },
    });
    expect(started.lease).toMatchObject({
      state: 'active',
      stays: [{ from: at('2026-03-11T11:15').epochMilliseconds }],
    });
    expect(started.handover).toMatchObject({
      kind: 'move-in',
      fromPlace: null,
      toPlace: rooms['101'],
      protocol: { keys: '2 + card', notes: 'a scratch on the door' },
    });
    expect(
      started.handover.readings.map(({ state, count, photo: of }) => [state, count, of !== null]),
    ).toEqual(
      expect.arrayContaining([
        ['entered', 1000n, true],
        ['entered', 10n, false],
      ]),
    );
    const changed = await moves.move(by, lease.id, 'room-change', {
      at: at('2026-04-20T16:45'),
      place: rooms['102'],
      readings: [...counts('101', '1400', '14'), ...counts('102', '2000', '20')],
    });
    expect(changed.handover.readings.map(({ side }) => side)).toEqual([
      'opening',
      'opening',
      'closing',
      'closing',
    ]);
    const left = await moves.move(by, lease.id, 'move-out', {
      at: at('2026-05-30T09:00'),
      readings: counts('102', '2300', '23'),
    });
    expect(left.lease).toMatchObject({ state: 'ended', endDay: '2027-03-01' });
    expect(left.lease.stays.map(({ name, to }) => [name, to])).toEqual([
      ['101', at('2026-04-20T16:45').epochMilliseconds],
      ['102', at('2026-05-30T09:00').epochMilliseconds],
    ]);
    const read = (await stage.readings()).filter((line) => line.startsWith(room('102').power));
    expect(read).toEqual([
      `${room('102').power} 2026-04-20T09:45:00Z 2000`,
      `${room('102').power} 2026-05-30T02:00:00Z 2300`,
    ]);
    expect((await audited()).filter((action) => action !== 'reading.entered')).toEqual([
      ...[
        'party.added',
        'lease.added',
        'reading.photo_added',
        'lease.started',
        'lease.room_changed',
        'lease.ended',
      ],
    ]);
    expect(await events('lease.ended')).toMatchObject([{ lease: lease.id, from: rooms['102'], to: null }]);
  });

  test('lease, people, room and counts in one step', async () => {
    await newHouse();
    const terms = { building: house.building, number: 'L-9', firstDay: '2026-03-11', place: rooms['103'] };
    const { lease, handover } = await moves.moveInto(
      by,
      {
        ...terms,
        people: [
          { new: { name: 'Somchai' }, role: 'tenant' },
          { new: { name: 'Co., Ltd.', kind: 'company' }, role: 'payer' },
        ],
      },
      { at: at('2026-03-11T14:00'), readings: counts('103', '5', '6') },
    );
    expect(lease).toMatchObject({ state: 'active', number: 'L-9', stays: [{ name: '103' }] });
    expect(lease.people.map(({ role }) => role)).toEqual(['tenant', 'payer']);
    expect(handover.readings.every(({ state }) => state === 'entered')).toBe(true);
  });
});

describe('nothing is half done', () => {
  test.each([
    ['a count that is missing', { readings: [] }, 'lease_readings_missing'],
    ['a meter of another room', { readings: [{ point: 'x', count: '1' }] }, 'lease_readings_missing'],
    ['no quarter hour', { at: at('2026-03-11T11:17') }, 'lease_move_refused'],
    [
      'a photo that is not there',
      {
        readings: [
          { point: 'power', count: '1', photo: randomUUID() },
          { point: 'water', count: '1' },
        ],
      },
      'reading_photo_not_found',
    ],
    ['the future', { at: at('2126-03-11T11:15') }, 'lease_move_refused'],
    ['no such room', { place: randomUUID() }, 'lease_room_not_found'],
    ['ten years early', { at: at('2016-03-11T11:15') }, 'lease_move_refused'],
    ['a photo of the protocol that is not there', { protocol: { photos: [randomUUID()] } }, 'lease_invalid'],
  ] as const)('%s leaves no trace', async (_what, given, code) => {
    await newHouse();
    const { id } = await agreed();
    const readings =
      'readings' in given
        ? given.readings.map((one) => ({
            ...one,
            point: one.point in room('101') ? String(Reflect.get(room('101'), one.point)) : one.point,
          }))
        : undefined;
    await expect(moveIn(id, { ...given, ...(readings && { readings }) })).rejects.toMatchObject({ code });
    expect((await leases.show(by, id)).state).toBe('draft');
    expect(await moves.handovers(by, id)).toEqual([]);
    expect(await stage.count('manual_reading', `organisation_id = '${by.organisation}'`)).toBe(0);
    expect(await events('lease.started')).toEqual([]);
  });

  test('a photo of another organisation is none', async () => {
    await newHouse();
    const { id: photo } = await new ManualService(stage.parts).addPhoto(
      by,
      'image/png',
      Readable.from([PNG]),
    );
    await newHouse();
    const { id } = await agreed();
    await expect(moveIn(id, { protocol: { photos: [photo] } })).rejects.toMatchObject({
      code: 'lease_invalid',
    });
  });

  test('an id that comes again is the same move, or refused', async () => {
    await newHouse();
    const first = await agreed();
    const second = await agreed({ number: 'L-2', place: rooms['102'] });
    const id = parts.ids.next();
    const done = await moveIn(first.id, { id });
    expect((await moveIn(first.id, { id })).handover).toEqual(done.handover);
    const taken = { code: 'handover_id_taken' };
    await expect(moveIn(second.id, { id, readings: counts('102', '1', '1') })).rejects.toMatchObject(taken);
    await expect(moveIn(first.id, { id, at: at('2026-03-11T11:30') })).rejects.toMatchObject(taken);
    const leaving = moves.move(by, first.id, 'move-out', { id, at: at('2026-03-11T11:15'), readings: [] });
    await expect(leaving).rejects.toMatchObject(taken);
    expect((await leases.show(by, second.id)).state).toBe('draft');
  });

  test('a count that does not fit is asked about before anything is written', async () => {
    await newHouse();
    const { id } = await agreed();
    await moveIn(id);
    const falling = { at: at('2026-04-11T11:15'), readings: counts('101', '900', '12') };
    await expect(moves.move(by, id, 'move-out', falling)).rejects.toMatchObject({
      code: 'reading_implausible',
    });
    expect((await leases.show(by, id)).state).toBe('active');
  });

  test('a process that dies after the move is finished by the event, and twice is once', async () => {
    await newHouse();
    const { id } = await agreed();
    const dying = new MovesService({
      ...parts,
      manual: {
        check: (...call) => parts.manual.check(...call),
        enter: () => Promise.reject(new Error('the plug was pulled')),
      },
    });
    const move = { id: parts.ids.next(), at: at('2026-03-11T11:15'), readings: counts('101', '1000', '10') };
    await expect(dying.move(by, id, 'move-in', move)).rejects.toThrow('the plug was pulled');
    // The move stands, its counts wait.
    const [waiting] = await moves.handovers(by, id);
    expect(waiting?.readings.map(({ state }) => state)).toEqual(['pending', 'pending']);
    const [payload = {}] = await events('handover.written');
    const handler = leaseEvents(parts)['handover.written'] ?? vi.fn();
    const event = { organisation: by.organisation, topic: 'handover.written', payload } as OutboxEvent;
    for (let i = 0; i < 2; i += 1)
      expect(await handler(event, AbortSignal.timeout(5_000))).toEqual({ kind: 'done' });
    const [settled] = await moves.handovers(by, id);
    expect(settled?.readings.map(({ state }) => state)).toEqual(['entered', 'entered']);
    // Sent again by whoever got no answer, it is the same move.
    expect((await moves.move(by, id, 'move-in', move)).handover.id).toBe(move.id);
    expect(await stage.count('manual_reading', `organisation_id = '${by.organisation}'`)).toBe(2);
    expect(await stage.count('handover', `organisation_id = '${by.organisation}'`)).toBe(1);
  });

  test('where a gateway reads the meter its own reading counts, and the display is a witness', async () => {
    await newHouse();
    const gateway = randomUUID();
    await stage.rows(
      "insert into gateway (id, organisation_id, building_id, name, kind) values ($1, $2, $3, 'G', 'signed')",
      [...[gateway, house.organisation, house.building]],
    );
    await stage.rows('update point set gateway_id = $1 where id = any($2)', [
      gateway,
      [room('101').power, room('101').water],
    ]);
    const { id } = await agreed();
    const { handover } = await moveIn(id, { readings: counts('101', '1000', '10').slice(0, 1) });
    expect(handover.readings.map(({ state, count }) => [state, count]).sort()).toEqual([
      ['own', null],
      ['witness', 1000n],
    ]);
    expect(await stage.count('manual_reading', `organisation_id = '${by.organisation}'`)).toBe(0);
  });
});

describe('one room, one lease at a time', () => {
  test('a second one is refused by one line that says whose it is, and follows after the first', async () => {
    await newHouse();
    const first = await agreed({ lastDay: '2026-05-31' });
    await moveIn(first.id);
    await expect(agreed({ number: 'L-2', firstDay: '2026-05-01' })).rejects.toMatchObject({
      code: 'lease_room_taken',
      message: expect.stringMatching(
        /^room 101 is let under L-1 from 2026-03-11T04:15Z to 2026-05-31T17:00Z$/,
      ),
    });
    const next = await agreed({ number: 'L-2', firstDay: '2026-06-01' });
    await expect(
      leases.change(by, first.id, (await leases.show(by, first.id)).version, { lastDay: '2026-06-15' }),
    ).rejects.toMatchObject({
      code: 'lease_room_taken',
      message: expect.stringContaining('under L-2 from'),
    });
    await leases.cancel(by, next.id, 'they found another');
    const { version } = await leases.show(by, first.id);
    expect((await leases.change(by, first.id, version, { lastDay: null })).stays[0]?.to).toBeNull();
  });

  test('two at once: one has the room', async () => {
    await newHouse();
    const both = await Promise.allSettled([agreed(), agreed({ number: 'L-2' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'lease_room_taken' },
    });
  });

  test('a number is one lease, however it is typed; what somebody else changed is not overwritten', async () => {
    await newHouse();
    const lease = await agreed({ number: 'A-101/2569' });
    await expect(agreed({ number: 'ａ-๑๐๑/2569', place: undefined })).rejects.toMatchObject({
      code: 'lease_number_taken',
    });
    await leases.change(by, lease.id, lease.version, { note: 'one' });
    await expect(leases.change(by, lease.id, lease.version, { note: 'other' })).rejects.toMatchObject({
      code: 'lease_changed',
    });
  });
});

describe('a wrong move', () => {
  test('is undone while it is the newest; what was read stays', async () => {
    await newHouse();
    const { id } = await agreed();
    const started = await moveIn(id);
    const left = await moves.move(by, id, 'move-out', {
      at: at('2026-04-11T11:15'),
      readings: counts('101', '1200', '12'),
    });
    await expect(moves.undo(by, started.handover.id, 'wrong room')).rejects.toMatchObject({
      code: 'handover_not_undone',
    });
    const back = await moves.undo(by, left.handover.id, 'they stay after all');
    expect(back.lease).toMatchObject({ state: 'active', endDay: null, stays: [{ to: null }] });
    expect((await moves.undo(by, started.handover.id, 'wrong room')).lease).toMatchObject({
      state: 'draft',
      stays: [{ from: at('2026-03-01T00:00').epochMilliseconds }],
    });
    expect(await stage.count('manual_reading', `organisation_id = '${by.organisation}'`)).toBe(4);
    expect((await audited()).filter((action) => action === 'lease.move_undone')).toHaveLength(2);
  });

  test('is not undone once the room is another’s', async () => {
    await newHouse();
    const { id } = await agreed();
    await moveIn(id);
    const left = await moves.move(by, id, 'move-out', {
      at: at('2026-04-11T11:15'),
      readings: counts('101', '1200', '12'),
    });
    await agreed({ number: 'L-2', firstDay: '2026-04-12' });
    await expect(moves.undo(by, left.handover.id, 'too late')).rejects.toMatchObject({
      code: 'lease_room_taken',
    });
  });
});

describe('who it is', () => {
  test('an invitation that was accepted makes the party a person, who finds the own lease and no other', async () => {
    await newHouse();
    const lease = await agreed();
    await moveIn(lease.id);
    const other = await agreed({ number: 'L-2', place: rooms['102'] });
    const party = lease.people[0]?.party ?? '';
    const invited = await parties.invite(by, party);
    const again = await parties.invite(by, party);
    expect(again.invitation).toBe(invited.invitation);
    const person = randomUUID();
    await stage.rows("insert into person (id, name, created_at) values ($1, 'Malee', now())", [person]);
    const joined = leaseEvents(parts)['person.joined'] ?? vi.fn();
    const event = {
      organisation: by.organisation,
      topic: 'person.joined',
      payload: { person, invitation: invited.invitation, roles: ['tenant'] },
    };
    for (let i = 0; i < 2; i += 1)
      expect(await joined(event as unknown as OutboxEvent, AbortSignal.timeout(5_000))).toEqual({
        kind: 'done',
      });
    expect((await audited()).filter((action) => action === 'party.joined')).toHaveLength(1);
    await expect(parties.invite(by, party)).rejects.toMatchObject({ code: 'party_joined' });
    const tenant = {
      organisation: by.organisation,
      actor: { kind: 'user', id: person, person },
      may: TENANT_MAY,
    };
    expect((await leases.list(tenant, { limit: 10 })).map(({ number }) => number)).toEqual(['L-1']);
    expect((await leases.show(tenant, lease.id)).people).toMatchObject([{ party, role: 'tenant' }]);
    expect(await moves.handovers(tenant, lease.id)).toMatchObject([
      { readings: [{ state: 'entered' }, { state: 'entered' }] },
    ]);
    const foreign = await leases.show(tenant, other.id).catch((error: unknown) => error);
    expect(foreign).toEqual(await leases.show(tenant, randomUUID()).catch((error: unknown) => error));
    await expect(leases.change(tenant, lease.id, 1, { note: 'mine' })).rejects.toThrow();
    expect((await leases.show(by, lease.id)).note).toBeNull();
  });

  test('is handed out what is known of them, kept while they rent, and forgotten after', async () => {
    await newHouse();
    const lease = await agreed({
      ...{ billingAddress: '9 Soi 1', lastDay: '2026-05-31', note: 'Malee pays late', deposit: '9000' },
      services: [{ kind: 'internet', label: 'Wi-Fi', amount: '350', per: 'month' }],
    });
    await moveIn(lease.id, { protocol: { notes: 'Malee has a cat', keys: '2' } });
    const person = randomUUID();
    await stage.rows("insert into person (id, name, created_at) values ($1, 'Malee', now())", [person]);
    await stage.rows('update party set person_id = $1 where id = $2', [person, lease.people[0]?.party]);
    const within = <T>(work: Parameters<typeof stage.parts.db.transaction<T>>[1]) =>
      stage.parts.db.transaction({ ...BY, organisation: by.organisation }, work);
    expect(await within((tx) => leaseRecords.collect(tx, person))).toMatchObject({
      parties: [{ name: 'มาลี ใจดี', otherName: 'Malee Jaidee' }],
      leases: [
        {
          ...{
            number: 'L-1',
            role: 'tenant',
            rooms: [{ room: '101' }],
            note: 'Malee pays late',
            depositMinor: '900000',
          },
          rents: [{ fromDay: '2026-03-01', amountMinor: '450000' }],
          services: [{ label: 'Wi-Fi', amountMinor: '35000' }],
          handovers: [{ protocol: { notes: 'Malee has a cat' }, readings: [{}, {}] }],
        },
      ],
    });
    expect(await within((tx) => leaseRecords.holds(tx, person))).toEqual([
      { reason: 'lease L-1 has not ended', until: '2026-06-01' },
    ]);
    await moves.move(by, lease.id, 'move-out', {
      at: at('2026-05-30T09:00'),
      readings: counts('101', '1200', '12'),
    });
    expect(await within((tx) => leaseRecords.holds(tx, person))).toEqual([]);
    for (let i = 0; i < 2; i += 1) await within((tx) => leaseRecords.forget(tx, person));
    const forgotten = await leases.show(by, lease.id);
    expect([forgotten.people[0]?.name, forgotten.billingAddress, forgotten.number]).toEqual([
      '–',
      null,
      'L-1',
    ]);
    expect(forgotten.note).toBeNull();
    const [handover] = await moves.handovers(by, lease.id);
    expect(handover?.protocol).toEqual({ keys: '2' });
    expect(await parties.list(by, { like: 'malee', limit: 10 })).toEqual([]);
  });

  test('without an account as well: handed out, kept while they rent, and forgotten after', async () => {
    await newHouse();
    const lease = await agreed({ note: 'Malee pays late' });
    await moveIn(lease.id);
    const id = lease.people[0]?.party ?? '';
    await parties.invite(by, id);
    const data = new PartyDataService(parts);
    expect(await data.export({ ...by, may: 'people.manage' }, id)).toMatchObject({
      parties: [{ otherName: 'Malee Jaidee' }],
      leases: [{ number: 'L-1', note: 'Malee pays late' }],
    });
    const forget = () => data.forget({ ...by, may: 'people.manage' }, id, 'she asked for it');
    await expect(forget()).rejects.toMatchObject({ code: 'party_held' });
    await moves.move(by, lease.id, 'move-out', {
      ...{ at: at('2026-05-30T09:00'), readings: counts('101', '1200', '12') },
    });
    for (let i = 0; i < 2; i += 1) await forget();
    expect(await parties.show(by, id)).toMatchObject({ name: '–', otherName: null });
    expect((await leases.show(by, lease.id)).note).toBeNull();
    const [invited] = await stage.rows(
      'select i.name, i.revoked_at is null as open from invitation i join party p on p.invitation_id = i.id where p.id = $1',
      [id],
    );
    expect(invited).toEqual({ name: '–', open: false });
    expect((await audited()).filter((action) => /forgotten|exported/.test(action))).toEqual([
      ...['party.exported', 'party.forgotten', 'party.forgotten'],
    ]);
    const elsewhere = by;
    await newHouse();
    await expect(data.export(by, id)).rejects.toMatchObject({ code: 'party_not_found' });
    by = elsewhere;
  });

  test('parties are found by either script', async () => {
    await newHouse();
    await agreed();
    for (const like of ['มาลี', 'malee', 'JAI'])
      expect(await parties.list(by, { like, limit: 10 })).toMatchObject([{ otherName: 'Malee Jaidee' }]);
    expect(await parties.list(by, { like: 'somchai', limit: 10 })).toEqual([]);
  });
});

test('occupancy of a building at an instant and over a month', async () => {
  await newHouse();
  const first = await agreed();
  await moveIn(first.id);
  await agreed({ number: 'L-2', place: rooms['102'], firstDay: '2026-05-01' });
  await stage.rows(
    `insert into place_outage (id, organisation_id, place_id, from_day, to_day, reason, author, created_at)
     values (gen_random_uuid(), $1, $2, '2026-03-01', '2026-04-01', 'new floor', 'operator', now())`,
    [by.organisation, rooms['103']],
  );
  const query = { at: at('2026-03-20T12:00'), firstDay: '2026-03-01', lastDay: '2026-03-31' };
  const { rooms: found } = await new OccupancyService(parts).building(by, house.building, query);
  expect(
    found.map(({ name, state, number, occupiedDays, vacantDays, outDays }) => [
      name,
      state,
      number,
      occupiedDays,
      vacantDays,
      outDays,
    ]),
  ).toEqual([
    ['101', 'occupied', 'L-1', 21, 10, 0],
    ['102', 'reserved', 'L-2', 0, 31, 0],
    ['103', 'out-of-service', null, 0, 0, 31],
  ]);
});
