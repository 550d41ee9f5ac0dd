import { err, ok, type Result } from '../../../kernel/result.ts';
import { type Cell, plain, type Row } from '../../../kernel/tables/cell.ts';
import {
  type Clock,
  type DateRules,
  type LocalDate,
  readClock,
  readDate,
  readSerial,
  readSerialClock,
} from '../../../kernel/tables/date.ts';
import { readNumber, readStoredNumber } from '../../../kernel/tables/number.ts';
import { textOf, usableText } from '../../../kernel/tables/usable.ts';
import { type Register, toCount } from './amount.ts';
import type { Directory, KnownPoint, Wanted } from './directory.ts';
import { type Fault, type FaultCode, faultAt } from './faults.ts';
import type { ColumnRole, Mapping, ResolvedColumns, ValueColumn } from './mapping.ts';

export interface RowRules {
  readonly mapping: Mapping;
  readonly columns: ResolvedColumns;
  readonly directory: Directory;
  /** The building's own time as an instant in ms. */
  readonly instantOf: (date: LocalDate, clock: Clock) => Result<number, 'skipped' | 'repeated'>;
  readonly referenceYear: number;
  /** Of the workbook: days are counted from 1904. */
  readonly date1904: boolean;
}

export interface RowReading {
  readonly line: number;
  readonly column: number;
  readonly columnName: string;
  readonly point: string;
  readonly at: number;
  readonly class: 'billing' | 'counter';
  readonly count: bigint;
  readonly opening: boolean;
  readonly note: string | undefined;
  /** As the file says it. */
  readonly text: string;
}

export interface RowResult {
  readonly readings: readonly RowReading[];
  readonly faults: readonly Fault[];
}

/** Why a cell cannot be used; `role` says which one, where it is not the value itself. */
interface Trouble {
  readonly code: FaultCode;
  readonly index?: number | undefined;
  readonly value: string;
  readonly fact?: string;
}

const YES = new Set(['x', 'y', 'yes', 'true', '1', 'opening', 'ใช่', 'ยกมา', 'จริง', 'ya', '✓', '✔']);
const ISO_INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)$/;
const NOTE_LENGTH = 200;
const IDENTITY: readonly ColumnRole[] = ['point', 'meter', 'serial', 'room'];

/** One line of a table as readings, and what is wrong with it. Pure: the same line always says the same. */
export class RowReader {
  readonly #rules: RowRules;
  readonly #dates: DateRules & { date1904: boolean };
  readonly #dateOnlyAt: Clock | undefined;

  constructor(rules: RowRules) {
    const { mapping, referenceYear, date1904 } = rules;
    this.#rules = rules;
    this.#dates = { order: mapping.dates.order, era: mapping.dates.era, referenceYear, date1904 };
    this.#dateOnlyAt = readClock(mapping.dates.dateOnlyAt ?? '');
  }

  read(row: Row): RowResult {
    const readings: RowReading[] = [];
    const faults: Fault[] = [];
    const { values } = this.#rules.columns;
    const filled = values.filter(({ index }) => textOf(row.cells[index]) !== '');
    // A line with nothing in any column of values: of one that has only one such column it is a forgotten value.
    const wanted = filled.length > 0 ? filled : values.slice(0, 1);
    const seen = new Set<string>();
    for (const { index, column } of wanted) {
      const read = this.#readValue(row, index, column);
      if (read.ok) readings.push(read.value);
      else this.#report(row, index, read.error, seen, faults);
    }
    return { readings, faults };
  }

  /** What is wrong with the date of a line is said once, not once for each of its values. */
  #report(row: Row, index: number, trouble: Trouble, seen: Set<string>, faults: Fault[]): void {
    const place = trouble.index ?? index;
    const mark = `${place} ${trouble.code}`;
    if (seen.has(mark)) return;
    seen.add(mark);
    const columnName = this.#rules.columns.names[place] ?? '';
    faults.push(
      faultAt({ line: row.line, column: place + 1, columnName }, trouble.code, trouble.value, trouble.fact),
    );
  }

  #readValue(row: Row, index: number, column: ValueColumn): Result<RowReading, Trouble> {
    const at = this.#instant(row, column);
    if (!at.ok) return at;
    const point = this.#point(row, column, at.value);
    if (!point.ok) return point;
    const count = this.#count(row, index, column, countsAt(point.value, at.value));
    if (!count.ok) return count;
    const note = this.#text(row, 'note')
      .slice(0, NOTE_LENGTH)
      .replaceAll(/\p{Cc}/gu, ' ');
    return ok({
      line: row.line,
      column: index + 1,
      columnName: this.#rules.columns.names[index] ?? '',
      point: point.value.id,
      at: at.value,
      class: point.value.class === 'counter' ? 'counter' : 'billing',
      count: count.value,
      opening: this.#isOpening(row, column),
      note: note === '' ? undefined : note,
      text: textOf(row.cells[index]),
    });
  }

  #instant(row: Row, column: ValueColumn): Result<number, Trouble> {
    if (column.at !== undefined) {
      const read = readDate(plain(column.at), this.#dates);
      return read.ok
        ? this.#local(read.value, undefined, column.at)
        : err({ code: read.error, value: column.at });
    }
    const { roles } = this.#rules.columns;
    const index = roles.get('time') ?? roles.get('date');
    const cell = index === undefined ? undefined : row.cells[index];
    const usable = this.#usable(cell, index, 'time_missing', true);
    if (!usable.ok) return usable;
    const text = usable.value;
    if (ISO_INSTANT.test(text)) return parseIso(text, index);
    const isSerial = cell?.kind === 'date' || cell?.kind === 'number';
    const read = isSerial ? readSerial(text, this.#dates) : readDate(text, this.#dates);
    if (!read.ok) return err({ code: read.error, index, value: text });
    const clock = this.#clock(row);
    if (!clock.ok) return clock;
    return this.#local(
      { ...read.value, ...(clock.value !== undefined && { clock: clock.value }) },
      index,
      text,
    );
  }

  /** The time of day of a column of its own. */
  #clock(row: Row): Result<Clock | undefined, Trouble> {
    const index = this.#rules.columns.roles.get('clock');
    const cell = index === undefined ? undefined : row.cells[index];
    if (cell === undefined || textOf(cell) === '') return ok(undefined);
    const usable = this.#usable(cell, index, 'time_missing', true);
    if (!usable.ok) return usable;
    const isSerial = cell.kind === 'date' || cell.kind === 'number';
    const clock = isSerial ? readSerialClock(usable.value) : readClock(usable.value);
    return clock === undefined ? err({ code: 'clock_unreadable', index, value: usable.value }) : ok(clock);
  }

  #local(
    { date, clock }: { readonly date: LocalDate; readonly clock?: Clock },
    index: number | undefined,
    value: string,
  ): Result<number, Trouble> {
    const seconds = clock ?? this.#dateOnlyAt;
    if (seconds === undefined) return err({ code: 'hour_missing', index, value });
    const instant = this.#rules.instantOf(date, seconds);
    return instant.ok ? instant : err({ code: `time_${instant.error}`, index, value });
  }

  #point(row: Row, column: ValueColumn, at: number): Result<KnownPoint, Trouble> {
    const { roles } = this.#rules.columns;
    const wanted: { -readonly [Key in keyof Wanted]: Wanted[Key] } = {};
    let named: { index: number; text: string } | undefined;
    for (const role of IDENTITY) {
      const index = roles.get(role);
      if (index === undefined || textOf(row.cells[index]) === '') continue;
      const usable = this.#usable(row.cells[index], index, 'point_missing', true);
      if (!usable.ok) return usable;
      wanted[role as 'point' | 'meter' | 'serial' | 'room'] = usable.value;
      named ??= { index, text: usable.value };
    }
    const first = IDENTITY.map((role) => roles.get(role)).find((index) => index !== undefined);
    if (named === undefined) return err({ code: 'point_missing', index: first, value: '' });
    const register = this.#text(row, 'register') || column.register;
    if (register) wanted.register = register;
    if (column.medium) wanted.medium = column.medium;
    const found = this.#rules.directory.find(wanted, at);
    const trouble = { index: named.index, value: named.text };
    if (found.kind !== 'point') {
      const code = found.kind === 'none' ? 'point_unknown' : 'point_ambiguous';
      return err({ ...trouble, code, fact: found.fact });
    }
    if (found.point.class === 'gauge') return err({ ...trouble, code: 'point_is_gauge' });
    return ok(found.point);
  }

  #count(
    row: Row,
    index: number,
    column: ValueColumn,
    counts: Register | undefined,
  ): Result<bigint, Trouble> {
    const cell = row.cells[index];
    const usable = this.#usable(cell, index, 'value_missing', false);
    if (!usable.ok) return usable;
    const text = usable.value;
    const isStored = cell?.kind === 'number' || cell?.kind === 'date';
    const amount = isStored ? readStoredNumber(text) : readNumber(text, this.#rules.mapping.decimal);
    if (!amount.ok) return err({ code: amount.error, value: text });
    const unit = this.#text(row, 'unit') || (column.unit ?? '');
    if (unit === '') return err({ code: 'unit_missing', value: text });
    const register = counts ?? UNKNOWN_REGISTER;
    const count = toCount(amount.value, unit, register);
    if (count.ok) return count;
    if (counts === undefined && count.error !== 'number_negative')
      return err({ code: 'register_unknown', value: text });
    const fact =
      count.error === 'unit_unknown'
        ? unit
        : count.error === 'unit_mismatch'
          ? register.unit
          : stepOf(register);
    return err({ code: count.error, value: text, fact });
  }

  #isOpening(row: Row, column: ValueColumn): boolean {
    if (this.#rules.mapping.opening || column.opening === true) return true;
    return YES.has(this.#text(row, 'opening').toLowerCase());
  }

  #text(row: Row, role: ColumnRole): string {
    const index = this.#rules.columns.roles.get(role);
    return index === undefined ? '' : textOf(row.cells[index]);
  }

  #usable(
    cell: Cell | undefined,
    index: number | undefined,
    missing: FaultCode,
    mayBeMerged: boolean,
  ): Result<string, Trouble> {
    const usable = usableText(cell, { formulas: this.#rules.mapping.formulas, mayBeMerged });
    if (!usable.ok) return err({ code: usable.error, index, value: textOf(cell), fact: textOf(cell) });
    return usable.value === '' ? err({ code: missing, index, value: '' }) : usable;
  }
}

/** Only its own counts can be given to a register of which nothing is known. */
const UNKNOWN_REGISTER = { unit: '', num: 1n, den: 1n };

function parseIso(text: string, index: number | undefined): Result<number, Trouble> {
  const ms = Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? err({ code: 'date_impossible', index, value: text }) : ok(ms);
}

const DISPLAY: Readonly<Record<string, readonly [unit: string, decimals: bigint]>> = {
  Wh: ['kWh', 1_000n],
  varh: ['kvarh', 1_000n],
  VAh: ['kVAh', 1_000n],
  mL: ['m³', 1_000_000n],
};

/** `0.01 kWh`, or as a fraction where a step is no decimal. */
function stepOf({ unit, num, den }: { unit: string; num: bigint; den: bigint }): string {
  const [shown, factor] = DISPLAY[unit] ?? [unit, 1n];
  const scaled = num * 10n ** 9n;
  const divisor = den * factor;
  if (scaled % divisor !== 0n) return `${num}/${den * factor} ${shown}`;
  const digits = (scaled / divisor).toString().padStart(10, '0');
  return (
    `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '') + (shown === '' ? '' : ` ${shown}`)
  );
}

/** Of the meter that was there then. */
const countsAt = ({ counts, exchanged = [] }: KnownPoint, at: number): Register | undefined => {
  const then = exchanged.findLast(({ from }) => from <= at) ?? exchanged[0];
  return then ? then.counts : counts;
};
