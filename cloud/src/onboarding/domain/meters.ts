import { nameKey } from '../../kernel/plain-text.ts';
import type { Row } from '../../kernel/tables/cell.ts';
import { differing, type LineChange, merged, type Plan } from './change.ts';
import type { Fault } from './faults.ts';
import { LineCells, type LineRules, Words } from './line-cells.ts';
import type { MeterRole } from './list-columns.ts';
import type { ResolvedColumns } from './list-mapping.ts';
import { linkMains } from './main-meters.ts';
import { MeterIndex } from './meter-index.ts';

export type Measures = 'electricity' | 'water';

export interface KnownMeter {
  readonly id: string;
  readonly label: string;
  readonly serial: string | null;
  readonly role: 'main' | 'sub' | 'common';
  readonly measures: Measures | null;
  readonly profile: string | null;
  /** The main meter that sums it. */
  readonly main: string | null;
  /** Its registers, as far as anybody has told of them. */
  readonly points: readonly string[];
  /** Where it hangs now, and since which local day; null for nowhere. */
  readonly place: string | null;
  readonly since: string | null;
}

/** The registers of a profile that bills may rest on, and what they measure; null where the profile does not say. */
export interface KnownProfile {
  readonly measures: Measures | null;
  readonly registers: readonly string[];
}

export interface MeterPlace {
  readonly id: string;
  readonly name: string;
  readonly kind: 'floor' | 'room' | 'common';
}

export interface NewPoint {
  readonly id: string;
  readonly meter: string;
  /** `profile@version/register`; null for a meter that people read. */
  readonly register: string | null;
  readonly measures: Measures;
}

/** From this local day on the point hangs there; where it hung before ends. */
export interface NewInstallation {
  readonly id: string;
  readonly point: string;
  readonly meter: string;
  readonly place: string | null;
  readonly fromDay: string;
}

export interface MeterWrites {
  /** Main meters before what they sum. */
  readonly added: readonly KnownMeter[];
  readonly changed: readonly KnownMeter[];
  readonly points: readonly NewPoint[];
  readonly installations: readonly NewInstallation[];
}

const ROLES = new Words({
  main: ['เมน', 'หลัก', 'มิเตอร์หลัก', 'มิเตอร์เมน', 'main meter', 'induk', 'utama'],
  sub: ['ย่อย', 'มิเตอร์ย่อย', 'sub meter', 'ห้อง', 'ห้องพัก', 'room', 'kamar', 'cabang'],
  common: ['ส่วนกลาง', 'common area', 'bersama', 'umum'],
});
const MEASURES = new Words({
  electricity: ['ไฟฟ้า', 'ไฟ', 'electric', 'power', 'e', 'listrik', 'pln', 'kwh'],
  water: ['น้ำ', 'น้ำประปา', 'ประปา', 'w', 'air', 'pdam', 'm3', 'm³'],
});

export interface MeterLine {
  readonly cells: LineCells<MeterRole>;
  readonly label: string;
  readonly serial: string | undefined;
  readonly room: string | undefined;
  readonly role: KnownMeter['role'] | undefined;
  readonly measures: Measures | undefined;
  readonly profile: string | undefined;
  readonly main: string | undefined;
  readonly installed: string | undefined;
}

function readMeter(cells: LineCells<MeterRole>): MeterLine | undefined {
  const label = cells.required('label', 80);
  const read = {
    serial: cells.text('serial', 64),
    room: cells.text('room', 120),
    role: cells.word('role', ROLES),
    measures: cells.word('measures', MEASURES),
    profile: cells.text('profile', 60),
    main: cells.text('main', 80),
    installed: cells.day('installed'),
  };
  return label === undefined ? undefined : { cells, label, ...read };
}

export interface MetersInput {
  readonly rows: readonly Row[];
  readonly columns: ResolvedColumns;
  readonly rules: LineRules;
  readonly places: readonly MeterPlace[];
  readonly meters: readonly KnownMeter[];
  readonly profiles: ReadonlyMap<string, KnownProfile>;
  /** Since when a meter hangs where the file says, if it does not say. */
  readonly since: string;
  readonly nextId: () => string;
}

/** One line, as far as it is known without the other lines. */
export interface MeterDraft {
  readonly line: MeterLine;
  readonly before: KnownMeter | undefined;
  meter: KnownMeter;
}

/** What a list of meters would add and change. */
export function planMeters(input: MetersInput): Plan<MeterWrites> {
  const index = new MeterIndex(input.meters);
  const places = new Map<string, MeterPlace>();
  for (const place of input.places) if (place.kind !== 'floor') places.set(nameKey(place.name), place);
  const faults: Fault[] = [];
  const drafts: MeterDraft[] = [];
  const lines: LineCells<MeterRole>[] = [];
  for (const row of input.rows) {
    const cells = new LineCells<MeterRole>(row, input.columns, input.rules);
    lines.push(cells);
    const line = readMeter(cells);
    const draft = line && cells.faults.length === 0 ? draftOf(line, index, places, input) : undefined;
    if (draft) drafts.push(draft);
  }
  linkMains(drafts, input.meters);
  const writes = new Collected(input);
  for (const draft of drafts) if (draft.line.cells.faults.length === 0) writes.take(draft);
  for (const { faults: found } of lines) faults.push(...found);
  return { changes: writes.changes, faults, writes: writes.all() };
}

function draftOf(
  line: MeterLine,
  index: MeterIndex,
  places: ReadonlyMap<string, MeterPlace>,
  { profiles, nextId }: MetersInput,
): MeterDraft | undefined {
  const { cells } = line;
  const found = index.claim(line);
  if (!found.ok) return undefined;
  const before = found.value;
  const place = line.room === undefined ? undefined : places.get(nameKey(line.room));
  if (line.room !== undefined && !place) cells.fault('room', 'room_unknown');
  const profile = line.profile === undefined ? undefined : profiles.get(line.profile);
  if (line.profile !== undefined && !profile) cells.fault('profile', 'profile_unknown');
  if (profile?.measures && line.measures && profile.measures !== line.measures)
    cells.fault('measures', 'measures_other', profile.measures);
  const measures = line.measures ?? profile?.measures ?? undefined;
  if (before) return { line, before, meter: changedMeter(line, before, place, measures) };
  if (measures === undefined && (line.profile === undefined || profile))
    cells.fault('measures', 'measures_missing');
  const role = line.role ?? (place?.kind === 'common' ? 'common' : 'sub');
  if (line.room === undefined && role !== 'main') cells.fault('room', 'room_missing');
  const meter: KnownMeter = {
    id: nextId(),
    label: line.label,
    serial: line.serial ?? null,
    role,
    measures: measures ?? null,
    profile: line.profile ?? null,
    main: null,
    points: [],
    place: place?.id ?? null,
    since: null,
  };
  return { line, before: undefined, meter };
}

function changedMeter(
  { cells, label, serial, role, profile, installed }: MeterLine,
  before: KnownMeter,
  place: MeterPlace | undefined,
  measures: Measures | undefined,
): KnownMeter {
  if (
    profile !== undefined &&
    before.profile !== null &&
    profile !== before.profile &&
    before.points.length > 0
  )
    cells.fault('profile', 'profile_stays', before.profile);
  const moves = place !== undefined && before.since !== null && place.id !== before.place;
  if (moves && installed === undefined) cells.fault('room', 'hangs_elsewhere', `since ${before.since}`);
  if (moves && installed !== undefined && before.since !== null && installed <= before.since)
    cells.fault('installed', 'moved_before', before.since);
  // The same words in another spelling are no other ones.
  const said = (text: string | undefined, there: string | null) =>
    text !== undefined && nameKey(text) === nameKey(there ?? '') ? undefined : text;
  return merged<KnownMeter>(before, {
    label: said(label, before.label),
    serial: said(serial, before.serial),
    role,
    measures,
    profile,
    place: place?.id,
  });
}

/** What the lines come to. */
class Collected {
  readonly changes: LineChange[] = [];
  readonly #input: MetersInput;
  readonly #added: KnownMeter[] = [];
  readonly #changed: KnownMeter[] = [];
  readonly #points: NewPoint[] = [];
  readonly #installations: NewInstallation[] = [];

  constructor(input: MetersInput) {
    this.#input = input;
  }

  all(): MeterWrites {
    const mainsFirst = [...this.#added].sort((a, b) => depth(a, this.#added) - depth(b, this.#added));
    return {
      added: mainsFirst,
      changed: this.#changed,
      points: this.#points,
      installations: this.#installations,
    };
  }

  take({ line, before, meter }: MeterDraft): void {
    const name = line.label;
    if (!before) {
      this.#added.push(meter);
      this.#hang(meter, this.#pointsOf(meter), line);
      this.changes.push({ line: line.cells.line, name, what: 'new', fields: [] });
      return;
    }
    const { place, since, points, ...said } = meter;
    const fields = differing<KnownMeter>(before, said);
    if (fields.length > 0) this.#changed.push(meter);
    const moves = place !== before.place || (place !== null && before.since === null);
    if (moves) {
      this.#hang(meter, points.length > 0 ? points : this.#pointsOf(meter), line);
      fields.push({ field: 'room', before: before.place, after: place });
    }
    const named = fields.map((field) => this.#named(field));
    this.changes.push({
      line: line.cells.line,
      name,
      what: named.length > 0 ? 'changed' : 'same',
      fields: named,
    });
  }

  #pointsOf(meter: KnownMeter): string[] {
    const registers =
      meter.profile === null ? [null] : (this.#input.profiles.get(meter.profile)?.registers ?? []);
    return registers.map((register) => {
      const id = this.#input.nextId();
      this.#points.push({ id, meter: meter.id, register, measures: meter.measures ?? 'electricity' });
      return id;
    });
  }

  #hang(meter: KnownMeter, points: readonly string[], { installed }: MeterLine): void {
    const fromDay = installed ?? this.#input.since;
    for (const point of points) {
      const id = this.#input.nextId();
      this.#installations.push({ id, point, meter: meter.id, place: meter.place, fromDay });
    }
  }

  /** Ids mean nothing to whoever reads a preview. */
  #named(field: LineChange['fields'][number]): LineChange['fields'][number] {
    if (field.field !== 'room' && field.field !== 'main') return field;
    const { places, meters } = this.#input;
    const all: readonly { readonly id: string; readonly name?: string; readonly label?: string }[] =
      field.field === 'room' ? places : [...meters, ...this.#added];
    const name = (id: string | null) => {
      const found = all.find((each) => each.id === id);
      return found?.name ?? found?.label ?? null;
    };
    return { field: field.field, before: name(field.before), after: name(field.after) };
  }
}

/** How many of the new meters stand above it. */
function depth(meter: KnownMeter, added: readonly KnownMeter[]): number {
  const byId = new Map(added.map((each) => [each.id, each]));
  let steps = 0;
  for (let up = byId.get(meter.main ?? ''); up && steps <= added.length; up = byId.get(up.main ?? ''))
    steps += 1;
  return steps;
}
