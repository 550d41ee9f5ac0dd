import { plain } from '../../../kernel/tables/cell.ts';
import type { Register } from './amount.ts';
import type { Medium } from './mapping.ts';

/** A register of a meter, as far as an import must know it. */
export interface KnownPoint {
  readonly id: string;
  readonly class: 'billing' | 'counter' | 'gauge';
  /** Absent: nobody has said yet what it counts. */
  readonly counts?: Register;
  /** Where meters of several models were one after another: what was counted from a time on, ascending, in ms. */
  readonly exchanged?: readonly { readonly from: number; readonly counts: Register | undefined }[];
  /** `energy_import_total`, from the profile. */
  readonly register?: string;
  readonly medium?: Medium;
  /** The one that the profile bills on. */
  readonly isBilled: boolean;
  readonly bindings: readonly Binding[];
}

/** Of which meter and where the point was, half-open, in ms; null for without end. */
export interface Binding {
  readonly meter: string;
  readonly place: string | null;
  readonly from: number | null;
  readonly to: number | null;
}

export interface KnownMeter {
  readonly id: string;
  readonly label: string;
  readonly serial: string | null;
}

export interface KnownPlace {
  readonly id: string;
  readonly name: string;
}

export interface Wanted {
  readonly point?: string;
  readonly meter?: string;
  readonly serial?: string;
  readonly room?: string;
  readonly register?: string;
  readonly medium?: Medium;
}

export type Found =
  | { readonly kind: 'point'; readonly point: KnownPoint }
  | { readonly kind: 'none' | 'several'; readonly fact: string };

/** How labels, serials and names of rooms are compared: case, spaces and dashes are typed as it comes. */
const key = (text: string): string =>
  plain(text)
    .toLowerCase()
    .replaceAll(/[\s\-_]/g, '');
const SHOWN = 5;

/** Who is in a building: every point, meter and room, in memory, for as long as one file is read. */
export class Directory {
  readonly #points: ReadonlyMap<string, KnownPoint>;
  readonly #ofMeter = new Map<string, KnownPoint[]>();
  readonly #ofPlace = new Map<string, KnownPoint[]>();
  readonly #byLabel: ReadonlyMap<string, string[]>;
  readonly #bySerial: ReadonlyMap<string, string[]>;
  readonly #byRoom: ReadonlyMap<string, string[]>;

  constructor(points: readonly KnownPoint[], meters: readonly KnownMeter[], places: readonly KnownPlace[]) {
    this.#points = new Map(points.map((point) => [point.id, point]));
    for (const point of points) {
      for (const { meter, place } of point.bindings) {
        add(this.#ofMeter, meter, point);
        if (place !== null) add(this.#ofPlace, place, point);
      }
    }
    this.#byLabel = index(meters, ({ label }) => label);
    this.#bySerial = index(meters, ({ serial }) => serial ?? '');
    this.#byRoom = index(places, ({ name }) => name);
  }

  /** The one register that all of these words mean at this time. */
  find(wanted: Wanted, at: number): Found {
    const sets = this.#candidates(wanted, at);
    if (sets.length === 0) return { kind: 'none', fact: 'no point, meter, serial or room' };
    for (const { words, found } of sets) {
      if (found.length === 0) return { kind: 'none', fact: words };
    }
    const [first, ...rest] = sets.map(({ found }) => found);
    const common = (first ?? []).filter((point) => rest.every((set) => set.includes(point)));
    const words = sets.map((set) => set.words).join(' and ');
    if (common.length === 0) return { kind: 'none', fact: `${words} together` };
    return choose(common, wanted, words);
  }

  #candidates({ point, meter, serial, room }: Wanted, at: number) {
    const sets: { readonly words: string; readonly found: readonly KnownPoint[] }[] = [];
    if (point !== undefined) {
      const known = this.#points.get(point.toLowerCase());
      sets.push({ words: `point ${point}`, found: known ? [known] : [] });
    }
    // A meter's registers are its own for ever; what hangs in a room changes.
    const ofMeters = (words: string, ids: readonly string[]) => {
      const found = ids.flatMap((id) => this.#ofMeter.get(id) ?? []);
      sets.push({ words, found: [...new Set(found)] });
    };
    if (meter !== undefined) ofMeters(`meter ${meter}`, this.#byLabel.get(key(meter)) ?? []);
    if (serial !== undefined) ofMeters(`serial ${serial}`, this.#bySerial.get(key(serial)) ?? []);
    if (room !== undefined) sets.push(this.#inRoom(room, at));
    return sets;
  }

  #inRoom(room: string, at: number): { readonly words: string; readonly found: readonly KnownPoint[] } {
    const ids = this.#byRoom.get(key(room)) ?? [];
    const found = hungThere(ids, this.#ofPlace, at);
    if (ids.length === 0 || found.length > 0) return { words: `room ${room}`, found };
    return { words: `room ${room} (no meter is known to have hung there then)`, found };
  }
}

function hungThere(
  places: readonly string[],
  points: ReadonlyMap<string, readonly KnownPoint[]>,
  at: number,
): KnownPoint[] {
  const found = places.flatMap((id) =>
    (points.get(id) ?? []).filter((point) =>
      point.bindings.some(
        ({ place, from, to }) => place === id && (from ?? at) <= at && at < (to ?? Number.POSITIVE_INFINITY),
      ),
    ),
  );
  return [...new Set(found)];
}

function choose(points: readonly KnownPoint[], { register, medium, point }: Wanted, words: string): Found {
  let left = points;
  // Who names a point may mean a gauge, and is told that it is one.
  if (point === undefined) left = left.filter((it) => it.class !== 'gauge');
  if (register !== undefined) left = left.filter((it) => it.register === register);
  if (medium !== undefined) left = left.filter((it) => it.medium === medium || it.medium === undefined);
  if (left.length > 1) left = preferred(left, medium);
  const [only] = left;
  if (only === undefined) {
    const asked = [words, register, medium].filter((it) => it !== undefined).join(', ');
    return { kind: 'none', fact: asked };
  }
  if (left.length === 1) return { kind: 'point', point: only };
  const names = left.map((it) => it.register ?? it.id).slice(0, SHOWN);
  return { kind: 'several', fact: names.join(', ') };
}

/** Of several, the one that is billed on, if it is one. */
function preferred(points: readonly KnownPoint[], medium: Medium | undefined): readonly KnownPoint[] {
  const certain = points.filter((it) => medium === undefined || it.medium === medium);
  const billed = certain.filter((it) => it.isBilled);
  return billed.length > 0 ? billed : certain.length > 0 ? certain : points;
}

function add(map: Map<string, KnownPoint[]>, id: string, point: KnownPoint): void {
  const list = map.get(id);
  if (list === undefined) map.set(id, [point]);
  else if (!list.includes(point)) list.push(point);
}

function index<T extends { readonly id: string }>(
  items: readonly T[],
  nameOf: (item: T) => string,
): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const item of items) {
    const name = key(nameOf(item));
    if (name !== '') map.set(name, [...(map.get(name) ?? []), item.id]);
  }
  return map;
}
