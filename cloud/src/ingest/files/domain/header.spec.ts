import { describe, expect, it } from 'vitest';
import type { Row } from '../../../kernel/tables/cell.ts';
import { headerKey } from '../../../kernel/tables/columns.ts';
import { CsvReader, detectDelimiter } from '../../../kernel/tables/csv.ts';
import { proposeMapping, type SaidBefore } from './header.ts';
import { type Mapping, resolveColumns } from './mapping.ts';

function rowsOf(text: string): Row[] {
  const reader = new CsvReader(detectDelimiter(text));
  return [...reader.push(text), ...reader.end()];
}
const propose = (text: string, said?: SaidBefore) => proposeMapping(rowsOf(text), 2026, said);

describe('a proposed mapping', () => {
  it('of a list of rooms in Thai, under a title', () => {
    const { mapping, notes } = propose(
      'หอพักสุขใจ\nประจำเดือน ม.ค. 2569\n\nห้อง,วันที่จด,เลขมิเตอร์ไฟ,เลขมิเตอร์น้ำ,หน่วยที่ใช้,จำนวนเงิน,หมายเหตุ\n101,25/1/2569,1234,56,10,80,\n',
    );
    expect(mapping).toEqual({
      headerLine: 4,
      columns: { room: 'ห้อง', date: 'วันที่จด', note: 'หมายเหตุ' },
      values: [
        { column: 'เลขมิเตอร์ไฟ', medium: 'electricity', unit: 'หน่วย' },
        { column: 'เลขมิเตอร์น้ำ', medium: 'water', unit: 'หน่วย' },
      ],
      dates: { order: 'dmy', era: 'either', dateOnlyAt: '12:00' },
      decimal: '.',
      formulas: 'refuse',
      opening: false,
    });
    expect(notes).toEqual(['dates are read as day, month, year', expect.stringContaining('12:00')]);
  });

  it('of an export of another system', () => {
    const { mapping, notes } = propose(
      'Serial No.;Timestamp;Reading (kWh)\nA1;2026-01-31 08:00;1.234,5\nA1;2026-02-01 08:00;1.240,75\n',
    );
    expect(mapping.columns).toEqual({ serial: 'Serial No.', time: 'Timestamp' });
    expect(mapping.values).toEqual([{ column: 'Reading (kWh)', medium: 'electricity', unit: 'kWh' }]);
    expect(mapping.decimal).toBe(',');
    expect(mapping.dates.dateOnlyAt).toBeUndefined();
    expect(notes).toEqual([]);
  });

  it('with a time beside the date, a unit column, and months before days if that is said', () => {
    const text = 'meter,date,time,unit,value\nM1,1/31/2026,08:30,kWh,5\n';
    const { mapping, notes } = propose(text, { dateOrder: 'mdy' });
    expect(notes).toEqual([]);
    expect(mapping.columns).toEqual({ meter: 'meter', date: 'date', clock: 'time', unit: 'unit' });
    expect(mapping.dates).toEqual({ order: 'mdy', era: 'either' });
  });

  it('says nothing of what was said before', () => {
    const dated = propose('room,date,kwh\n101,2026-01-31,5\n', { dateOnlyAt: '08:00' });
    expect([dated.mapping.dates.dateOnlyAt, dated.notes]).toEqual(['08:00', []]);
    const undated = propose('room,kwh\n101,5\n', { dateOnlyAt: '08:00', isDated: true });
    expect(undated.notes).toEqual([]);
  });

  it('keeps the usual order of dates whatever one of them looks like, and tells it', () => {
    const text = 'room,date,kwh\n101,1/2/2569,5\n101,3/4/2569,6\n101,1/13/2569,7\n';
    const { mapping, notes } = propose(text, { dateOnlyAt: '08:00' });
    expect(mapping.dates.order).toBe('dmy');
    expect(notes).toEqual([expect.stringContaining('in which "1/13/2569" is none')]);
  });

  it('says what it does not know', () => {
    expect(propose('a,b\n1,2\n').notes[0]).toContain('no line looks like the names of columns');
    expect(propose('room,date\n101,1/2/26\n').notes).toContain(
      'no column of readings was recognised: add it to values',
    );
    const before = propose('ห้อง,ไฟครั้งก่อน,ไฟครั้งนี้\n101,1200,1234\n');
    expect(before.mapping.values.map(({ column }) => column)).toEqual(['ไฟครั้งนี้']);
    expect(before.notes.join()).toContain('"ไฟครั้งก่อน" looks like the reading before');
    expect(before.notes.join()).toContain('no column says when');
    expect(propose('room,date,kwh\n101,1/2/2026,5\n').notes[0]).toContain('day, month, year');
  });

  it('takes columns of the same words by their place', () => {
    const { mapping } = propose('room,date,kWh,kWh\n101,31/1/2026,5,6\n');
    expect(mapping.values.map(({ column }) => column)).toEqual([3, 4]);
  });
});

describe('columns', () => {
  const header = ['Room No.', 'Date', 'kWh', 'kWh'].map((text) => ({ kind: 'text' as const, text }));
  const mapping: Mapping = {
    headerLine: 1,
    columns: { room: 'room no', date: 2 },
    values: [{ column: 3, unit: 'kWh' }],
    dates: { order: 'dmy', era: 'either', dateOnlyAt: '08:00' },
    decimal: '.',
    formulas: 'refuse',
    opening: false,
  };
  it('are found by words or by place', () => {
    const resolved = resolveColumns(mapping, header);
    expect(
      resolved.ok && [...resolved.value.roles, ...resolved.value.values.map(({ index }) => index)],
    ).toEqual([['room', 0], ['date', 1], 2]);
  });
  it.each<[string, Partial<Mapping>, string]>([
    ['missing', { columns: { room: 'Flat', date: 2 } }, 'there is no column "Flat"; the file has "Room No."'],
    ['twice', { values: [{ column: 'kWh' }] }, 'two columns are called "kWh"'],
    ['nobody', { columns: { date: 2 } }, 'no column says whose'],
    ['nothing', { values: [] }, 'no column of readings'],
    ['never', { columns: { room: 1 } }, 'nothing says when'],
  ])('%s is told', (_what, change, problem) => {
    const resolved = resolveColumns({ ...mapping, ...change }, header);
    expect(resolved.ok ? [] : resolved.error.join()).toContain(problem);
  });
  it('case, spaces and points say nothing', () => expect(headerKey(' Serial No. ')).toBe('serialno'));
});
