import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain } from './cell.ts';
import { type DateRules, readClock, readDate, readSerial, readSerialClock, resolveYear } from './date.ts';

const RULES: DateRules = { order: 'dmy', era: 'either', referenceYear: 2026 };

function said(text: string, rules: Partial<DateRules> = {}): string {
  const read = readDate(plain(text), { ...RULES, ...rules });
  if (!read.ok) return read.error;
  const { date, clock } = read.value;
  const day = [date.year, date.month, date.day].map((part) => String(part).padStart(2, '0')).join('-');
  return clock === undefined ? day : `${day} ${clock}`;
}

describe('a date', () => {
  it.each<[string, string, Partial<DateRules>?]>([
    ['1/2/2569', '2026-02-01'],
    ['๑/๒/๒๕๖๙', '2026-02-01'],
    ['01-02-2569', '2026-02-01'],
    ['1.2.2026', '2026-02-01'],
    ['1/2/69', '2026-02-01'],
    ['1/2/26', '2026-02-01'],
    ['1/2/2026', '2026-01-02', { order: 'mdy' }],
    ['2026-02-01', '2026-02-01'],
    ['2026-02-01', '2026-02-01', { order: 'mdy' }],
    ['2569/02/01', '2026-02-01'],
    ['20260201', '2026-02-01'],
    ['25690201', '2026-02-01'],
    ['69/2/1', '2026-02-01', { order: 'ymd' }],
    ['1 ก.พ. 2569', '2026-02-01'],
    ['1 ก.พ. 69', '2026-02-01'],
    ['๑ กุมภาพันธ์ พ.ศ. ๒๕๖๙', '2026-02-01'],
    ['1 กุมภาพันธ์ ค.ศ. 2026', '2026-02-01'],
    ['01-Feb-2026', '2026-02-01'],
    ['31 Des 2025', '2025-12-31'],
    ['29/2/2567', '2024-02-29'],
    ['1/2/2569 8:30', '2026-02-01 30600'],
    ['1/2/2569 08:30:15', '2026-02-01 30615'],
    ['1/2/2569 08.30 น.', '2026-02-01 30600'],
    ['1 ก.พ. 2569 เวลา 08.30 น.', '2026-02-01 30600'],
    ['2026-02-01T08:30', '2026-02-01 30600'],
    ['2026-02-01 24:00', '2026-02-01 86400'],
    ['2/1/2026 12:05 AM', '2026-02-01 300', { order: 'mdy' }],
    ['2/1/2026 1:05 pm', '2026-02-01 47100', { order: 'mdy' }],
    ['1/2/2026, 8:30', '2026-02-01 30600'],
  ])('%s is %s', (text, expected, rules) => expect(said(text, rules)).toBe(expected));

  it.each<[string, string, Partial<DateRules>?]>([
    ['', 'date_unreadable'],
    ['yesterday', 'date_unreadable'],
    ['46054', 'date_unreadable'],
    ['1/2', 'date_unreadable'],
    ['1 xyz 2569', 'date_unreadable'],
    ['1/2/569', 'date_unreadable'],
    ['31/2/2569', 'date_impossible'],
    ['29/2/2568', 'date_impossible'],
    ['0/2/2569', 'date_impossible'],
    ['13/13/2026', 'date_impossible'],
    ['1/2/2026', 'date_order', { order: 'ymd' }],
    ['1/13/2569', 'date_order'],
    ['13/1/2569', 'date_order', { order: 'mdy' }],
    ['69/2/1', 'date_order'],
    ['1/2/2569', 'year_era', { era: 'gregorian' }],
    ['1/2/2026', 'year_era', { era: 'buddhist' }],
    ['1/2/2028', 'year_out_of_reach'],
    ['1/2/2571', 'year_out_of_reach'],
    ['1/2/1526', 'year_out_of_reach'],
    ['1/2/35', 'year_out_of_reach'],
    ['1/2/69', 'year_out_of_reach', { era: 'gregorian' }],
    ['1/2/45', 'year_ambiguous', { referenceYear: 2045 }],
    ['1/2/2569 25:00', 'clock_unreadable'],
    ['1/2/2569 8:61', 'clock_unreadable'],
  ])('%s is refused: %s', (text, fault, rules) => expect(said(text, rules)).toBe(fault));

  it('every day from 1990 comes back, in both eras and each order', () => {
    const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.constantFrom(0, 543), fc.constantFrom('dmy', 'mdy', 'ymd'), (date, era, order) => {
        const [year, month, dom] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
        const parts = { d: dom, m: month, y: year + era };
        const text = [...order].map((part) => parts[part as 'd' | 'm' | 'y']).join('/');
        const read = readDate(text, { ...RULES, order });
        expect(read).toEqual({ ok: true, value: { date: { year, month, day: dom } } });
      }),
    );
  });

  it('two digits are one year, and never another than was written', () => {
    for (let year = 2000; year <= 2027; year++) {
      const digits = (value: number) => String(value % 100).padStart(2, '0');
      expect(resolveYear(digits(year), RULES)).toEqual({ ok: true, value: year });
      expect(resolveYear(digits(year + 543), RULES)).toEqual({ ok: true, value: year });
    }
  });
});

describe('a clock', () => {
  it.each<[string, number | undefined]>([
    ['0:00', 0],
    ['23:59:59', 86_399],
    ['24:00', 86_400],
    ['24:01', undefined],
    ['7.05', 25_500],
    ['12:00 am', 0],
    ['12:00 p.m.', 43_200],
    ['13:00 pm', undefined],
    ['08:30:00.000', 30_600],
    ['8', undefined],
  ])('%s', (text, seconds) => expect(readClock(text)).toBe(seconds));
});

describe('a number of a workbook', () => {
  const serial = (text: string, date1904 = false) => readSerial(text, { ...RULES, date1904 });
  const on = (year: number, month: number, day: number) => ({ year, month, day });
  it.each([
    ['46054', { date: on(2026, 2, 1) }],
    ['46054.5', { date: on(2026, 2, 1), clock: 43_200 }],
    ['46054.0', { date: on(2026, 2, 1), clock: 0 }],
    ['46054.354166666664', { date: on(2026, 2, 1), clock: 30_600 }],
    ['46054.999999', { date: on(2026, 2, 2), clock: 0 }],
    // 1 February 2569, as a workbook keeps what was typed in the Buddhist era.
    ['244381', { date: on(2026, 2, 1) }],
  ])('%s', (text, value) => expect(serial(text)).toEqual({ ok: true, value }));

  it('counts from 1904 where the workbook says so', () => {
    expect(serial('44592', true)).toEqual({ ok: true, value: { date: on(2026, 2, 1) } });
  });

  it.each(['', '-1', '1e5', '59', '60', 'x'])('%j is no day', (text) => {
    expect(serial(text)).toEqual({ ok: false, error: 'date_unreadable' });
  });
  it('a year that nobody reads in is refused', () => {
    expect(serial('60000')).toEqual({ ok: false, error: 'year_out_of_reach' });
  });
  it('a time of day alone', () => {
    expect(readSerialClock('0.354166666666667')).toBe(30_600);
    expect(readSerialClock('46054.25')).toBe(21_600);
    expect(readSerialClock('x')).toBeUndefined();
  });
});
