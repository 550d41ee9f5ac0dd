import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WallClock } from '../../../kernel/local-time.ts';
import type { Cell } from '../../../kernel/tables/cell.ts';
import { faultSentence } from '../../../kernel/tables/faults.ts';
import { Directory, type KnownPoint } from './directory.ts';
import { type Mapping, resolveColumns } from './mapping.ts';
import { RowReader } from './row-reader.ts';

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const energy = {
  register: 'energy',
  medium: 'electricity',
  counts: { unit: 'Wh', num: 10n, den: 1n },
} as const;
const volume = { register: 'volume', medium: 'water', counts: { unit: 'mL', num: 1_000n, den: 1n } } as const;
const always = (meter: string, place: string | null) => [{ meter, place, from: null, to: null }];
const POINTS: KnownPoint[] = [
  {
    id: 'p-old',
    class: 'billing',
    isBilled: true,
    ...energy,
    bindings: [{ meter: 'm-old', place: 'r101', from: null, to: day('2026-01-15') }],
  },
  {
    id: 'p-new',
    class: 'billing',
    isBilled: true,
    ...energy,
    bindings: [{ meter: 'm-new', place: 'r101', from: day('2026-01-15'), to: null }],
  },
  {
    id: 'p-new-export',
    class: 'counter',
    isBilled: false,
    ...energy,
    register: 'energy_export',
    bindings: always('m-new', 'r101'),
  },
  { id: 'p-power', class: 'gauge', isBilled: false, bindings: always('m-new', 'r101') },
  { id: 'p-water', class: 'billing', isBilled: true, ...volume, bindings: always('m-water', 'r101') },
  {
    id: 'p-two-a',
    class: 'counter',
    isBilled: false,
    ...energy,
    register: 'a',
    bindings: always('m-two', 'r102'),
  },
  {
    id: 'p-two-b',
    class: 'counter',
    isBilled: false,
    ...energy,
    register: 'b',
    bindings: always('m-two', 'r102'),
  },
  { id: 'p-bare', class: 'billing', isBilled: false, bindings: always('m-bare', null) },
];
const DIRECTORY = new Directory(
  POINTS,
  [
    { id: 'm-old', label: 'E-101 old', serial: 'SN 1' },
    { id: 'm-new', label: 'E-101', serial: 'SN-2' },
    { id: 'm-water', label: 'W-101', serial: null },
    { id: 'm-two', label: 'E-102', serial: null },
    { id: 'm-bare', label: 'bare', serial: null },
  ],
  [
    { id: 'r101', name: 'Room 101' },
    { id: 'r102', name: '102' },
  ],
);
const BASE: Mapping = {
  headerLine: 1,
  columns: { room: 'room', date: 'date' },
  values: [{ column: 'kWh', unit: 'kWh', medium: 'electricity' }],
  dates: { order: 'dmy', era: 'either', dateOnlyAt: '08:00' },
  decimal: '.',
  formulas: 'refuse',
  opening: false,
};

function read(header: string[], cells: (string | Cell)[], change: Partial<Mapping> = {}) {
  const mapping = { ...BASE, ...change };
  const cellOf = (it: string | Cell): Cell => (typeof it === 'string' ? { kind: 'text', text: it } : it);
  const columns = resolveColumns(mapping, header.map(cellOf));
  if (!columns.ok) throw new Error(columns.error.join());
  const clock = new WallClock('Asia/Bangkok');
  const reader = new RowReader({
    mapping,
    columns: columns.value,
    directory: DIRECTORY,
    instantOf: (date, seconds) => clock.instant(date, seconds),
    referenceYear: 2026,
    date1904: false,
  });
  return reader.read({ line: 7, cells: cells.map(cellOf) });
}
const HEADER = ['room', 'date', 'kWh'];
const brief = (result: ReturnType<typeof read>) => [
  ...result.readings.map(
    ({ point, at, count, opening }) =>
      `${point} ${new Date(at).toISOString()} ${count}${opening ? ' opening' : ''}`,
  ),
  ...result.faults.map(({ column, code }) => `${column} ${code}`),
];

describe('a line', () => {
  it.each<[string, string[], (string | Cell)[], Partial<Mapping>, string[]]>([
    ['plain', HEADER, ['Room 101', '1/2/2569', '1,234.56'], {}, ['p-new 2026-02-01T01:00:00.000Z 123456']],
    [
      'in Thai digits',
      HEADER,
      ['room101', '๑/๒/๖๙', '๑๒๓๔.๕๖'],
      {},
      ['p-new 2026-02-01T01:00:00.000Z 123456'],
    ],
    [
      'of the meter that hung there then',
      HEADER,
      ['Room 101', '1/1/2569', '5'],
      {},
      ['p-old 2026-01-01T01:00:00.000Z 500'],
    ],
    [
      'with its time in the cell',
      HEADER,
      ['Room 101', '1/2/2569 17:30', '5'],
      {},
      ['p-new 2026-02-01T10:30:00.000Z 500'],
    ],
    [
      'with an instant',
      HEADER,
      ['Room 101', '2026-02-01T17:30:00+09:00', '5'],
      {},
      ['p-new 2026-02-01T08:30:00.000Z 500'],
    ],
    [
      'of a workbook',
      HEADER,
      ['Room 101', { kind: 'date', text: '46054.5' }, { kind: 'number', text: '0.30000000000000004' }],
      {},
      ['p-new 2026-02-01T05:00:00.000Z 30'],
    ],
    [
      'with a time of its own',
      ['serial', 'date', 'time', 'kWh'],
      ['sn2', '1/2/2569', '09:15', '5'],
      { columns: { serial: 1, date: 2, clock: 3 } },
      ['p-new 2026-02-01T02:15:00.000Z 500'],
    ],
    [
      'by label and register',
      ['m', 'date', 'kWh', 'reg'],
      ['e 102', '1/2/2569', '5', 'b'],
      { columns: { meter: 'm', date: 'date', register: 'reg' } },
      ['p-two-b 2026-02-01T01:00:00.000Z 500'],
    ],
    [
      'by point',
      ['p', 'date', 'kWh'],
      ['P-NEW-EXPORT', '1/2/2569', '5'],
      { columns: { point: 'p', date: 'date' } },
      ['p-new-export 2026-02-01T01:00:00.000Z 500'],
    ],
    [
      'with its own unit',
      ['room', 'date', 'kWh', 'u'],
      ['Room 101', '1/2/2569', '500', 'Wh'],
      { columns: { room: 1, date: 2, unit: 4 } },
      ['p-new 2026-02-01T01:00:00.000Z 50'],
    ],
    [
      'of a register of which nothing is known, in counts',
      ['m', 'date', 'n'],
      ['bare', '1/2/2569', '77'],
      { columns: { meter: 1, date: 2 }, values: [{ column: 3, unit: 'count' }] },
      ['p-bare 2026-02-01T01:00:00.000Z 77'],
    ],
    [
      'with two media',
      ['room', 'date', 'kWh', 'm3'],
      ['Room 101', '1/2/2569', '5', '1.5'],
      {
        values: [
          { column: 3, unit: 'kWh', medium: 'electricity' },
          { column: 4, unit: 'm3', medium: 'water' },
        ],
      },
      ['p-new 2026-02-01T01:00:00.000Z 500', 'p-water 2026-02-01T01:00:00.000Z 1500'],
    ],
    [
      'with a date for the column',
      ['room', 'x', 'kWh'],
      ['Room 101', '', '5'],
      {
        columns: { room: 1 },
        values: [{ column: 3, unit: 'kWh', medium: 'electricity', at: '25/1/2569', opening: true }],
      },
      ['p-new 2026-01-25T01:00:00.000Z 500 opening'],
    ],
    [
      'that opens',
      ['room', 'date', 'kWh', 'o'],
      ['Room 101', '1/2/2569', '5', 'ใช่'],
      { columns: { room: 1, date: 2, opening: 4 } },
      ['p-new 2026-02-01T01:00:00.000Z 500 opening'],
    ],
    [
      'beside a merged room',
      HEADER,
      [{ kind: 'text', text: 'Room 101', from: 'merged' }, '1/2/2569', '5'],
      {},
      ['p-new 2026-02-01T01:00:00.000Z 500'],
    ],
    [
      'with a formula whose result counts',
      HEADER,
      ['Room 101', '1/2/2569', { kind: 'number', text: '5', from: 'formula' }],
      { formulas: 'stored' },
      ['p-new 2026-02-01T01:00:00.000Z 500'],
    ],

    ['without a value', HEADER, ['Room 101', '1/2/2569', ' '], {}, ['3 value_missing']],
    ['that is short', HEADER, ['Room 101', '1/2/2569'], {}, ['3 value_missing']],
    ['without a room', HEADER, ['', '1/2/2569', '5'], {}, ['1 point_missing']],
    ['of a stranger', HEADER, ['Room 999', '1/2/2569', '5'], {}, ['1 point_unknown']],
    ['of two registers', HEADER, ['102', '1/2/2569', '5'], {}, ['1 point_ambiguous']],
    [
      'of a gauge',
      ['p', 'date', 'kWh'],
      ['p-power', '1/2/2569', '5'],
      { columns: { point: 1, date: 2 } },
      ['1 point_is_gauge'],
    ],
    [
      'of a meter that is in another room',
      ['room', 'date', 'kWh', 'm'],
      ['102', '1/2/2569', '5', 'W-101'],
      { columns: { room: 1, date: 2, meter: 4 } },
      ['4 point_unknown'],
    ],
    ['without a date', HEADER, ['Room 101', '', '5'], {}, ['2 time_missing']],
    [
      'with a day and no hour',
      HEADER,
      ['Room 101', '1/2/2569', '5'],
      { dates: { order: 'dmy', era: 'either' } },
      ['2 hour_missing'],
    ],
    ['with a wrong date', HEADER, ['Room 101', '30/2/2569', '5'], {}, ['2 date_impossible']],
    ['with letters', HEADER, ['Room 101', '1/2/2569', '12a'], {}, ['3 number_unreadable']],
    ['finer than the register', HEADER, ['Room 101', '1/2/2569', '1.234'], {}, ['3 finer_than_register']],
    [
      'in the wrong unit',
      ['room', 'date', 'kWh', 'u'],
      ['Room 101', '1/2/2569', '5', 'L'],
      { columns: { room: 1, date: 2, unit: 4 } },
      ['3 unit_mismatch'],
    ],
    [
      'without a unit',
      HEADER,
      ['Room 101', '1/2/2569', '5'],
      { values: [{ column: 3, medium: 'electricity' }] },
      ['3 unit_missing'],
    ],
    [
      'of a register of which nothing is known',
      ['m', 'date', 'kWh'],
      ['bare', '1/2/2569', '5'],
      { columns: { meter: 1, date: 2 } },
      ['3 register_unknown'],
    ],
    [
      'with a formula',
      HEADER,
      ['Room 101', '1/2/2569', { kind: 'number', text: '5', from: 'formula' }],
      {},
      ['3 cell_formula'],
    ],
    [
      'with a merged value',
      HEADER,
      ['Room 101', '1/2/2569', { kind: 'number', text: '5', from: 'merged' }],
      {},
      ['3 cell_merged'],
    ],
    [
      'with an error of the workbook',
      HEADER,
      ['Room 101', '1/2/2569', { kind: 'error', text: '#REF!' }],
      {},
      ['3 cell_error'],
    ],
    [
      'with a wrong date and two values: said once',
      ['room', 'date', 'kWh', 'm3'],
      ['Room 101', 'x', '5', '1'],
      {
        values: [
          { column: 3, unit: 'kWh', medium: 'electricity' },
          { column: 4, unit: 'm3', medium: 'water' },
        ],
      },
      ['2 date_unreadable'],
    ],
  ])('%s', (_what, header, cells, change, expected) =>
    expect(brief(read(header, cells, change))).toEqual(expected),
  );

  it('tells what is wrong and what to do, with line and column', () => {
    const [fault] = read(HEADER, ['Room 101', '1/2/2569', '1.234']).faults;
    expect(fault && faultSentence(fault)).toBe(
      'line 7, column 3 "kWh": "1.234" is finer than the register counts, which is in steps of 0.01 kWh; give the digits of the display',
    );
  });

  it('never throws, whatever the cells hold', () => {
    const cell = fc.record({
      kind: fc.constantFrom<Cell['kind']>('text', 'number', 'date', 'error'),
      text: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('1/2/69', '46054.5', '101', '5', '๕', '1e999', '-0'),
      ),
    });
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 5 }), (cells) => {
        const { readings, faults } = read(HEADER, cells);
        expect(readings.length + faults.length).toBe(1);
      }),
    );
  });
});
