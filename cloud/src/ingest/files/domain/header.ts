import { type Cell, plain, type Row } from '../../../kernel/tables/cell.ts';
import { headerKey } from '../../../kernel/tables/columns.ts';
import { type DateOrder, readClock } from '../../../kernel/tables/date.ts';
import {
  decimalOf,
  findHeader,
  orderNote,
  refOf,
  textsIn,
  USUAL_ORDER,
} from '../../../kernel/tables/header.ts';
import { isUnit } from './amount.ts';
import type { ColumnRole, Mapping, Medium, ValueColumn } from './mapping.ts';

export interface Proposal {
  readonly mapping: Mapping;
  /** What was assumed and should be looked at, in words. */
  readonly notes: readonly string[];
}

/** What whoever asks has said already, and need not be told to look at. */
export interface SaidBefore {
  /** Local time of dates that say none: `08:00`. */
  readonly dateOnlyAt?: string | undefined;
  /** Columns of values have a date of their own. */
  readonly isDated?: boolean;
  readonly dateOrder?: DateOrder | undefined;
}

/** Names of columns as `headerKey` makes them: English, Thai, Indonesian. */
const ROLE_NAMES: Readonly<Record<ColumnRole, readonly string[]>> = {
  point: ['point', 'pointid', 'measuringpoint', 'จุดวัด', 'รหัสจุดวัด', 'titikukur'],
  serial: [
    ...['serial', 'serialno', 'serialnumber', 'sn', 'meterserial', 'meterno', 'meternumber'],
    ...['หมายเลขมิเตอร์', 'หมายเลขเครื่อง', 'หมายเลขเครื่องวัด', 'เลขเครื่อง', 'เลขเครื่องวัด', 'รหัสเครื่องวัด'],
    ...['ซีเรียล', 'ซีเรียลนัมเบอร์', 'nomormeter', 'nometer', 'nomorseri'],
  ],
  meter: ['meter', 'metername', 'meterlabel', 'label', 'มิเตอร์', 'ชื่อมิเตอร์', 'เครื่องวัด', 'meteran', 'namameter'],
  room: [
    ...['room', 'roomno', 'roomnumber', 'apartment', 'apt', 'flat', 'place'],
    ...[
      'ห้อง',
      'เลขห้อง',
      'เลขที่ห้อง',
      'ห้องเลขที่',
      'หมายเลขห้อง',
      'ห้องพัก',
      'ห้องที่',
      'kamar',
      'nokamar',
      'nomorkamar',
    ],
  ],
  register: ['register', 'registername', 'รีจิสเตอร์'],
  time: [
    ...[
      'datetime',
      'timestamp',
      'readat',
      'readingtime',
      'readingdatetime',
      'dateandtime',
      'dateandtimeread',
    ],
    ...['วันเวลา', 'วันที่เวลา', 'วันที่และเวลา', 'วันเวลาที่อ่าน', 'วันเวลาที่จด', 'waktu', 'tanggaljam', 'tanggaldanjam'],
  ],
  date: [
    ...['date', 'readingdate', 'readdate', 'dateread', 'day', 'tanggal', 'tgl', 'tanggalbaca'],
    ...['วันที่', 'วันที่อ่าน', 'วันที่จด', 'วันที่จดมิเตอร์', 'วันที่อ่านมิเตอร์', 'วันที่จดเลข', 'วัน'],
  ],
  clock: ['clock', 'timeofday', 'hour', 'เวลา', 'เวลาที่อ่าน', 'เวลาอ่าน', 'เวลาที่จด', 'jam', 'pukul'],
  unit: ['unit', 'units', 'uom', 'unitofmeasure', 'หน่วย', 'หน่วยวัด', 'หน่วยนับ', 'satuan'],
  opening: ['opening', 'openingbalance', 'openingreading', 'ยกมา', 'ยอดยกมา', 'เลขเริ่มต้น', 'saldoawal'],
  note: ['note', 'notes', 'remark', 'remarks', 'comment', 'หมายเหตุ', 'บันทึก', 'keterangan', 'catatan'],
};

const ROLE_OF = new Map<string, ColumnRole>(
  Object.entries(ROLE_NAMES).flatMap(([role, names]) =>
    names.map((name) => [name, role as ColumnRole] as const),
  ),
);

/** What is computed from readings is none: consumption, prices, amounts. */
const NOT_READINGS =
  /usage|consum|used|amount|price|cost|total|baht|rate|ใช้ไป|ที่ใช้|หน่วยใช้|บาท|ราคา|ค่าไฟ|ค่าน้ำ|จำนวนเงิน|รวม|pemakaian|biaya|harga|jumlah|tagihan/;
const READING =
  /reading|value|count|index|meterread|เลขมิเตอร์|เลขที่อ่าน|ค่าที่อ่าน|ค่ามิเตอร์|เลขอ่าน|ค่าอ่าน|เลขที่จด|เลขหน่วย|standmeter|angka/;
const ELECTRICITY = /elec|kwh|power|ไฟ|listrik/;
const WATER = /water|m3|m³|ลบม|น้ำ|ประปา|^air|pdam/;
const BEFORE = /prev|before|last|ก่อน|ที่แล้ว|เดิม|ยกมา|lalu|awal/;

const DEFAULT_HOUR = '12:00';

/** A mapping for a file that nobody has described yet, from the words above its columns and what stands below them. */
export function proposeMapping(
  rows: readonly Row[],
  referenceYear: number,
  { dateOnlyAt, isDated = false, dateOrder }: SaidBefore = {},
): Proposal {
  const header = findHeader(rows, isKnown);
  const notes: string[] = [];
  if (!header) notes.push('no line looks like the names of columns: give columns as numbers from 1');
  const body = rows.filter(({ line }) => line > (header?.line ?? 0));
  const { columns, values } = header ? columnsOf(header, body, notes) : { columns: {}, values: [] };
  if (header && values.length === 0) notes.push('no column of readings was recognised: add it to values');
  const decimal = decimalOf(values.flatMap((value) => textsIn(body, header, value.column)));
  const dates = [columns.time, columns.date].flatMap((ref) =>
    ref === undefined ? [] : textsIn(body, header, ref),
  );
  const note = orderNote(dates, { referenceYear });
  if (note !== undefined && dateOrder === undefined) notes.push(note);
  const needsHour = columns.time === undefined ? columns.clock === undefined : !dates.some(hasClock);
  if (needsHour && dateOnlyAt === undefined) {
    notes.push(
      `dates without a time are read as ${DEFAULT_HOUR} in the building's zone: change dates.dateOnlyAt if they were read at another hour`,
    );
  }
  if (header && columns.time === undefined && columns.date === undefined && values.length > 0 && !isDated)
    notes.push('no column says when: give each of values the date of its readings in "at"');
  return {
    notes,
    mapping: {
      headerLine: header?.line ?? 0,
      columns,
      values,
      dates: {
        order: dateOrder ?? USUAL_ORDER,
        era: 'either',
        ...(needsHour && { dateOnlyAt: dateOnlyAt ?? DEFAULT_HOUR }),
      },
      decimal,
      formulas: 'refuse',
      opening: false,
    },
  };
}

const isKnown = (key: string): boolean => ROLE_OF.has(key) || isReadingColumn(key);

function isReadingColumn(key: string): boolean {
  if (key === '' || NOT_READINGS.test(key)) return false;
  return READING.test(key) || ELECTRICITY.test(key) || WATER.test(key);
}

function columnsOf(header: Row, body: readonly Row[], notes: string[]) {
  const columns: { [Role in ColumnRole]?: string | number } = {};
  const values: ValueColumn[] = [];
  const keys = header.cells.map(({ text }) => headerKey(text));
  for (const [index, cell] of header.cells.entries()) {
    const key = keys[index] ?? '';
    const ref = refOf(header, index);
    const role = ROLE_OF.get(key);
    if (role === undefined) {
      if (!isReadingColumn(key)) continue;
      if (BEFORE.test(key)) {
        notes.push(
          `"${plain(cell.text)}" looks like the reading before: to bring it in, add it to values with the date in "at"`,
        );
      } else values.push(valueColumn(ref, cell, key));
    } else if (columns[role] === undefined && (role !== 'unit' || holdsUnits(body, index)))
      columns[role] = ref;
  }
  timeBesideDate(header, keys, columns);
  return { columns, values };
}

/** `time` alone is an instant; beside a date it is the time of that day. */
function timeBesideDate(
  header: Row,
  keys: readonly string[],
  columns: { [Role in ColumnRole]?: string | number },
): void {
  const index = keys.indexOf('time');
  if (index < 0) return;
  const role = columns.date === undefined ? 'time' : 'clock';
  columns[role] ??= plain(header.cells[index]?.text ?? '');
}

function valueColumn(column: string | number, { text }: Cell, key: string): ValueColumn {
  const medium: Medium | undefined = WATER.test(key)
    ? 'water'
    : ELECTRICITY.test(key)
      ? 'electricity'
      : undefined;
  const inBrackets = /[([]([^)\]]+)[)\]]/.exec(plain(text))?.[1];
  const unit = [inBrackets, plain(text)].find((word) => word !== undefined && isUnit(word));
  return {
    column,
    ...(medium && { medium }),
    unit: unit ?? 'หน่วย',
  };
}

const SAMPLES = 200;

function holdsUnits(body: readonly Row[], index: number): boolean {
  const texts = body.slice(0, SAMPLES).map(({ cells }) => plain(cells[index]?.text ?? ''));
  const filled = texts.filter((text) => text !== '');
  return filled.length > 0 && filled.every(isUnit);
}

const hasClock = (text: string): boolean =>
  readClock(text.split(/[T ]/).at(-1) ?? '') !== undefined ||
  /\d[:.]\d\d\s*(น\.?|am|pm)$/i.test(text) ||
  /T\d\d:/.test(text);
