import { Temporal } from 'temporal-polyfill';
import { formatMoney, money } from '../kernel/money.ts';
import { dayBefore } from './domain/days.ts';
import type { FullLease, Handover, Lease, LeasePerson, ListedLease, Party } from './leases.types.ts';
import type { MoveDone } from './moves.service.ts';
import type { OccupancyService } from './occupancy.service.ts';

/** As people say it: last days inclusive, amounts as decimals, instants as text. */

const textOf = (at: Temporal.Instant) => at.toString({ smallestUnit: 'millisecond' });
const fromMs = (at: number) => textOf(Temporal.Instant.fromEpochMilliseconds(at));
const lastDayOf = (endDay: string | null): string | null => (endDay === null ? null : dayBefore(endDay));
const amountIn = (currency: string) => (minor: bigint) => formatMoney(money(minor, currency));
const saidDays = ({ fromDay, toDay }: Pick<LeasePerson, 'fromDay' | 'toDay'>) => ({
  firstDay: fromDay,
  lastDay: lastDayOf(toDay),
});

function saidTerms(lease: Lease) {
  const { id, building, number, state, startDay, endDay, cycleDay, currency, depositMinor } = lease;
  const { depositHandling, billingAddress, noticeDays, note, version, createdAt } = lease;
  return {
    ...{ id, building, number, state, firstDay: startDay, lastDay: lastDayOf(endDay), cycleDay, currency },
    ...{
      deposit: amountIn(currency)(depositMinor),
      depositHandling,
      billingAddress,
      noticeDays,
      note,
      version,
    },
    createdAt: textOf(createdAt),
  };
}

export function saidLease(lease: FullLease) {
  const amount = amountIn(lease.currency);
  return {
    ...saidTerms(lease),
    stays: lease.stays.map(({ place, name, from, to }) => ({
      ...{ place, name, from: fromMs(from) },
      to: to === null ? null : fromMs(to),
    })),
    people: lease.people.map(({ id, party, name, role, ...days }) => ({
      ...{ id, party, name, role },
      ...saidDays(days),
    })),
    services: lease.services.map(({ id, kind, label, minor, per, ...days }) => ({
      ...{ id, kind, label, amount: amount(minor), per },
      ...saidDays(days),
    })),
    rents: lease.rents.map(({ fromDay, minor }) => ({ fromDay, amount: amount(minor) })),
  };
}

export function saidListed(lease: ListedLease) {
  const { place, placeName, tenants } = lease;
  return { ...saidTerms(lease), place, placeName, tenants: [...tenants] };
}

export function saidHandover({ at, createdAt, undoneAt, protocol, readings, ...rest }: Handover) {
  return {
    ...rest,
    at: textOf(at),
    createdAt: textOf(createdAt),
    undoneAt: undoneAt === null ? null : textOf(undoneAt),
    protocol: {
      ...(protocol.notes !== undefined && { notes: protocol.notes }),
      ...(protocol.keys !== undefined && { keys: protocol.keys }),
      ...(protocol.photos && { photos: [...protocol.photos] }),
    },
    readings: readings.map((reading) => ({
      ...reading,
      at: textOf(reading.at),
      count: reading.count === null ? null : String(reading.count),
    })),
  };
}

export const saidMove = ({ lease, handover }: MoveDone) => ({
  lease: saidLease(lease),
  handover: saidHandover(handover),
});

export const saidParty = ({ createdAt, ...party }: Party) => ({ ...party, createdAt: textOf(createdAt) });

type Occupancy = Awaited<ReturnType<OccupancyService['building']>>;

export function saidOccupancy({ zone, at, fromDay, toDay, rooms }: Occupancy) {
  const count = (state: string) => rooms.filter((room) => room.state === state).length;
  const sum = (key: 'occupiedDays' | 'vacantDays') => rooms.reduce((total, room) => total + room[key], 0);
  const [occupiedDays, vacantDays] = [sum('occupiedDays'), sum('vacantDays')];
  const lettable = occupiedDays + vacantDays;
  return {
    ...{ zone, at: fromMs(at), from: fromDay, to: dayBefore(toDay) },
    days: (Date.parse(toDay) - Date.parse(fromDay)) / 86_400_000,
    rooms: rooms.map((room) => ({
      ...room,
      from: room.from === null ? null : fromMs(room.from),
      to: room.to === null ? null : fromMs(room.to),
    })),
    totals: {
      ...{ rooms: rooms.length, occupied: count('occupied'), reserved: count('reserved') },
      ...{ outOfService: count('out-of-service'), free: count('free'), occupiedDays, vacantDays },
      share: lettable === 0 ? 0 : Math.round((occupiedDays / lettable) * 10_000) / 10_000,
    },
  };
}
