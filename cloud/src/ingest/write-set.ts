import type { PointId, ReadingClass } from '@meterline/contracts';
import type { KnownGateway, KnownPoint } from '../sites/index.ts';
import type { DecodeFault } from './domain/decode-check.ts';
import { maySpeakFor } from './domain/point-rules.ts';
import type { Rows } from './domain/rows.ts';

/** Columns on their way into one statement, as the literals that PostgreSQL reads: an array a column. */
export class ColumnSet<Name extends string> {
  readonly #names: readonly Name[];
  readonly #cells: Readonly<Record<Name, string[]>>;

  constructor(names: readonly Name[]) {
    this.#names = names;
    this.#cells = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, string[]>;
  }

  get size(): number {
    return this.cells(this.#names[0] as Name).length;
  }

  cells(name: Name): string[] {
    return this.#cells[name];
  }

  /** In the order of the names. Cells are ours: numbers, times, hex, NULL; never text of strangers. */
  literals(): string[] {
    return this.#names.map((name) => `{${this.#cells[name].join(',')}}`);
  }
}

const READING = ['points', 'times', 'values', 'qualities', 'sources', 'batches', 'sequences'] as const;
const BILLING = [
  ...['points', 'times', 'values', 'raws', 'registers', 'boundaries', 'bracketTimes', 'bracketCounts'],
  ...['qualities', 'sources', 'batches', 'sequences'],
] as readonly BillingColumn[];
type BillingColumn =
  | (typeof READING)[number]
  | 'raws'
  | 'registers'
  | 'boundaries'
  | 'bracketTimes'
  | 'bracketCounts';
const BOUNDED = [
  ...['points', 'batches', 'sequences', 'classes', 'boots', 'monos', 'afters', 'befores', 'values'],
  ...['registers', 'raws', 'qualities', 'sources'],
] as readonly BoundedColumn[];
type BoundedColumn =
  | Exclude<(typeof READING)[number], 'times'>
  | 'classes'
  | 'boots'
  | 'monos'
  | 'afters'
  | 'befores'
  | 'registers'
  | 'raws';

/** A reading that waits: what a row has, and why it is not stored. */
export interface HeldRow {
  readonly organisation: string;
  readonly gateway: string | null;
  readonly reason: 'future' | 'foreign-point' | 'too-many-points' | 'unknown-profile';
  readonly class: ReadingClass;
  readonly point: PointId;
  readonly at: string;
  readonly value: string | null;
  readonly raw: string | null;
  readonly register: string | null;
  readonly boundary: string | null;
  readonly bracketAt: string | null;
  readonly bracketCount: string | null;
  readonly quality: number;
  readonly source: number;
  readonly batch: string;
  readonly sequence: number;
  readonly due: string | null;
}

export interface ConflictRow {
  readonly kind: 'value' | 'decode';
  readonly class: ReadingClass;
  readonly point: number;
  readonly at: string;
  readonly stored: string | null;
  readonly offered: string | null;
  readonly raw: string | null;
  readonly register: string | null;
  readonly gateway: string | null;
  readonly batch: string;
  readonly sequence: number;
  readonly quality: number;
  readonly source: number;
  readonly detail: string;
}

export interface RowsContext {
  /** Id of the batch they came with. */
  readonly batch: string;
  readonly organisation: string;
  /** Absent for sources whose points were resolved within their organisation already. */
  readonly sender: KnownGateway | undefined;
  readonly points: ReadonlyMap<string, KnownPoint>;
  readonly registers: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<number, DecodeFault>;
  /** Later than this is held. */
  readonly heldAfter: number;
}

const NULL = 'NULL';
/** Backslashes are doubled: this is an element of an array literal. */
const bytea = (hex: string): string => `\\\\x${hex}`;

/** Everything that one commit writes of readings. */
export class WriteSet {
  readonly gauges = new ColumnSet<(typeof READING)[number]>(READING);
  readonly counters = new ColumnSet<(typeof READING)[number]>(READING);
  readonly billing = new ColumnSet<BillingColumn>(BILLING);
  readonly bounded = new ColumnSet<BoundedColumn>(BOUNDED);
  readonly held: HeldRow[] = [];
  readonly conflicts: ConflictRow[] = [];
  /** Which gateway a batch came from. */
  readonly senders = new Map<string, string>();
  /** Points whose counts changed, and between which times (ms). */
  readonly dirty = new Map<number, [number, number]>();
  readonly #instant = instantText();

  get rows(): number {
    return this.gauges.size + this.counters.size + this.billing.size + this.bounded.size;
  }

  add(rows: Rows, context: RowsContext): void {
    const numbers = rows.points.map((id) => numberOf(context, id));
    if (context.sender) this.senders.set(context.batch, context.sender.id);
    for (let row = 0; row < rows.p.length; row += 1) {
      const no = numbers[rows.p[row] ?? 0];
      const fault = context.faults.get(row);
      const waits = waitsFor(rows, row, no, context);
      if (rows.bounded) this.#addBounded(rows, row, no ?? 0, context);
      else if (waits) this.#hold(rows, row, context, waits);
      else if (fault) this.#contradict(rows, row, no ?? 0, context, fault);
      else this.#store(rows, row, no ?? 0, context);
    }
  }

  #store(rows: Rows, row: number, no: number, context: RowsContext): void {
    const at = rows.at[row] ?? 0;
    const set =
      rows.class === 'gauge' ? this.gauges : rows.class === 'counter' ? this.counters : this.billing;
    set.cells('points').push(String(no));
    set.cells('times').push(this.#instant(at));
    set.cells('values').push(valueAt(rows, row) ?? NULL);
    set.cells('qualities').push(String(rows.quality[row] ?? 0));
    set.cells('sources').push(String(rows.source));
    set.cells('batches').push(context.batch);
    set.cells('sequences').push(String(rows.sequence[row] ?? 0));
    if (rows.class === 'gauge') return;
    if (rows.class === 'billing') this.#storeBilling(rows, row, context);
    this.#touch(no, at, at);
    const bracket = rows.bracket?.[row];
    if (bracket) this.#touch(no, bracket.at, bracket.at);
  }

  #storeBilling(rows: Rows, row: number, { registers }: RowsContext): void {
    const bracket = rows.bracket?.[row];
    const raw = rows.raw?.[row];
    const register = registers.get(rows.register?.[row] ?? '');
    this.billing.cells('raws').push(raw === undefined ? NULL : bytea(raw));
    this.billing.cells('registers').push(register === undefined ? NULL : String(register));
    this.billing.cells('boundaries').push(rows.boundary === undefined ? NULL : this.#instant(rows.boundary));
    this.billing.cells('bracketTimes').push(bracket ? this.#instant(bracket.at) : NULL);
    this.billing.cells('bracketCounts').push(bracket ? bracket.count : NULL);
  }

  #addBounded(rows: Rows, row: number, no: number, { batch, registers }: RowsContext): void {
    const { bounded } = rows;
    if (!bounded) return;
    const raw = rows.raw?.[row];
    const register = registers.get(rows.register?.[row] ?? '');
    const cells: Record<BoundedColumn, string> = {
      points: String(no),
      batches: batch,
      sequences: String(rows.sequence[row] ?? 0),
      classes: rows.class,
      boots: String(bounded.boot),
      monos: String(rows.at[row] ?? 0),
      afters: this.#instant(bounded.after),
      befores: this.#instant(bounded.before),
      values: valueAt(rows, row) ?? NULL,
      registers: register === undefined ? NULL : String(register),
      raws: raw === undefined ? NULL : bytea(raw),
      qualities: String(rows.quality[row] ?? 0),
      sources: String(rows.source),
    };
    for (const name of BOUNDED) this.bounded.cells(name).push(cells[name]);
  }

  #hold(rows: Rows, row: number, context: RowsContext, reason: HeldRow['reason']): void {
    const at = this.#instant(rows.at[row] ?? 0);
    const bracket = rows.bracket?.[row];
    this.held.push({
      organisation: context.organisation,
      gateway: context.sender?.id ?? null,
      reason,
      class: rows.class,
      point: rows.points[rows.p[row] ?? 0] as PointId,
      at,
      value: valueAt(rows, row),
      raw: rows.raw?.[row] ?? null,
      register: rows.register?.[row] ?? null,
      boundary: rows.boundary === undefined ? null : this.#instant(rows.boundary),
      bracketAt: bracket ? this.#instant(bracket.at) : null,
      bracketCount: bracket ? bracket.count : null,
      quality: rows.quality[row] ?? 0,
      source: rows.source,
      batch: context.batch,
      sequence: rows.sequence[row] ?? 0,
      due: reason === 'future' ? at : null,
    });
  }

  #contradict(rows: Rows, row: number, no: number, context: RowsContext, fault: DecodeFault): void {
    this.conflicts.push({
      kind: 'decode',
      class: rows.class,
      point: no,
      at: this.#instant(rows.at[row] ?? 0),
      stored: fault.kind === 'decode' ? fault.decoded : null,
      offered: valueAt(rows, row),
      raw: rows.raw?.[row] ?? null,
      register: rows.register?.[row] ?? null,
      gateway: context.sender?.id ?? null,
      batch: context.batch,
      sequence: rows.sequence[row] ?? 0,
      quality: rows.quality[row] ?? 0,
      source: rows.source,
      detail: fault.detail,
    });
  }

  #touch(no: number, from: number, to: number): void {
    const span = this.dirty.get(no);
    if (!span) this.dirty.set(no, [from, to]);
    else {
      span[0] = Math.min(span[0], from);
      span[1] = Math.max(span[1], to);
    }
  }
}

/** How many of them would be held. */
export function heldOf(rows: Rows, context: Judging): number {
  if (rows.bounded) return 0;
  const numbers = rows.points.map((id) => numberOf(context, id));
  let count = 0;
  for (let row = 0; row < rows.p.length; row += 1)
    if (waitsFor(rows, row, numbers[rows.p[row] ?? 0], context)) count += 1;
  return count;
}

type Judging = Pick<RowsContext, 'points' | 'sender' | 'faults' | 'heldAfter'>;

function waitsFor(
  rows: Rows,
  row: number,
  no: number | undefined,
  { points, faults, heldAfter }: Judging,
): HeldRow['reason'] | undefined {
  // What a gateway names is made, as long as it may have more.
  if (no === undefined)
    return points.has(rows.points[rows.p[row] ?? 0] ?? '') ? 'foreign-point' : 'too-many-points';
  const fault = faults.get(row);
  if (fault) return fault.kind === 'unknown-profile' ? 'unknown-profile' : undefined;
  return (rows.at[row] ?? 0) > heldAfter ? 'future' : undefined;
}

function numberOf({ points, sender }: Judging, id: PointId): number | undefined {
  const point = points.get(id);
  if (!point) return undefined;
  return !sender || maySpeakFor(point, sender) ? point.no : undefined;
}

function valueAt({ value }: Rows, row: number): string | null {
  const one = value[row];
  return one === null || one === undefined ? null : String(one);
}

/** ISO 8601; a sweep asks for the same instant many times in a row. */
function instantText(): (ms: number) => string {
  let [last, text] = [Number.NaN, ''];
  return (ms) => {
    if (ms !== last) [last, text] = [ms, new Date(ms).toISOString()];
    return text;
  };
}
