import { nameKey } from '../../kernel/plain-text.ts';
import type { Row } from '../../kernel/tables/cell.ts';
import { LineCells, type LineRules, Words } from './line-cells.ts';
import type { TenantRole } from './list-columns.ts';
import type { ResolvedColumns } from './list-mapping.ts';

export const SERVICES = ['internet', 'parking', 'furniture', 'cleaning', 'commonFee'] as const;
export type Service = (typeof SERVICES)[number];
export type PersonRole = 'tenant' | 'co-tenant' | 'payer' | 'guarantor' | 'occupant';

const ROLES = new Words<PersonRole>({
  tenant: ['ผู้เช่า', 'ผู้เช่าหลัก', 'main tenant', 'penyewa', 'penyewa utama'],
  'co-tenant': ['ผู้เช่าร่วม', 'joint tenant', 'penyewa bersama'],
  payer: ['ผู้ชำระเงิน', 'ผู้จ่าย', 'ผู้ชำระ', 'pembayar'],
  guarantor: ['ผู้ค้ำประกัน', 'ผู้ค้ำ', 'penjamin'],
  occupant: ['ผู้พักอาศัย', 'ผู้อยู่อาศัย', 'ผู้พัก', 'resident', 'penghuni'],
});
const LANGUAGES = new Words({
  th: ['ไทย', 'thai', 'ภาษาไทย'],
  en: ['อังกฤษ', 'english', 'ภาษาอังกฤษ', 'inggris'],
  id: ['อินโดนีเซีย', 'indonesian', 'bahasa', 'bahasa indonesia', 'indonesia'],
});

/** What a line says of the person, and what it says of the lease. */
export interface TenantLine {
  readonly cells: LineCells<TenantRole>;
  readonly room: string;
  readonly person: PersonSaid;
  readonly number: string | undefined;
  readonly terms: TermsSaid;
}

export interface PersonSaid {
  readonly name: string;
  readonly role: PersonRole | undefined;
  readonly otherName: string | undefined;
  readonly phone: string | undefined;
  readonly email: string | undefined;
  readonly taxId: string | undefined;
  readonly idDocument: string | undefined;
  readonly language: 'th' | 'en' | 'id' | undefined;
}

export interface TermsSaid extends Readonly<Partial<Record<Service, bigint | undefined>>> {
  /** Both are part of the lease. */
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly rent?: bigint | undefined;
  readonly deposit?: bigint | undefined;
  readonly cycleDay?: number | undefined;
  readonly address?: string | undefined;
  readonly note?: string | undefined;
}

function readTenant(cells: LineCells<TenantRole>): TenantLine | undefined {
  const room = cells.required('room', 120);
  const name = cells.required('name', 120);
  const person = {
    role: cells.word('role', ROLES),
    otherName: cells.text('otherName', 120),
    phone: cells.phone('phone'),
    email: cells.email('email'),
    taxId: cells.text('taxId', 32),
    idDocument: cells.tail('idDocument'),
    language: cells.word('language', LANGUAGES),
  };
  if (person.taxId !== undefined && person.taxId.length < 5) cells.fault('taxId', 'id_too_short');
  const number = cells.text('lease', 40);
  const terms = {
    start: cells.day('start'),
    end: cells.day('end'),
    rent: cells.amount('rent'),
    deposit: cells.amount('deposit'),
    cycleDay: cells.integer('cycleDay', 1, 31),
    internet: cells.amount('internet'),
    parking: cells.amount('parking'),
    furniture: cells.amount('furniture'),
    cleaning: cells.amount('cleaning'),
    commonFee: cells.amount('commonFee'),
    address: cells.text('address', 500),
    note: cells.text('note', 500),
  };
  if (terms.start !== undefined && terms.end !== undefined && terms.end < terms.start)
    cells.fault('end', 'end_before_start');
  if (room === undefined || name === undefined) return undefined;
  return { cells, room, person: { name, ...person }, number, terms };
}

/** All lines of one lease: the first one says its terms, the others may repeat them. */
export interface LeaseGroup {
  readonly first: TenantLine;
  readonly lines: TenantLine[];
  terms: TermsSaid;
}

export interface ReadTenants {
  readonly groups: readonly LeaseGroup[];
  readonly cells: readonly LineCells<TenantRole>[];
  /** Lines that say a room, perhaps what it costs, and nobody who lives there. */
  readonly vacant: readonly number[];
}

/**
 * Lines of one lease number are one lease. Without numbers the room and the first day tell it; and a line without a
 * first day goes on with the lease above it, if it is of the same room.
 */
export function readTenants(rows: readonly Row[], columns: ResolvedColumns, rules: LineRules): ReadTenants {
  const groups = new Map<string, LeaseGroup>();
  const all: LineCells<TenantRole>[] = [];
  const vacant: number[] = [];
  let last: LeaseGroup | undefined;
  for (const row of rows) {
    const cells = new LineCells<TenantRole>(row, columns, rules);
    if (isVacant(cells)) {
      vacant.push(row.line);
      continue;
    }
    all.push(cells);
    const line = readTenant(cells);
    if (!line || cells.faults.length > 0) continue;
    const goesOn =
      last && line.number === undefined && line.terms.start === undefined && sameRoom(last, line);
    const key = goesOn ? undefined : keyOf(line);
    const group = goesOn ? last : groups.get(key ?? '');
    if (group) join(group, line);
    else if (key === undefined) cells.fault('start', 'cell_missing');
    else {
      last = { first: line, lines: [line], terms: line.terms };
      groups.set(key, last);
      continue;
    }
    last = group ?? last;
  }
  return { groups: [...groups.values()], cells: all, vacant };
}

const NOBODY: ReadonlySet<string> = new Set(['ว่าง', 'ห้องว่าง', 'vacant', 'empty', 'kosong']);
const OF_SOMEBODY: readonly TenantRole[] = [
  ...(['otherName', 'phone', 'email', 'taxId', 'idDocument'] as const),
  ...(['lease', 'start', 'end'] as const),
];

const isVacant = (cells: LineCells<TenantRole>): boolean =>
  !cells.lacks('room') && cells.lacks('name', NOBODY) && OF_SOMEBODY.every((role) => cells.lacks(role));

const sameRoom = ({ first }: LeaseGroup, { room }: TenantLine): boolean =>
  nameKey(first.room) === nameKey(room);

function keyOf({ number, room, terms: { start } }: TenantLine): string | undefined {
  if (number !== undefined) return `number ${nameKey(number)}`;
  return start === undefined ? undefined : `room ${nameKey(room)} ${start}`;
}

const TERMS: readonly (keyof TermsSaid & TenantRole)[] = [
  ...(['start', 'end', 'rent', 'deposit', 'cycleDay', 'address'] as const),
  ...SERVICES,
];

function join(group: LeaseGroup, line: TenantLine): void {
  const { first, terms } = group;
  const { cells } = line;
  if (!sameRoom(group, line)) cells.fault('room', 'differs_within', String(first.cells.line));
  for (const role of TERMS) {
    const said = line.terms[role];
    if (said !== undefined && terms[role] !== undefined && said !== terms[role])
      cells.fault(role, 'differs_within', String(first.cells.line));
  }
  group.lines.push(line);
  group.terms = { ...line.terms, ...defined(terms) };
}

const defined = (terms: TermsSaid): TermsSaid =>
  Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
