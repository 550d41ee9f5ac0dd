import type { Temporal } from 'temporal-polyfill';
import type { Profiles } from '../ingest/index.ts';
import type { Ids } from '../kernel/ids.ts';
import { dateAt, startOfDay } from '../kernel/period.ts';
import { type LeaseEntry, type LeaseLists, leaseLists } from '../leases/index.ts';
import type { Transaction } from '../platform/db/index.ts';
import { type ListedBuilding, type SiteLists, siteLists } from '../sites/index.ts';
import type { Plan } from './domain/change.ts';
import type { LineRules } from './domain/line-cells.ts';
import type { ListKind } from './domain/list-columns.ts';
import { type KnownProfile, type Measures, planMeters } from './domain/meters.ts';
import { planRooms } from './domain/rooms.ts';
import { type PersonRole, SERVICES } from './domain/tenant-lines.ts';
import { type KnownLease, planTenants } from './domain/tenants.ts';
import type { OpenedList } from './opened-list.ts';

/** What was done to one thing: an audit entry and an event each. */
export interface Told {
  readonly action: string;
  readonly subject: { readonly type: string; readonly id: string };
  readonly fields: readonly string[];
}

/** A plan, and how it is carried out. */
export interface Prepared {
  readonly plan: Omit<Plan<unknown>, 'writes'>;
  carryOut(): Promise<readonly Told[]>;
}

export interface ListWork {
  readonly tx: Transaction;
  readonly building: ListedBuilding;
  readonly list: OpenedList;
  readonly rules: LineRules;
  readonly profiles: Profiles;
  readonly ids: Ids;
  readonly now: Temporal.Instant;
  readonly since: string | undefined;
}

/** What each kind of list asks of the database, what it makes of it, and what it writes. */
export const LISTS: Readonly<Record<ListKind, (work: ListWork) => Promise<Prepared>>> = {
  rooms: prepareRooms,
  meters: prepareMeters,
  tenants: prepareTenants,
};

async function prepareRooms({ tx, building, list, rules, ids, now }: ListWork): Promise<Prepared> {
  const sites: SiteLists = tx.bind(siteLists);
  const nextId = () => ids.next();
  const places = await sites.places(building.id);
  const { writes, ...plan } = planRooms({ rows: list.rows, columns: list.columns, rules, places, nextId });
  return {
    plan,
    async carryOut() {
      await sites.addPlaces(building.id, writes.added, now);
      await sites.changePlaces(writes.changed);
      return [
        ...writes.added.map(told('place', 'place.added', ['building', 'name', 'kind'])),
        ...writes.changed.map(told('place', 'place.changed', ['otherName', 'parent', 'areaM2', 'capacity'])),
      ];
    },
  };
}

const UNIT: Readonly<Record<Measures, string>> = { electricity: 'Wh', water: 'mL' };

async function prepareMeters(work: ListWork): Promise<Prepared> {
  const { tx, building, list, rules, profiles, ids, now, since } = work;
  const sites: SiteLists = tx.bind(siteLists);
  const { writes, ...plan } = planMeters({
    rows: list.rows,
    columns: list.columns,
    rules,
    places: await sites.places(building.id),
    meters: await sites.meters(building.id),
    profiles: knownProfiles(profiles),
    since: since ?? dateAt(now, building.zone).toString(),
    nextId: () => ids.next(),
  });
  return {
    plan,
    async carryOut() {
      await sites.addMeters(building.id, writes.added, now);
      await sites.changeMeters(writes.changed);
      // What a profile's register counts stands in the profile; what people read is in whole base units.
      const points = writes.points.map((point) => ({
        ...point,
        unit: point.register === null ? UNIT[point.measures] : null,
      }));
      await sites.addPoints(points, now);
      await sites.install(building.zone, writes.installations);
      return [
        ...writes.added.map(
          told('meter', 'meter.added', ['building', 'role', 'label', 'serial', 'measures']),
        ),
        ...writes.changed.map(
          told('meter', 'meter.changed', ['label', 'serial', 'role', 'measures', 'parent']),
        ),
        ...points.map(told('point', 'point.added', ['class', 'register', 'meter'])),
        ...writes.installations.map(({ point }) =>
          told('point', 'point.installed', ['meter', 'place', 'from'])({ id: point }),
        ),
      ];
    },
  };
}

function knownProfiles(profiles: Profiles): ReadonlyMap<string, KnownProfile> {
  return new Map(
    [...profiles].map(([name, { medium, registers }]) => [
      name,
      {
        measures: medium === 'pulses' ? null : medium,
        registers: registers
          .filter((register) => register.role === 'counter' && register.billing === true)
          .map((register) => `${name}/${register.name}`),
      },
    ]),
  );
}

const LANGUAGE: Readonly<Record<string, 'th' | 'id'>> = { THB: 'th', IDR: 'id' };

async function prepareTenants({ tx, building, list, rules, ids, now }: ListWork): Promise<Prepared> {
  const leases: LeaseLists = tx.bind(leaseLists);
  const { writes, ...plan } = planTenants({
    rows: list.rows,
    columns: list.columns,
    rules,
    building: building.id,
    language: LANGUAGE[building.currency] ?? 'en',
    today: dateAt(now, building.zone).toString(),
    startOf: (day) => startOfDay(day, building.zone).epochMilliseconds,
    places: await tx.bind(siteLists).places(building.id),
    leases: (await leases.leases()).map(knownLease),
    stays: await leases.stays(building.id),
    parties: await leases.parties(),
    nextId: () => ids.next(),
  });
  return {
    plan,
    async carryOut() {
      await leases.addParties(writes.parties, now);
      await leases.changeParties(writes.changedParties);
      await leases.addLeases(writes.leases, building.currency, now);
      await leases.changeLeases(writes.changedLeases);
      await leases.addStays(building.id, writes.stays);
      await leases.addPeople(writes.people);
      await leases.addServices(writes.services.map((service) => ({ ...service, ...SERVICE[service.kind] })));
      return [
        ...writes.parties.map(told('party', 'party.added', ['name', 'phone', 'email'])),
        ...writes.changedParties.map(
          told('party', 'party.changed', ['otherName', 'phone', 'email', 'taxId']),
        ),
        ...writes.leases.map(
          told('lease', 'lease.added', ['number', 'start', 'end', 'rent', 'rooms', 'people']),
        ),
        // Who lives there already has moved in, though nobody wrote a handover.
        ...writes.leases
          .filter(({ state }) => state === 'active')
          .map(told('lease', 'lease.started', ['state', 'room'])),
        ...writes.changedLeases.map(told('lease', 'lease.changed', ['end', 'deposit', 'cycleDay', 'note'])),
      ];
    },
  };
}

const knownLease = ({ people, services, ...lease }: LeaseEntry): KnownLease => ({
  ...lease,
  people: people.map(({ party, role }) => ({ party, role: role as PersonRole })),
  services: services.flatMap(({ kind, amount }) => {
    const known = SERVICES.find((each) => SERVICE[each].kind === kind);
    return known === undefined ? [] : [{ kind: known, amount }];
  }),
});

const SERVICE = {
  internet: { kind: 'internet', label: 'Internet' },
  parking: { kind: 'parking', label: 'Parking' },
  furniture: { kind: 'furniture', label: 'Furniture' },
  cleaning: { kind: 'cleaning', label: 'Cleaning' },
  commonFee: { kind: 'common-fee', label: 'Common fee' },
} as const;

const told =
  (type: string, action: string, fields: readonly string[]) =>
  ({ id }: { readonly id: string }): Told => ({ action, subject: { type, id }, fields });
