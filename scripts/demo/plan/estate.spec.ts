import { expect, test } from 'vitest';
import { buildBuilding, buildingSchema } from '../../../edge/src/simulator/index.ts';
import { bangkokRooms, SIGN_INS } from './bangkok.ts';
import { addDays, addMonths, dayAt, dayInMonth, midnight } from './days.ts';
import { planEstate } from './estate.ts';
import type { BuildingPlan } from './estate.types.ts';
import { meterList, roomList, tenantList } from './lists.ts';
import { type StayPlan, staysOf } from './tenancies.ts';
import { emptySpans, virtualBuilding } from './virtual.ts';

const DAYS = ['2026-11-20', '2026-12-31', '2027-03-01', '2028-02-29', '2027-01-01'];
const cases = DAYS.flatMap((today) => ['a', 'b', 'c', 'd', 'e', 'f'].map((seed) => [today, seed] as const));
const at = (day: string) => midnight(day) + 12 * 3_600_000;

const staysIn = ({ leases }: BuildingPlan, room: string): StayPlan[] =>
  leases
    .flatMap(staysOf)
    .filter((stay) => stay.room === room)
    .sort((a, b) => a.from - b.from);
const livedIn = (building: BuildingPlan, room: string, ms: number) =>
  staysIn(building, room).filter(({ from, to }) => from <= ms && ms < (to ?? Number.POSITIVE_INFINITY));

test.each(cases)('on %s, seed %s: a dormitory of 40 rooms, and a housing block', (today, seed) => {
  const { buildings, since } = planEstate(seed, today);
  const [bangkok, jakarta] = buildings;
  expect(bangkok.places.filter(({ kind }) => kind === 'room')).toHaveLength(40);
  expect(bangkok.floors).toHaveLength(5);
  expect(jakarta.places.filter(({ kind }) => kind === 'room')).toHaveLength(14);
  expect([bangkok.zone, bangkok.currency, jakarta.zone, jakarta.currency]).toEqual([
    ...['Asia/Bangkok', 'THB', 'Asia/Jakarta', 'IDR'],
  ]);
  expect(since <= addMonths(today, -12)).toBe(true);
  for (const building of buildings) {
    for (const { name, kind } of building.places) {
      const here = building.meters.filter(({ place }) => place === name);
      if (kind === 'room') expect(here.map(({ medium }) => medium)).toEqual(['electricity', 'water']);
      else expect(here.length).toBeGreaterThan(0);
    }
    const labels = building.meters.map(({ label }) => label);
    const serials = building.meters.map(({ serial }) => serial);
    expect(new Set([...labels, ...serials]).size).toBe(2 * labels.length);
    for (const { main, role } of building.meters) expect(main === null).toBe(role === 'main');
    for (const { main } of building.meters) if (main !== null) expect(labels).toContain(main);
    const places = new Set(building.meters.map(({ bus, unit }) => `${bus} ${unit}`));
    expect(places.size).toBe(labels.length);
  }
});

test.each(cases)(
  'on %s, seed %s: nobody lives where somebody lives, and names are told apart',
  (today, seed) => {
    for (const building of planEstate(seed, today).buildings) {
      for (const { name } of building.places) {
        const stays = staysIn(building, name);
        for (const [i, stay] of stays.entries()) {
          const next = stays[i + 1];
          expect(stay.to === null || stay.to > stay.from).toBe(true);
          if (next) expect(stay.to !== null && stay.to <= next.from).toBe(true);
        }
      }
      const { leases } = building;
      // The list comes in before the moves that are written down one by one, and must make sense without them.
      for (const { name } of building.places) {
        const listed = leases
          .filter(({ way, room }) => way === 'listed' && room === name)
          .sort((a, b) => (a.first < b.first ? -1 : 1));
        for (const [i, { last }] of listed.entries())
          if (listed[i + 1]) expect(last !== null && last < (listed[i + 1]?.first ?? '')).toBe(true);
      }
      for (const key of ['id', 'number'] as const)
        expect(new Set(leases.map((lease) => lease[key])).size).toBe(leases.length);
      const people = leases.flatMap((lease) => lease.people);
      expect(new Set(people.map(({ name }) => name)).size).toBe(people.length);
      const phones = people.flatMap(({ phone }) => phone ?? []);
      expect(new Set(phones).size).toBe(phones.length);
      // What is written down by hand has happened; what the list says was agreed before.
      for (const { moves, way, first } of leases) {
        for (const { day, clock } of moves) {
          expect(day < today).toBe(true);
          expect(clock).toMatch(/^\d\d:(00|15|30|45)$/);
        }
        expect(first > today).toBe(way === 'agreed');
        expect(moves[0]?.kind === 'move-in').toBe(way === 'moved-in');
      }
    }
  },
);

test.each(cases)('on %s, seed %s: moves in the middle of months, vacancies and the rest', (today, seed) => {
  const [bangkok, jakarta] = planEstate(seed, today).buildings;
  const month = (months: number, nth: number) => dayInMonth(today, months, nth);
  const middles = bangkok.leases.filter(({ first }) => first.slice(8) !== '01');
  expect(middles.length).toBeGreaterThan(30);
  // Two tenants of one room in one month, who has left has a sign-in; and two on one day.
  expect(livedIn(bangkok, '302', at(month(-1, 11)))[0]?.lease.people[0].name).toBe(
    SIGN_INS.former.tenant.name,
  );
  expect(livedIn(bangkok, '302', at(month(-1, 15)))).toEqual([]);
  expect(livedIn(bangkok, '302', at(month(-1, 18)))).toHaveLength(1);
  expect(
    staysIn(bangkok, '305').filter(({ from, to }) => [from, to ?? 0].map(dayAt).includes(month(-2, 15))),
  ).toHaveLength(2);
  // A room change.
  const changed = bangkok.leases.find(({ moves }) => moves.some(({ kind }) => kind === 'change-room'));
  expect(changed && staysOf(changed).map(({ room }) => room)).toEqual(['204', '408']);
  const now = at(today);
  const occupied = bangkokRooms().filter((room) => livedIn(bangkok, room, now).length > 0);
  expect(occupied.length).toBeGreaterThanOrEqual(28);
  for (const room of ['108', '503', '505', '506']) expect(occupied).not.toContain(room);
  expect(bangkok.outages.map(({ room }) => room)).toEqual(['503']);
  expect(bangkok.leases.filter(({ way }) => way === 'agreed').map(({ room }) => room)).toEqual(['505']);
  const roles = new Set(bangkok.leases.flatMap(({ people }) => people.map(({ role }) => role)));
  expect(roles).toEqual(new Set(['tenant', 'co-tenant', 'payer', 'guarantor']));
  expect(livedIn(jakarta, 'B-2', now)).toEqual([]);
});

test('is the same for the same seed and day, and another for another seed', () => {
  const plan = (seed: string) => planEstate(seed, '2026-11-20');
  expect(plan('x')).toEqual(plan('x'));
  expect(plan('x').buildings[0].leases).not.toEqual(plan('y').buildings[0].leases);
});

test.each(DAYS)('on %s the virtual buildings can be built, and use little where nobody lives', (today) => {
  const plan = planEstate('c', today);
  for (const building of plan.buildings) {
    const built = buildBuilding(buildingSchema.parse(virtualBuilding(plan, building)), Date.now());
    if (!built.ok) throw new Error(JSON.stringify(built.faults));
    expect(built.value.points).toHaveLength(building.meters.length);
    if (building.key === 'jakarta') continue;
    const used = (meter: string, from: string, to: string): bigint => {
      const point = built.value.pointOf(meter, midnight(from));
      return (
        built.value.truth(point, midnight(to)).quantity - built.value.truth(point, midnight(from)).quantity
      );
    };
    // In the first days: every day before is drawn as well.
    const [from, to] = [addDays(plan.since, 2), addDays(plan.since, 9)];
    expect(used('w-506', from, to)).toBe(0n);
    expect(used('e-506', from, to)).toBeLessThan(used('e-201', from, to) / 4n);
  }
});

test('a day on which somebody still or already lives there is not empty', () => {
  const [bangkok] = planEstate('d', '2026-11-20').buildings;
  expect(emptySpans(staysIn(bangkok, '302'), '2025-11-01')).toContainEqual({
    from: '2026-10-13T00:00:00+07:00',
    to: '2026-10-17T00:00:00+07:00',
  });
  for (const { from } of emptySpans(staysIn(bangkok, '305'), '2025-11-01'))
    expect(from).not.toContain('2026-09-15');
});

test('lists are those of the country', () => {
  const [bangkok, jakarta] = planEstate('e', '2026-11-20').buildings;
  expect(roomList(bangkok).split('\n')[1]).toBe('101,,ชั้น 1,ห้องพัก,28.5,3');
  expect(meterList(bangkok)).toMatch(/^E-101,22\d{6},101,ย่อย,ไฟฟ้า,eastron-sdm120m@1,E-MAIN$/m);
  expect(meterList(jakarta)).toMatch(/^AIR-A-1,82\d{6},A-1,sub,air,,AIR-INDUK$/m);
  const [header = '', ...lines] = tenantList(bangkok).trimEnd().split('\n');
  expect(lines.every((line) => line.split(',').length >= header.split(',').length)).toBe(true);
  expect(lines.find((line) => line.startsWith('201,'))).toContain(
    'มาลี สุขใจ,Malee Sukjai,tenant,081 234 0201',
  );
  expect(lines.filter((line) => line.includes('/256')).length).toBe(lines.length);
  expect(tenantList(jakarta)).toContain('Budi Santoso');
});
