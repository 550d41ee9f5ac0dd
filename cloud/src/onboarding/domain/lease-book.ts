import { fromScaled } from '../../kernel/decimal.ts';
import { exponentOf } from '../../kernel/money.ts';
import { nameKey } from './name-key.ts';
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
  /** Until when those who live there now have agreed to, in ms. */
  readonly #agreed = new Map<string, number>();

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

  /** From midnight of the first day. Who lives there now stays until somebody moves them out. */
  stay(group: LeaseGroup, { id, number, state, start, end }: KnownLease, place: LeasePlace): void {
    const { startOf, nextId } = this.#input;
    const agreed = end === null ? null : startOf(end);
    this.newStays.push({
      id: nextId(),
      place: place.id,
      lease: id,
      from: startOf(start),
      to: state === 'active' ? null : agreed,
    });
    if (state === 'active' && agreed !== null) this.#agreed.set(id, agreed);
    this.#groups.set(id, { group, number });
  }

  /** A room has one lease at a time: whoever comes second is told. */
  judgeStays(): void {
    const taken = new Map<string, Stay[]>();
    for (const stay of this.#input.stays) push(taken, stay);
    this.#leaveForSuccessors();
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

  /** Where the room is promised to somebody else from the agreed end on, it ends there. */
  #leaveForSuccessors(): void {
    const last = new Map<string, number>();
    for (const { place, from } of [...this.#input.stays, ...this.newStays])
      last.set(place, Math.max(from, last.get(place) ?? from));
    for (const [at, stay] of this.newStays.entries()) {
      const agreed = this.#agreed.get(stay.lease);
      if (agreed !== undefined && (last.get(stay.place) ?? 0) >= agreed)
        this.newStays[at] = { ...stay, to: agreed };
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
