import { nameKey } from '../../kernel/plain-text.ts';
import type { Row } from '../../kernel/tables/cell.ts';
import { differing, type FieldChange, type LineChange, merged, type Plan } from './change.ts';
import { LeaseBook } from './lease-book.ts';
import { dayAfter, dayBefore, type LineRules } from './line-cells.ts';
import type { ResolvedColumns } from './list-mapping.ts';
import { PartyBook } from './party-book.ts';
import {
  type LeaseGroup,
  type PersonRole,
  readTenants,
  SERVICES,
  type Service,
  type TenantLine,
} from './tenant-lines.ts';

export interface KnownParty {
  readonly id: string;
  readonly name: string;
  readonly otherName: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly taxId: string | null;
  readonly idDocument: string | null;
  readonly language: 'th' | 'en' | 'id';
}

export interface KnownLease {
  readonly id: string;
  readonly number: string;
  readonly building: string;
  readonly state: 'draft' | 'active' | 'ended' | 'cancelled';
  readonly start: string;
  /** The first day that is no longer part of it. */
  readonly end: string | null;
  /** What it was and is, the first one first. */
  readonly rents: readonly bigint[];
  readonly deposit: bigint;
  readonly cycleDay: number | null;
  readonly address: string | null;
  readonly note: string | null;
  /** The rooms it has had, the newest last. */
  readonly rooms: readonly string[];
  readonly people: readonly { readonly party: string; readonly role: PersonRole }[];
  readonly services: readonly { readonly kind: Service; readonly amount: bigint }[];
}

/** When a room is taken, half-open, in ms; null for without end. */
export interface Stay {
  readonly place: string;
  readonly lease: string;
  readonly from: number;
  readonly to: number | null;
}

export interface NewStay extends Stay {
  readonly id: string;
}

export interface TenantWrites {
  readonly parties: readonly KnownParty[];
  readonly changedParties: readonly KnownParty[];
  readonly leases: readonly KnownLease[];
  readonly changedLeases: readonly KnownLease[];
  readonly stays: readonly NewStay[];
  readonly people: readonly { id: string; lease: string; party: string; role: PersonRole }[];
  readonly services: readonly { id: string; lease: string; kind: Service; amount: bigint }[];
}

export interface LeasePlace {
  readonly id: string;
  readonly name: string;
  readonly kind: 'floor' | 'room' | 'common';
}

export interface TenantsInput {
  readonly rows: readonly Row[];
  readonly columns: ResolvedColumns;
  readonly rules: LineRules;
  readonly building: string;
  readonly language: KnownParty['language'];
  /** In the calendar of the building. */
  readonly today: string;
  /** When a day of the building begins, in ms. */
  readonly startOf: (day: string) => number;
  readonly places: readonly LeasePlace[];
  /** Of the whole organisation: their numbers are its own. */
  readonly leases: readonly KnownLease[];
  readonly stays: readonly Stay[];
  readonly parties: readonly KnownParty[];
  readonly nextId: () => string;
}

/** What a list of tenants would add and change. */
export function planTenants(input: TenantsInput): Plan<TenantWrites> {
  const { groups, cells, vacant } = readTenants(input.rows, input.columns, input.rules);
  const plan = new TenantPlan(input);
  for (const group of groups) plan.take(group);
  plan.judgeStays();
  const changes = [...plan.changes].sort((a, b) => a.line - b.line);
  const notes = vacant.length === 0 ? [] : [vacantRooms(vacant)];
  return { changes, faults: cells.flatMap(({ faults }) => faults), writes: plan.writes, notes };
}

const LINES_TOLD = 20;

function vacantRooms(lines: readonly number[]): string {
  const which = lines.length === 1 ? '1 line, which is' : `${lines.length} lines, which are`;
  const more = lines.length > LINES_TOLD ? ', …' : '';
  return `nobody is named on ${which} left out as vacant rooms: ${lines.slice(0, LINES_TOLD).join(', ')}${more}`;
}

class TenantPlan {
  readonly changes: LineChange[] = [];
  readonly #input: TenantsInput;
  readonly #rooms: ReadonlyMap<string, LeasePlace>;
  readonly #leases: LeaseBook;
  readonly #parties: PartyBook;
  readonly #services: TenantWrites['services'][number][] = [];
  readonly #people: TenantWrites['people'][number][] = [];
  readonly #added: KnownLease[] = [];
  readonly #changed: KnownLease[] = [];

  constructor(input: TenantsInput) {
    this.#input = input;
    this.#rooms = new Map(
      input.places.filter(({ kind }) => kind !== 'floor').map((place) => [nameKey(place.name), place]),
    );
    this.#leases = new LeaseBook(input);
    this.#parties = new PartyBook(input.parties, input.language, input.nextId);
  }

  get writes(): TenantWrites {
    return {
      parties: this.#parties.added,
      changedParties: this.#parties.changed,
      leases: this.#added,
      changedLeases: this.#changed,
      stays: this.#leases.newStays,
      people: this.#people,
      services: this.#services,
    };
  }

  judgeStays(): void {
    this.#leases.judgeStays();
  }

  take(group: LeaseGroup): void {
    const { first, lines } = group;
    const place = this.#rooms.get(nameKey(first.room));
    if (place?.kind !== 'room') {
      // Each of the lines is named, though they may be taken for one lease.
      for (const { cells } of lines) cells.fault('room', place ? 'room_is_none' : 'room_unknown');
      return;
    }
    const found = this.#leases.find(group, place);
    if (lines.some(({ cells }) => cells.faults.length > 0)) return;
    if (found) this.#goOn(group, found, place);
    else this.#begin(group, place);
  }

  #begin(group: LeaseGroup, place: LeasePlace): void {
    const { first, lines, terms } = group;
    const { today, nextId, building } = this.#input;
    if (terms.start === undefined) first.cells.fault('start', 'cell_missing');
    if (terms.rent === undefined) first.cells.fault('rent', 'cell_missing');
    const { start, rent } = terms;
    if (start === undefined || rent === undefined) return;
    const end = terms.end === undefined ? null : dayAfter(terms.end);
    if (end !== null && end <= start) {
      first.cells.fault('end', 'end_before_start');
      return;
    }
    const state = start > today ? 'draft' : end !== null && end <= today ? 'ended' : 'active';
    const lease: KnownLease = {
      id: nextId(),
      number: first.number ?? this.#leases.newNumber(place, start),
      building,
      state,
      start,
      end,
      rents: [rent],
      deposit: terms.deposit ?? 0n,
      cycleDay: terms.cycleDay ?? null,
      address: terms.address ?? null,
      note: terms.note ?? null,
      rooms: [place.id],
      people: [],
      services: [],
    };
    this.#added.push(lease);
    this.#leases.stay(group, lease, place);
    for (const kind of SERVICES) {
      const amount = terms[kind];
      if (amount !== undefined && amount > 0n)
        this.#services.push({ id: nextId(), lease: lease.id, kind, amount });
    }
    const said: FieldChange[] = [
      { field: 'lease', before: null, after: lease.number },
      { field: 'state', before: null, after: state },
    ];
    for (const line of lines) this.#person(line, first, lease, line === first ? said : []);
  }

  #goOn(group: LeaseGroup, lease: KnownLease, place: LeasePlace): void {
    const { first, lines, terms } = group;
    const { deposit, cycleDay, address, note } = terms;
    this.#judgeTerms(group, lease, place);
    if (lines.some(({ cells }) => cells.faults.length > 0)) return;
    const said = { deposit, cycleDay, address, note };
    const fields = differing<KnownLease>(lease, said);
    if (lease.end === null && terms.end !== undefined)
      fields.push({ field: 'end', before: null, after: terms.end });
    const end = lease.end ?? (terms.end === undefined ? null : dayAfter(terms.end));
    if (fields.length > 0 && isOver(lease)) {
      first.cells.fault('room', 'lease_is_over');
      return;
    }
    if (fields.length > 0) this.#changed.push({ ...merged<KnownLease>(lease, said), end });
    for (const line of lines) this.#person(line, first, lease, line === first ? fields : []);
  }

  /** What cannot change by a list: days and amounts that bills have been made of, and rooms. */
  #judgeTerms({ first, terms }: LeaseGroup, lease: KnownLease, place: LeasePlace): void {
    const { cells } = first;
    if (!lease.rooms.includes(place.id)) {
      const has = this.#input.places.find(({ id }) => id === lease.rooms.at(-1));
      cells.fault('room', 'lease_room_stays', has?.name ?? '');
    }
    if (terms.start !== undefined && terms.start !== lease.start)
      cells.fault('start', 'lease_start_stays', lease.start);
    if (terms.end !== undefined && lease.end !== null && dayAfter(terms.end) !== lease.end)
      cells.fault('end', 'end_stays', dayBefore(lease.end));
    if (terms.end !== undefined && lease.end === null && dayAfter(terms.end) <= this.#input.today)
      cells.fault('end', 'end_stays', 'none');
    const { amount } = this.#leases;
    if (terms.rent !== undefined && !lease.rents.includes(terms.rent))
      cells.fault('rent', 'amount_stays', amount(lease.rents.at(-1) ?? 0n));
    for (const kind of SERVICES) {
      const said = terms[kind];
      const has = lease.services.filter((service) => service.kind === kind);
      const sum = has.reduce((total, service) => total + service.amount, 0n);
      if (said !== undefined && said !== sum) cells.fault(kind, 'amount_stays', amount(sum));
    }
  }

  #person(line: TenantLine, first: TenantLine, lease: KnownLease, ofLease: readonly FieldChange[]): void {
    const found = this.#parties.find(line, lease);
    if (!found.ok) return;
    const { party, fields, isNew } = found.value;
    const there = lease.people.some((one) => one.party === party.id);
    if (!there) {
      if (isOver(lease) && lease.people.length > 0) {
        line.cells.fault('name', 'lease_is_over');
        return;
      }
      const isFirst = lease.people.length === 0 && line === first;
      const role = line.person.role ?? (isFirst ? 'tenant' : 'co-tenant');
      this.#people.push({ id: this.#input.nextId(), lease: lease.id, party: party.id, role });
    }
    const all = [...ofLease, ...fields];
    this.changes.push({
      line: line.cells.line,
      name: `${line.room} ${party.name}`,
      what: isNew || !there ? 'new' : all.length > 0 ? 'changed' : 'same',
      fields: all,
    });
  }
}

const isOver = ({ state }: KnownLease): boolean => state === 'ended' || state === 'cancelled';
