import { isUuid } from '../kernel/ids.ts';
import { type Day, dayAfter } from './domain/days.ts';
import { type DepositHandling, type LeaseRole, STEPS } from './domain/lease.ts';
import { ending, explainRefusal, reserved, type Stay, type Tenancy } from './domain/moves.ts';
import { change, type LeaseTx, look, tell } from './lease-change.ts';
import { leasesError } from './leases.errors.ts';
import { type LeaseQuery, type LeasesStore, leasesStore } from './leases.store.ts';
import type { Acting, FullLease, LeaseService, LeasesParts, ListedLease } from './leases.types.ts';
import { type PartyGiven, partyFields } from './parties.service.ts';
import { partiesStore } from './parties.store.ts';
import { amountOf, dayOf, idOf, invalid, lineOf, optionalDay, optionalLine, reasonOf } from './text-rules.ts';

/** Somebody who is known already, or who is written down with the lease. */
export interface LeasePersonGiven {
  readonly party?: string | undefined;
  readonly new?: PartyGiven | undefined;
  readonly role: LeaseRole;
  readonly firstDay?: string | null | undefined;
  readonly lastDay?: string | null | undefined;
}

export interface LeaseServiceGiven {
  readonly kind: LeaseService['kind'];
  readonly label: string;
  readonly amount: string;
  readonly per: LeaseService['per'];
  readonly firstDay?: string | null | undefined;
  readonly lastDay?: string | null | undefined;
}

/** `null` takes a value back; what is left out stays. Days are those of the contract: first and last. */
export interface LeaseTerms {
  readonly number?: string | undefined;
  readonly firstDay?: string | undefined;
  readonly lastDay?: string | null | undefined;
  readonly cycleDay?: number | null | undefined;
  readonly deposit?: string | undefined;
  readonly depositHandling?: DepositHandling | undefined;
  readonly billingAddress?: string | null | undefined;
  readonly noticeDays?: number | null | undefined;
  readonly note?: string | null | undefined;
  /** Wholly anew. */
  readonly people?: readonly LeasePersonGiven[] | undefined;
  readonly services?: readonly LeaseServiceGiven[] | undefined;
  readonly rents?: readonly { readonly fromDay: string; readonly amount: string }[] | undefined;
}

export interface LeaseToAdd extends LeaseTerms {
  readonly id?: string | undefined;
  readonly building: string;
  readonly number: string;
  readonly firstDay: string;
  /** Kept for it from the first day on. */
  readonly place?: string | undefined;
  readonly currency?: string | undefined;
  /** From the first day on; later rents by `rents`. */
  readonly rent?: string | undefined;
}

/** Contracts: who rents what, from when, on what terms. Moves are of MovesService. */
export class LeasesService {
  readonly #parts: LeasesParts;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
  }

  list(by: Acting, query: LeaseQuery): Promise<readonly ListedLease[]> {
    return look(this.#parts, by, (tx) => tx.bind(leasesStore).list(query));
  }

  show(by: Acting, id: string): Promise<FullLease> {
    return look(this.#parts, by, (tx) => demandLease(tx.bind(leasesStore), id));
  }

  add(by: Acting, given: LeaseToAdd): Promise<FullLease> {
    return change(this.#parts, by, (tx) => addLease(this.#parts, tx, given));
  }

  /** What was read is what is changed: `version` is that of the lease as the caller has seen it. */
  change(by: Acting, id: string, version: number, given: LeaseTerms): Promise<FullLease> {
    return change(this.#parts, by, async (tx) => {
      const store = tx.bind(leasesStore);
      const lease = await demandLease(store, id, 'lock');
      if (lease.version !== version)
        throw leasesError('lease_changed', {
          message: `the lease is at version ${lease.version}, not ${version}; look at it again`,
        });
      if (lease.state === 'cancelled') throw invalid('a lease that was cancelled is not changed any more');
      const fields = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
      if (fields.length === 0) return lease;
      const next = withTerms(lease, given);
      if (given.firstDay !== undefined && lease.state !== 'draft')
        throw invalid('the first day stands once somebody has moved in');
      await saveDays(this.#parts, store, lease, next);
      await store.save(next);
      await saveLists(this.#parts, tx, next, given);
      await tell(tx, { action: 'lease.changed', subject: { type: 'lease', id }, fields });
      return demandLease(store, id);
    });
  }

  /** An agreement that never came to be: the room is free again, the number stays taken. */
  cancel(by: Acting, id: string, reason: string): Promise<FullLease> {
    const because = reasonOf(reason);
    return change(this.#parts, by, async (tx) => {
      const store = tx.bind(leasesStore);
      const lease = await demandLease(store, id, 'lock');
      if (lease.state !== STEPS.cancel.from)
        throw leasesError('lease_move_refused', {
          message: `the lease is ${lease.state}; only a draft is cancelled`,
        });
      await store.setStays(id, []);
      await store.save({ ...lease, state: STEPS.cancel.to });
      await tell(tx, { action: 'lease.cancelled', subject: { type: 'lease', id }, reason: because });
      return demandLease(store, id);
    });
  }
}

/** Also within a move-in, whose transaction it then shares. */
export async function addLease(parts: LeasesParts, tx: LeaseTx, given: LeaseToAdd): Promise<FullLease> {
  const store = tx.bind(leasesStore);
  const currency = isUuid(given.building) ? await store.currencyOf(given.building) : undefined;
  if (currency === undefined)
    throw leasesError('lease_room_not_found', { message: 'there is no such building' });
  const id = given.id === undefined ? parts.ids.next() : idOf(given.id, 'lease_not_found');
  const blank = {
    ...{ id, building: given.building, zone: '', number: '', state: 'draft', startDay: '', endDay: null },
    ...{ cycleDay: null, currency: given.currency ?? currency, depositMinor: 0n },
    ...{ depositHandling: 'refundable', billingAddress: null, noticeDays: null, note: null, version: 1 },
    ...{ createdAt: parts.clock.now(), stays: [], people: [], services: [], rents: [] },
  } as const satisfies FullLease;
  const lease = withTerms(blank, given);
  await store.add(lease);
  const stored = await demandLease(store, id);
  if (given.place !== undefined) {
    const place = idOf(given.place, 'lease_room_not_found');
    await store.demandRoom(given.building, place);
    await setStays(parts, store, id, reserved(stored, place).stays);
  }
  const rents = [
    ...(given.rent === undefined ? [] : [{ fromDay: lease.startDay, amount: given.rent }]),
    ...(given.rents ?? []),
  ];
  await saveLists(parts, tx, lease, { ...given, rents });
  const fields = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const payload = { building: given.building, place: given.place ?? null };
  await tell(tx, { action: 'lease.added', subject: { type: 'lease', id }, fields, payload });
  return demandLease(store, id);
}

export async function demandLease(
  store: LeasesStore,
  id: string,
  how: 'find' | 'lock' = 'find',
): Promise<FullLease> {
  const lease = isUuid(id) ? await store[how](id) : undefined;
  if (!lease) throw leasesError('lease_not_found');
  return lease;
}

export function setStays(
  { ids }: Pick<LeasesParts, 'ids'>,
  store: LeasesStore,
  lease: string,
  stays: readonly Stay[],
): Promise<void> {
  return store.setStays(
    lease,
    stays.map((stay) => ({ ...stay, id: ids.next() })),
  );
}

function withTerms(lease: FullLease, given: LeaseTerms): FullLease {
  const { cycleDay = lease.cycleDay, noticeDays = lease.noticeDays, depositHandling } = given;
  const text = (value: string | null | undefined, before: string | null, what: string, max: number) =>
    value === undefined ? before : optionalLine(value, what, max);
  const startDay = given.firstDay === undefined ? lease.startDay : dayOf(given.firstDay, 'the first day');
  const endDay =
    given.lastDay === undefined ? lease.endDay : endOf(optionalDay(given.lastDay, 'the last day'));
  if (endDay !== null && endDay <= startDay) throw invalid('the last day is before the first');
  return {
    ...lease,
    ...{ startDay, endDay, cycleDay, noticeDays },
    number: given.number === undefined ? lease.number : lineOf(given.number, 'the number', 40),
    depositMinor:
      given.deposit === undefined
        ? lease.depositMinor
        : amountOf(given.deposit, lease.currency, 'the deposit'),
    depositHandling: depositHandling ?? lease.depositHandling,
    billingAddress: text(given.billingAddress, lease.billingAddress, 'the billing address', 500),
    note: text(given.note, lease.note, 'the note', 500),
  };
}

const endOf = (lastDay: Day | null): Day | null => (lastDay === null ? null : dayAfter(lastDay));

/** A draft keeps its room from another first day on; an end that moves frees the room, or keeps it longer. */
async function saveDays(
  parts: LeasesParts,
  store: LeasesStore,
  before: FullLease,
  next: FullLease,
): Promise<void> {
  if (before.startDay === next.startDay && before.endDay === next.endDay) return;
  const place = before.stays.at(-1)?.place;
  const begun: Tenancy = before.state === 'draft' && place !== undefined ? reserved(next, place) : next;
  const ended = ending(begun, next.endDay);
  if (!ended.ok)
    throw leasesError('lease_move_refused', { message: explainRefusal(ended.error, 'move-out', next) });
  await setStays(parts, store, next.id, ended.value.stays);
}

async function saveLists(
  parts: LeasesParts,
  tx: LeaseTx,
  lease: FullLease,
  { people, services, rents }: LeaseTerms,
) {
  const store = tx.bind(leasesStore);
  if (people !== undefined) {
    const rows = [];
    for (const one of people)
      rows.push({
        ...{ id: parts.ids.next(), party: await partyOf(parts, tx, one), role: one.role },
        ...daysOf(one),
      });
    await store.setPeople(lease.id, rows);
  }
  if (services !== undefined)
    await store.setServices(
      lease.id,
      services.map(({ kind, label, amount, per, ...days }) => ({
        ...{ id: parts.ids.next(), kind, label: lineOf(label, 'the label of a service', 80) },
        ...{ minor: amountOf(amount, lease.currency, 'the price of a service'), per, ...daysOf(days) },
      })),
    );
  if (rents !== undefined) {
    const rows = rents.map(({ fromDay, amount }) => ({
      fromDay: dayOf(fromDay, 'the day of a rent'),
      minor: amountOf(amount, lease.currency, 'the rent'),
    }));
    if (new Set(rows.map(({ fromDay }) => fromDay)).size < rows.length)
      throw invalid('two rents begin on the same day');
    await store.setRents(lease.id, rows);
  }
}

async function partyOf(parts: LeasesParts, tx: LeaseTx, one: LeasePersonGiven): Promise<string> {
  const store = tx.bind(partiesStore);
  if ((one.party === undefined) === (one.new === undefined))
    throw invalid('say of each person either party, or new with the name');
  if (one.new === undefined) {
    const party = isUuid(one.party ?? '') ? await store.find(one.party ?? '') : undefined;
    if (!party) throw leasesError('party_not_found');
    return party.id;
  }
  const id = parts.ids.next();
  await store.add(id, partyFields(one.new), parts.clock.now());
  await tell(tx, { action: 'party.added', subject: { type: 'party', id }, fields: Object.keys(one.new) });
  return id;
}

function daysOf({ firstDay, lastDay }: Pick<LeasePersonGiven, 'firstDay' | 'lastDay'>): {
  readonly fromDay: Day | null;
  readonly toDay: Day | null;
} {
  const fromDay = optionalDay(firstDay, 'the first day');
  const toDay = endOf(optionalDay(lastDay, 'the last day'));
  if (fromDay !== null && toDay !== null && toDay <= fromDay)
    throw invalid('the last day is before the first');
  return { fromDay, toDay };
}
