import { nameKey } from '../../kernel/plain-text.ts';
import type { Row } from '../../kernel/tables/cell.ts';
import { headerKey } from '../../kernel/tables/columns.ts';
import { differing, type LineChange, merged, type Plan } from './change.ts';
import type { Fault } from './faults.ts';
import { LineCells, type LineRules, Words } from './line-cells.ts';
import { alsoHolds, type RoomRole } from './list-columns.ts';
import type { ResolvedColumns } from './list-mapping.ts';

/** A floor, a room or a common area, as the building has it. */
export interface KnownPlace {
  readonly id: string;
  readonly kind: 'floor' | 'room' | 'common';
  readonly name: string;
  readonly otherName: string | null;
  /** The id of its floor. */
  readonly floor: string | null;
  readonly area: string | null;
  readonly capacity: number | null;
}

export interface RoomWrites {
  /** Floors before what stands on them. */
  readonly added: readonly KnownPlace[];
  readonly changed: readonly KnownPlace[];
}

const KINDS = new Words({
  room: ['ห้องพัก', 'ห้อง', 'ห้องเช่า', 'ห้องชุด', 'kamar', 'unit', 'apartment', 'rumah'],
  common: ['ส่วนกลาง', 'พื้นที่ส่วนกลาง', 'common area', 'area bersama', 'bersama', 'umum', 'ruang bersama'],
});

interface RoomLine {
  readonly cells: LineCells<RoomRole>;
  readonly name: string;
  readonly key: string;
  readonly kind: 'room' | 'common' | undefined;
  readonly floor: string | undefined;
  readonly otherName: string | undefined;
  readonly area: string | undefined;
  readonly capacity: number | undefined;
}

function readRoom(cells: LineCells<RoomRole>): RoomLine | undefined {
  const name = cells.required('room', 120);
  const read = {
    kind: cells.word('kind', KINDS),
    floor: cells.text('floor', 120),
    otherName: cells.text('otherName', 120),
    area: cells.decimal('area', 2, 1_000_000n),
    capacity: cells.integer('capacity', 1, 1_000),
  };
  return name === undefined ? undefined : { cells, name, key: nameKey(name), ...read };
}

export interface RoomsInput {
  readonly rows: readonly Row[];
  readonly columns: ResolvedColumns;
  readonly rules: LineRules;
  readonly places: readonly KnownPlace[];
  readonly nextId: () => string;
}

/** What a list of rooms would add and change. A floor that it names and nobody knows is added with its first room. */
export function planRooms({ rows, columns, rules, places, nextId }: RoomsInput): Plan<RoomWrites> {
  const faults: Fault[] = [];
  const changes: LineChange[] = [];
  const added: KnownPlace[] = [];
  const changed: KnownPlace[] = [];
  const floors = new Map<string, KnownPlace>();
  const known = new Map<string, KnownPlace>();
  for (const place of places) (place.kind === 'floor' ? floors : known).set(nameKey(place.name), place);
  const floorOf = (name: string): string => {
    const key = nameKey(name);
    const there = floors.get(key);
    if (there) return there.id;
    const floor = { ...NOTHING, id: nextId(), kind: 'floor' as const, name };
    floors.set(key, floor);
    added.push(floor);
    return floor.id;
  };
  const seen = new Seen(alsoHolds('tenants', columns.names.map(headerKey)));
  for (const row of rows) {
    const cells = new LineCells<RoomRole>(row, columns, rules);
    const line = readRoom(cells);
    const before = line && known.get(line.key);
    if (line) checkRoom(line, before, seen);
    faults.push(...cells.faults);
    if (!line || cells.faults.length > 0) continue;
    if (seen.isRepeat(line)) {
      changes.push({ line: cells.line, name: line.name, what: 'same', fields: [] });
      continue;
    }
    const { otherName, area, capacity } = line;
    const floor = line.floor === undefined ? undefined : floorOf(line.floor);
    if (!before) {
      const place = { ...NOTHING, id: nextId(), kind: line.kind ?? 'room', name: line.name };
      added.push(merged<KnownPlace>(place, { otherName, area, capacity, floor }));
      changes.push({ line: cells.line, name: line.name, what: 'new', fields: [] });
      continue;
    }
    // The same name in another spelling is no other name.
    const said = { otherName, area, capacity, floor };
    const fields = differing<KnownPlace>(before, said).map((field) =>
      field.field === 'floor' ? { ...field, ...floorNames(field, floors) } : field,
    );
    if (fields.length > 0) changed.push(merged<KnownPlace>(before, said));
    changes.push({
      line: cells.line,
      name: line.name,
      what: fields.length > 0 ? 'changed' : 'same',
      fields,
    });
  }
  return { changes, faults, writes: { added, changed } };
}

const NOTHING = { otherName: null, floor: null, area: null, capacity: null };

function checkRoom(line: RoomLine, before: KnownPlace | undefined, seen: Seen): void {
  seen.judge(line);
  if (before && line.kind !== undefined && line.kind !== before.kind)
    line.cells.fault('kind', 'kind_stays', before.kind === 'room' ? 'a room' : 'a common area');
}

/** Rooms that a line above has said. Where tenants stand beside them, a room is on each line of its tenants. */
class Seen {
  readonly #mayRepeat: boolean;
  readonly #first = new Map<string, RoomLine>();

  constructor(mayRepeat: boolean) {
    this.#mayRepeat = mayRepeat;
  }

  isRepeat(line: RoomLine): boolean {
    return this.#first.get(line.key) !== line;
  }

  judge(line: RoomLine): void {
    const first = this.#first.get(line.key);
    if (first === undefined) {
      this.#first.set(line.key, line);
      return;
    }
    const where = String(first.cells.line);
    if (!this.#mayRepeat) line.cells.fault('room', 'twice', where);
    else {
      for (const role of SAID) {
        if (line[role] !== undefined && line[role] !== first[role])
          line.cells.fault(role, 'room_differs', where);
      }
    }
  }
}

const SAID = ['kind', 'floor', 'otherName', 'area', 'capacity'] as const;

function floorNames(
  { before, after }: { before: string | null; after: string | null },
  floors: ReadonlyMap<string, KnownPlace>,
) {
  const name = (id: string | null) => [...floors.values()].find((floor) => floor.id === id)?.name ?? null;
  return { before: name(before), after: name(after) };
}
