import { headerKey } from '../../src/kernel/tables/columns.ts';
import { CsvReader } from '../../src/kernel/tables/csv.ts';
import { type Fault, faultAt } from '../../src/onboarding/domain/faults.ts';
import { type ListKind, roleNamed } from '../../src/onboarding/domain/list-columns.ts';
import { proposeMapping, resolveColumns, YEARS_AHEAD } from '../../src/onboarding/domain/list-mapping.ts';

export function counting(prefix = 'id'): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}${count}`;
  };
}

/** A list as text, read as the importer reads the file: mapping proposed, no line judged yet. */
export function readList(kind: ListKind, csv: string) {
  const reader = new CsvReader(',');
  const all = [...reader.push(csv), ...reader.end()];
  const { mapping } = proposeMapping(kind, all, { referenceYear: 2026, hasDecimals: true });
  const header = all.find(({ line }) => line === mapping.headerLine)?.cells ?? [];
  const columns = resolveColumns(kind, mapping, header);
  if (!columns.ok) throw new TypeError(columns.error.join('; '));
  return {
    rows: all.filter(({ line, cells }) => line > mapping.headerLine && cells.some(({ text }) => text !== '')),
    columns: columns.value,
    rules: {
      formulas: mapping.formulas,
      decimal: mapping.decimal,
      dates: { ...mapping.dates, referenceYear: 2026, yearsAhead: YEARS_AHEAD, date1904: false },
      currency: 'THB',
      callingCode: '66',
    },
  } as const;
}

/** `7 phone phone_unreadable`, with the fact if the words hold one. */
export const shown =
  (kind: ListKind) =>
  ({ line, columnName = '', code, value, problem }: Fault): string => {
    const pattern = faultAt({ line }, code, value, '\u0000').problem;
    const [before = '', after = ''] = pattern.split('\u0000');
    const fact = pattern.includes('\u0000')
      ? problem.slice(before.length, problem.length - after.length)
      : '';
    return [line, roleNamed(kind, headerKey(columnName)), code, fact].join(' ').trim();
  };
