import { fromScaled } from '../../kernel/decimal.ts';
import { exponentOf } from '../../kernel/money.ts';
import { nameKey } from '../../kernel/plain-text.ts';
import type { LeaseGroup } from './tenant-lines.ts';
import type { KnownLease, LeasePlace, NewStay, Stay, TenantsInput } from './tenants.ts';

/** The leases of the organisation while a list is read: which one is meant, and which rooms are taken when. */
export class LeaseBook {
  readonly newStays: NewStay[] = [];
  readonly #input: TenantsInput;
  readonly #byNumber: ReadonlyMap<string, KnownLease>;
  readonly #byStart: ReadonlyMap<string, KnownLease>;
  readonly #groups = new Map<string, { readonly group: LeaseGroup; readonly number: string }>();
  readonly #numbers: Set<string>;

  constructor(input: TenantsInput) {
    this.#input = input;
    this.#byNumber = new Map(input.leases.map((lease) => [nameKey(lease.number), lease]));
    this.#numbers = new Set(input.leases.map(({ number }) => number));
    this.#byStart = new Map(
      input.leases
        .filter(({ state, building }) => state !== 'cancelled' && building === input.building)
        .flatMap((lease) => lease.rooms.map((room) => [`${room} ${lease.start}`, lease] as const)),
    );
  }

  /** As people read it. */
  readonly amount = (minor: bigint): string =>
    fromScaled({ digits: minor, scale: exponentOf(this.#input.rules.currency) });

  /** The lease that the lines are about; undefined for a new one. */
  find({ first, terms }: LeaseGroup, place: LeasePlace): KnownLease | undefined {
    const { number, cells } = first;
    if (number === undefined) return this.#byStart.get(`${place.id} ${terms.start}`);
    const lease = this.#byNumber.get(nameKey(number));
    if (lease && lease.building !== this.#input.building) cells.fault('lease', 'lease_elsewhere');
    else if (lease?.state === 'cancelled') cells.fault('lease', 'lease_is_over');
    return lease;
  }

  /** Of a list without numbers: the same room and day make the same one. */
  newNumber({ name }: LeasePlace, start: string): string {
    const base = `${name.slice(0, 24)}/${start}`;
    let number = base;
    for (let again = 2; this.#numbers.has(number); again += 1) number = `${base}/${again}`;
    this.#numbers.add(number);
    return number;
  }

  /** From midnight of the first day until that of the agreed end; who stays longer is said to at the lease. */
  stay(group: LeaseGroup, { id, number, start, end }: KnownLease, place: LeasePlace): void {
    const { startOf, nextId } = this.#input;
    const to = end === null ? null : startOf(end);
    this.newStays.push({ id: nextId(), place: place.id, lease: id, from: startOf(start), to });
    this.#groups.set(id, { group, number });
  }

  /** A room has one lease at a time: whoever comes second is told. */
  judgeStays(): void {
    const taken = new Map<string, Stay[]>();
    for (const stay of this.#input.stays) push(taken, stay);
    const numbers = new Map(this.#input.leases.map(({ id, number }) => [id, number]));
    for (const stay of this.newStays) {
      const other = taken.get(stay.place)?.find((each) => overlap(each, stay));
      const mine = this.#groups.get(stay.lease);
      if (other && mine) {
        const theirs = this.#groups.get(other.lease);
        const who = theirs
          ? `line ${theirs.group.first.cells.line}`
          : `lease ${numbers.get(other.lease) ?? ''}`;
        mine.group.first.cells.fault('room', 'room_taken', who);
      }
      push(taken, stay);
    }
  }
}

function push(taken: Map<string, Stay[]>, stay: Stay): void {
  const there = taken.get(stay.place);
  if (there) there.push(stay);
  else taken.set(stay.place, [stay]);
}

const overlap = (a: Stay, b: Stay): boolean =>
  a.from < (b.to ?? Number.POSITIVE_INFINITY) && b.from < (a.to ?? Number.POSITIVE_INFINITY);
