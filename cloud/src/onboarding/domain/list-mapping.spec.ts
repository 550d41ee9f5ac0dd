import { expect, it } from 'vitest';
import { CsvReader } from '../../kernel/tables/csv.ts';
import type { ListKind } from './list-columns.ts';
import { proposeMapping } from './list-mapping.ts';

function notesOf(kind: ListKind, csv: string): readonly string[] {
  const reader = new CsvReader(',');
  const rows = [...reader.push(csv), ...reader.end()];
  return proposeMapping(kind, rows, { referenceYear: 2026, hasDecimals: true }).notes;
}
const ALL = 'ห้อง,ชั้น,ชื่อ-นามสกุล,วันเริ่มสัญญา,ค่าเช่า,มิเตอร์,สี\n101,1,สมชาย,2025-08-01,4500,E-101,ขาว\n';

it.each<[ListKind, string, string[]]>([
  [
    'rooms',
    ALL,
    [
      'the columns "ชื่อ-นามสกุล", "วันเริ่มสัญญา", "ค่าเช่า" are of a list of tenants: bring in the same file as one too (import tenants)',
      'the column "มิเตอร์" is of a list of meters: bring in the same file as one too (import meters)',
      'the column "สี" is left out',
    ],
  ],
  [
    'tenants',
    ALL,
    [
      'the column "ชั้น" is of a list of rooms: bring in the same file as one too (import rooms)',
      'the column "มิเตอร์" is of a list of meters: bring in the same file as one too (import meters)',
      'the column "สี" is left out',
    ],
  ],
  ['rooms', 'Room,Note\n101,x\n', ['the column "Note" is left out']],
])('of a list of %s that holds more, it tells what belongs to which', (kind, csv, notes) => {
  expect(notesOf(kind, csv)).toEqual(notes);
});
