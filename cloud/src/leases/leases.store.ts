import type { Temporal } from 'temporal-polyfill';
import { errorCode, type Transaction } from '../platform/db/index.ts';
import type { Stay } from './domain/moves.ts';
import type { Rent } from './domain/terms.ts';
import { leasesError } from './leases.errors.ts';
import * as sql from './leases.sql.ts';
import type { FullLease, Lease, LeasePerson, LeaseService, ListedLease, NamedStay } from './leases.types.ts';

type Row<T> = T & Record<string, unknown>;

/** To be bound: `tx.bind(leasesStore)`. */
export const leasesStore = (tx: Transaction): LeasesStore => new LeasesStore(tx);

export interface LeaseQuery {
  readonly building?: string | undefined;
  readonly state?: string | undefined;
  readonly place?: string | undefined;
  readonly party?: string | undefined;
  /** However it is typed. */
  readonly number?: string | undefined;
  /** The last of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const UNIQUE_VIOLATION = '23505';
const EXCLUSION_VIOLATION = '23P01';

export class LeasesStore {
  readonly #tx: Transaction;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  async list({
    building,
    state,
    place,
    party,
    number,
    after,
    limit,
  }: LeaseQuery): Promise<readonly ListedLease[]> {
    const given = [building, state, place, party, number, after].map((each) => each ?? null);
    return this.#all<ListedLease>(sql.LEASES_SQL, ...given, limit);
  }

  find(id: string): Promise<FullLease | undefined> {
    return this.#full(sql.LEASE_SQL, id);
  }

  lock(id: string): Promise<FullLease | undefined> {
    return this.#full(sql.LOCK_LEASE_SQL, id);
  }

  async currencyOf(building: string): Promise<string | undefined> {
    return (await this.#all<{ currency: string }>(sql.CURRENCY_SQL, building))[0]?.currency;
  }

  async add(lease: Omit<Lease, 'zone' | 'state' | 'version'>): Promise<void> {
    const { id, building, number, startDay, endDay, cycleDay, currency, depositMinor, createdAt } = lease;
    await this.#write(
      ...[sql.ADD_LEASE_SQL, id, building, number, startDay, endDay, cycleDay, currency, depositMinor],
      ...[lease.depositHandling, lease.billingAddress, lease.noticeDays, lease.note, createdAt],
    );
  }

  async save(lease: Lease): Promise<void> {
    const { id, number, state, startDay, endDay, cycleDay, depositMinor, depositHandling } = lease;
    await this.#write(
      ...[sql.SAVE_LEASE_SQL, id, number, state, startDay, endDay, cycleDay, depositMinor, depositHandling],
      ...[lease.billingAddress, lease.noticeDays, lease.note],
    );
  }

  /** Where they live over time, wholly anew; refused, with whose it is, when a room is another's at that time. */
  async setStays(lease: string, stays: readonly (Stay & { readonly id: string })[]): Promise<void> {
    const columns = [
      stays.map(({ place }) => place),
      stays.map(({ from }) => timeText(from)),
      stays.map(({ to }) => (to === null ? null : timeText(to))),
    ];
    await this.#tx.query(sql.DROP_STAYS_SQL, [this.#tx.organisation, lease]);
    const [taken] = await this.#all<Taken>(sql.TAKEN_SQL, lease, ...columns);
    if (taken) throw roomTaken(taken);
    await this.#write(
      sql.ADD_STAYS_SQL,
      lease,
      stays.map(({ id }) => id),
      ...columns,
    );
  }

  async demandRoom(building: string, place: string): Promise<void> {
    const [room] = await this.#all(sql.ROOM_SQL, building, place);
    if (!room) throw leasesError('lease_room_not_found');
  }

  async setPeople(lease: string, people: readonly Omit<LeasePerson, 'name'>[]): Promise<void> {
    await this.#tx.query(sql.DROP_PEOPLE_SQL, [this.#tx.organisation, lease]);
    await this.#write(
      ...[sql.ADD_PEOPLE_SQL, lease, people.map(({ id }) => id), people.map(({ party }) => party)],
      ...[people.map(({ role }) => role), ...dayColumns(people)],
    );
  }

  async setServices(lease: string, services: readonly LeaseService[]): Promise<void> {
    await this.#tx.query(sql.DROP_SERVICES_SQL, [this.#tx.organisation, lease]);
    await this.#write(
      ...[sql.ADD_SERVICES_SQL, lease, services.map(({ id }) => id), services.map(({ kind }) => kind)],
      ...[services.map(({ label }) => label), services.map(({ minor }) => minor)],
      ...[services.map(({ per }) => per), ...dayColumns(services)],
    );
  }

  async setRents(lease: string, rents: readonly Rent[]): Promise<void> {
    await this.#tx.query(sql.DROP_RENTS_SQL, [this.#tx.organisation, lease]);
    await this.#write(
      ...[sql.ADD_RENTS_SQL, lease, rents.map(({ fromDay }) => fromDay), rents.map(({ minor }) => minor)],
    );
  }

  async #full(text: string, id: string): Promise<FullLease | undefined> {
    const [lease] = await this.#all<Lease>(text, id);
    if (!lease) return undefined;
    const of = async <T extends object>(text: string) => (await this.#tx.query<Row<T>>(text, [id])).rows;
    return {
      ...lease,
      stays: await of<NamedStay>(sql.STAYS_SQL),
      people: await of<LeasePerson>(sql.PEOPLE_SQL),
      services: await of<LeaseService>(sql.SERVICES_SQL),
      rents: await of<Rent>(sql.RENTS_SQL),
    };
  }

  async #all<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]> {
    return (await this.#tx.query<Row<T>>(text, [this.#tx.organisation, ...values])).rows;
  }

  async #write(text: unknown, ...values: readonly unknown[]): Promise<void> {
    try {
      await this.#tx.query(String(text), [this.#tx.organisation, ...values]);
    } catch (error) {
      if (errorCode(error) === UNIQUE_VIOLATION) throw leasesError('lease_number_taken', { cause: error });
      // Somebody was a moment faster than the question who has the room.
      if (errorCode(error) === EXCLUSION_VIOLATION) throw leasesError('lease_room_taken', { cause: error });
      throw error;
    }
  }
}

interface Taken {
  readonly number: string;
  readonly name: string;
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant | null;
}

function roomTaken({ number, name, from, to }: Taken) {
  const until = to === null ? '' : ` to ${to.toString({ smallestUnit: 'minute' })}`;
  const message = `room ${name} is let under ${number} from ${from.toString({ smallestUnit: 'minute' })}${until}`;
  return leasesError('lease_room_taken', { message, details: { number } });
}

const timeText = (at: number): string => new Date(at).toISOString();
const dayColumns = (
  rows: readonly { readonly fromDay: string | null; readonly toDay: string | null }[],
): readonly (readonly (string | null)[])[] => [
  rows.map(({ fromDay }) => fromDay),
  rows.map(({ toDay }) => toDay),
];
